"""Passwords on their way through code that speaks of hashes.

Exchange takes a password itself, as a SecureString, and no hash of it. The engine's operations hand over what
``MailDriver.hash_password`` made; here that is the password sealed with a key that only this process (and its forks)
has. So it means nothing in a log, a traceback or a row, and is worth nothing to any other process.
"""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken

from cloudpanel.provisioning.errors import PermanentError, TransientError
from exchange.drivers.passwords import require_verifiable
from exchange.drivers.powershell.settings import PROVIDER

PREFIX = "{SEALED}"
_box = Fernet(Fernet.generate_key())


def seal(plain: str) -> str:
    """Return the sealed form. An empty password or one with NUL is a ValueError, as for every driver."""
    if not plain or "\x00" in plain:
        raise ValueError("an empty password or one with NUL cannot be used for signing in")
    return PREFIX + _box.encrypt(plain.encode("utf-8", "surrogatepass")).decode()


def unseal(sealed: str) -> str:
    """The password. PermanentError for a hash of another mail system, ValueError for what is neither."""
    if not sealed.startswith(PREFIX):
        require_verifiable(sealed)
        raise PermanentError(
            "El servidor Exchange no acepta contraseñas ya cifradas. Asigne una contraseña nueva o envíe un enlace.",
            "a password hash of another system",
            provider=PROVIDER,
        )
    try:
        return _box.decrypt(sealed.removeprefix(PREFIX)).decode("utf-8", "surrogatepass")
    except InvalidToken as error:
        raise TransientError("a password sealed by another process", provider=PROVIDER) from error

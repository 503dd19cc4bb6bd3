"""Passwords of mailboxes, in a form that Dovecot verifies.

Argon2id (RFC 9106) with OWASP's first choice of cost: 46 MiB, one pass, one lane. Dovecot's ``auth`` process has an
address space limit (``vsz_limit``, ours: 512 MiB): a hash that needs more memory than it has left fails there *as a
wrong password*, so the cost is fixed here and checked against foreign hashes too. A mail program signs in several
times a minute: dearer hashes would let a few phones keep a core busy.
"""

from __future__ import annotations

import re

from argon2 import PasswordHasher
from argon2.low_level import Type

PREFIX = "{ARGON2ID}"
MEMORY_KIB = 47_104
PASSES = 1
LANES = 1
MAX_MEMORY_KIB = 131_072
"""What Dovecot's ``auth`` process can still spare: Django's own Argon2 hashes (100 MiB) fit."""

_ARGON2ID = re.compile(
    r"\{ARGON2ID\}\$argon2id\$v=19\$m=([1-9][0-9]{0,9}),t=[1-9][0-9]?,p=[1-9][0-9]?\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+"
)
_BLF_CRYPT = re.compile(r"\{BLF-CRYPT\}\$2[aby]\$[01][0-9]\$[./A-Za-z0-9]{53}")
_SHA512_CRYPT = re.compile(r"\{SHA512-CRYPT\}\$6\$(rounds=[1-9][0-9]{3,8}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}")

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


def hash_password(plain: str) -> str:
    """Return ``{ARGON2ID}$argon2id$...`` of the UTF-8 bytes of ``plain``.

    About 40 ms of one core and 46 MiB: call it in a worker. A NUL or an empty password is a ValueError (SASL PLAIN,
    RFC 4616 section 2, cannot carry the one; Dovecot takes the other as "no password needed" in some schemes).
    """
    if not plain or "\x00" in plain:
        raise ValueError("an empty password or one with NUL cannot be used for signing in")
    return PREFIX + _hasher.hash(plain)


def require_verifiable(password_hash: str) -> str:
    """Return the hash when Dovecot can verify it: Argon2id, bcrypt or SHA512-CRYPT, each behind its ``{SCHEME}``.

    The latter two come with mailboxes that move here from another system. Everything else is a ValueError that does
    not repeat the text, since it may be a plain password that took a wrong turn: Dovecot would take one without a
    scheme for a hash of the default scheme, and ``{PLAIN}`` at its word.
    """
    argon = _ARGON2ID.fullmatch(password_hash)
    if argon and int(argon[1]) <= MAX_MEMORY_KIB:
        return password_hash
    if _BLF_CRYPT.fullmatch(password_hash) or _SHA512_CRYPT.fullmatch(password_hash):
        return password_hash
    raise ValueError("not a password hash that the mail server verifies")

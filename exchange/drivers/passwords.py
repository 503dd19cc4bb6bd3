"""Passwords of mailboxes, in a form that Dovecot verifies.

Argon2id (RFC 9106) with OWASP's first choice of cost: 46 MiB, one pass, one lane. Dovecot's ``auth`` process has an address
space limit (``vsz_limit``, ours: 512 MiB): a hash that needs more memory than it has left fails there *as a wrong
password*, so the cost is fixed here and checked against foreign hashes too. A mail program signs in several times a minute:
dearer hashes would let a few phones keep a core busy.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.low_level import Type

PREFIX = "{ARGON2ID}"
MEMORY_KIB = 47_104
PASSES = 1
LANES = 1

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)


def hash_password(plain: str) -> str:
    """Return ``{ARGON2ID}$argon2id$...`` of the UTF-8 bytes of ``plain``.

    About 40 ms of one core and 46 MiB: call it in a worker. A NUL or an empty password is a ValueError (SASL PLAIN,
    RFC 4616 section 2, cannot carry the one; Dovecot takes the other as "no password needed" in some schemes).
    """
    if not plain or "\x00" in plain:
        raise ValueError("an empty password or one with NUL cannot be used for signing in")
    return PREFIX + _hasher.hash(plain)

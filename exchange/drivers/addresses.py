"""Which addresses the mail system takes: fewer than RFC 5321 allows, and why.

Dovecot puts the address into SQL, paths and settings by ``%u`` and friends, so ``%``, quotes, blanks, ``/`` and control
characters have no business in it. ``+`` is the delimiter of details (RFC 5233): ``ana+compras@`` reaches ``ana@``
without being an address of its own. What is left is what people use: letters, digits, ``.``, ``_`` and ``-``.
The same rules stand in ``directory/schema.sql`` as CHECK constraints; tests hold the two against each other.
"""

from __future__ import annotations

import re

MAX_LOCAL = 64  # RFC 5321, section 4.5.3.1.1
MAX_ADDRESS = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets

LOCAL_PATTERN = r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_-])?"
DOMAIN_PATTERN = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"

_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LOCAL = re.compile(LOCAL_PATTERN)
_DOMAIN = re.compile(DOMAIN_PATTERN)


def is_domain(name: str) -> bool:
    """True for a lower-case host name of at least two labels (A-labels for international names), at most 253 long."""
    return len(name) <= 253 and _DOMAIN.fullmatch(name) is not None


def is_local_part(text: str) -> bool:
    """True for what may stand before the ``@``."""
    return len(text) <= MAX_LOCAL and ".." not in text and _LOCAL.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """True for ``local@domain`` that both halves allow."""
    local, at, domain = text.partition("@")
    return bool(at) and len(text) <= MAX_ADDRESS and is_local_part(local) and is_domain(domain)


def is_external_address(text: str) -> bool:
    """True for an address that somebody else's mail system may have: more signs than ours before the ``@`` (dot-atom of
    RFC 5322, section 3.2.3), still in lower case, nothing that must be quoted."""
    local, at, domain = text.rpartition("@")
    return (
        bool(at)
        and len(text) <= MAX_ADDRESS
        and len(local) <= MAX_LOCAL
        and bool(_ATOM.fullmatch(local))
        and is_domain(domain)
    )


def domain_of(address: str) -> str:
    """What stands after the last ``@``."""
    return address.rpartition("@")[2]


def require_external_address(text: str) -> str:
    """Return ``text``; ValueError when mail could not be sent there."""
    if not is_external_address(text):
        raise ValueError(f"not an address to send to: {text!r}")
    return text


def require_address(text: str) -> str:
    """Return ``text``; ValueError when it is not an address that the panel should have let through."""
    if not is_address(text):
        raise ValueError(f"not an address for a mailbox or alias: {text!r}")
    return text


def require_domain(name: str) -> str:
    """Return ``name``; ValueError when it is not a lower-case ASCII domain."""
    if not is_domain(name):
        raise ValueError(f"not a mail domain: {name!r}")
    return name

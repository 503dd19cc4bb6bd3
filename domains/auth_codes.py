"""Transfer codes (*clave de autorización*): made here, checked for their form, never kept (RFC 9154)."""

from __future__ import annotations

import re
import secrets
import string

_SIGNS = string.ascii_letters + string.digits
SHORTEST, LONGEST = 6, 64
_FORM = re.compile(r"[\x21-\x7e]+")  # normalizedString of EPP without blanks: what registries hand out


def random_auth_code() -> str:
    """24 random signs of 62 are 142 bits, more than RFC 9154, 4.1 asks for; the end has one of each kind that some
    registries demand."""
    return "".join(secrets.choice(_SIGNS) for _sign in range(24)) + "aZ7!"


def has_valid_form(code: str) -> bool:
    return SHORTEST <= len(code) <= LONGEST and _FORM.fullmatch(code) is not None

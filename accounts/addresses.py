"""One address in one form: people write the same e-mail address in many ways."""

from __future__ import annotations

import unicodedata


def normalize_email(text: str) -> str:
    """The form in which an address is kept and looked up: NFKC, lower case, the domain in A-labels.

    ``" Ana@EMPRESA.example"``, full-width letters and ``ana@münchen.example`` / ``ana@xn--mnchen-3ya.example`` all
    find the same person (RFC 5891, section 4.4 for the domain; UTS 36 for the compatibility forms). Text that is no
    address comes back merely folded: saying so is the form's work.
    """
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    local, at, domain = folded.rpartition("@")
    if not at or domain.isascii():
        return folded
    try:
        return f"{local}@{domain.encode('idna').decode('ascii').lower()}"
    except UnicodeError:
        return folded


def readable_email(address: str) -> str:
    """The same address with its domain as people read it (U-labels), for screens."""
    local, at, domain = address.rpartition("@")
    if not at or "xn--" not in domain:
        return address
    try:
        return f"{local}@{domain.encode('ascii').decode('idna')}"
    except UnicodeError:
        return address

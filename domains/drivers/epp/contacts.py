"""Contacts on the wire (RFC 5733): ``int`` folded to ASCII, ``loc`` as people wrote it."""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata
from typing import Any

from epptools import Client
from epptools.exceptions import ObjectDoesNotExistError, ObjectExistsError

from domains.drivers.base import ContactSpec

_PHONE = re.compile(r"^\+(\d{1,3})\.?(\d{1,14})$")
_WITHOUT_MARKS = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "AE"}
)
_ONE_DIGIT = frozenset({1, 7})
_TWO_DIGITS = frozenset(
    {20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67), 81, 82, 84, 86}
    | {*range(90, 96), 98}
)
"""Country codes of two digits (ITU-T E.164); 1 and 7 have one, all others three."""


def handle_of(contact: ContactSpec) -> str:
    """Sixteen characters from our UUID: the same contact always has the same handle (clIDType takes no more)."""
    handle = base64.b32encode(contact.id.bytes)[:16].decode()
    return f"P{handle[:15]}" if contact.is_private else handle


def ensure_contact(client: Client, contact: ContactSpec) -> str:
    handle, wanted = handle_of(contact), _wanted(contact)
    try:
        found = client.contact.info(handle)
    except ObjectDoesNotExistError:
        try:
            client.contact.create(handle, **wanted, **_withheld(contact), auth_info=secrets.token_urlsafe(12))
        except ObjectExistsError:
            client.contact.update(handle, chg=wanted)
        return handle
    if found.email() != wanted["email"] or found.voice() != wanted["voice"] or _differs(found.postal_info(), wanted):
        client.contact.update(handle, chg=wanted)
    return handle


def _withheld(contact: ContactSpec) -> dict[str, Any]:
    """Nothing of a private contact is published; it has a handle of its own, so the choice needs no update."""
    if not contact.is_private:
        return {}
    forms = ["int", "loc"]
    return {"disclose": {"flag": False, "name": forms, "org": forms, "addr": forms, "voice": True, "email": True}}


def _differs(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return any(
        str(found.get(info["type"], {}).get(key) or "") != str(info[key] or "")
        for info in wanted["postal_infos"]
        for key in ("name", "org", "city", "pc", "cc")
    )


def _wanted(contact: ContactSpec) -> dict[str, Any]:
    address = contact.address
    local: dict[str, Any] = {
        "name": contact.name,
        "org": contact.organisation,
        "street": list(address.street)[:3],
        "city": address.city,
        "sp": address.state,
        "pc": address.postal_code,
        "cc": address.country.upper(),
    }
    folded = {
        key: [ascii_of(line) for line in each] if isinstance(each, list) else ascii_of(each)
        for key, each in local.items()
    }
    infos = [{"type": "int", **folded}]
    if folded != local:
        infos.append({"type": "loc", **local})
    return {"postal_infos": infos, "voice": wire_phone(contact.phone), "email": contact.email}


def ascii_of(text: str) -> str:
    """``"Núñez & Peña"`` → ``"Nunez & Pena"``; what has no letter in ASCII becomes ``?``."""
    plain = unicodedata.normalize("NFKD", text.translate(_WITHOUT_MARKS))
    return "".join(each for each in plain if not unicodedata.combining(each)).encode("ascii", "replace").decode()


def wire_phone(phone: str) -> str:
    """``"+52 55 1234 5678"`` → ``"+52.5512345678"`` (RFC 5733, 2.5). Empty when it cannot be told."""
    digits = re.sub(r"[\s()\-]", "", phone)
    match = _PHONE.match(digits)
    if match and "." in digits:
        return f"+{match[1]}.{match[2]}"
    if not match or len(digits) < 5:
        return ""
    length = 1 if int(digits[1]) in _ONE_DIGIT else 2 if int(digits[1:3]) in _TWO_DIGITS else 3
    return f"+{digits[1 : 1 + length]}.{digits[1 + length :]}"

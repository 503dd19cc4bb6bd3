"""What our things are called in Exchange, and the filters by which they are found again.

Names in a directory are at most 64 characters and compared without regard to case. Everything that goes into a filter
is a UUID, an address, or a word of ours; a quote in it is doubled, so that nothing can end the literal.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

MAILBOX_ID = "CustomAttribute1"
TENANT = "CustomAttribute2"
STATE = "CustomAttribute3"
PROTOCOLS = "CustomAttribute4"
PASSWORD = "CustomAttribute5"  # noqa: S105 - where we note whether there is one
ALIASES = "ExtensionCustomAttribute1"
"""Entries ``<uuid of the alias> <address>``: an address in Exchange has no id of its own."""
GRANTS = "ExtensionCustomAttribute2"
"""Entries ``<uuid of the grantee> <access>,<access>``: Exchange tells of grantees by sign-in names, some by two."""
AUTO_REPLY = "ExtensionCustomAttribute3"
"""What was asked for, to the letter: Exchange keeps HTML of its own making, and no subject."""
PENDING = "pendiente"
"""Among the values of a note: what it tells of is being written, and must be written again."""

TOMBSTONE_DOMAIN = "purgado.invalid"
_DOMAIN_MARK = "panel"


@dataclass(frozen=True)
class DomainName:
    """The name of an accepted domain is where our ids and its state are kept: it has no attributes of its own."""

    domain_id: UUID
    tenant_id: UUID
    is_enabled: bool

    @property
    def has_tenant(self) -> bool:
        """Without one it is a tenant by itself, under its own id."""
        return self.tenant_id != self.domain_id

    def __str__(self) -> str:
        state = "on" if self.is_enabled else "off"
        return f"{_DOMAIN_MARK} {_short(self.domain_id)} {_short(self.tenant_id)} {state}"

    @classmethod
    def of(cls, text: str) -> DomainName | None:
        """None for an accepted domain that the panel did not make."""
        parts = text.split(" ")
        if len(parts) != 4 or parts[0] != _DOMAIN_MARK:
            return None
        return cls(_long(parts[1]), _long(parts[2]), parts[3] == "on")


def _short(value: UUID) -> str:
    return base64.b32encode(value.bytes).decode().rstrip("=").lower()


def _long(text: str) -> UUID:
    return UUID(bytes=base64.b32decode(text.upper() + "======"))


def tombstone(mailbox_id: UUID) -> str:
    """A mail contact of this name says: purged, and not to come back."""
    return f"purgado {mailbox_id}"


def alias_of(mailbox_id: UUID) -> str:
    """The mailNickname: unique in the whole organization, so not the local part."""
    return f"m{mailbox_id.hex}"


def account_of(mailbox_id: UUID) -> str:
    """The sAMAccountName: at most 20 characters."""
    return f"m{mailbox_id.hex[:19]}"


def id_of(marked: str, name: str, guid: str) -> UUID:
    """Ours; else the name, which is our id until a creation is complete; else the directory's own."""
    for text in (marked, name, guid):
        try:
            return UUID(text)
        except ValueError:
            continue
    raise ValueError(f"no id in {name!r}")


# Filters -------------------------------------------------------------------------------------------------------


def equal(name: str, value: object) -> str:
    return f"({name} -eq '{_quoted(value)}')"


def like(name: str, pattern: str) -> str:
    return f"({name} -like '{_quoted(pattern)}')"


def _quoted(value: object) -> str:
    return str(value).replace("'", "''")


def both(*filters: str) -> str:
    return f"({' -and '.join(filters)})"


def either(filters: Iterable[str]) -> str:
    return f"({' -or '.join(filters)})"


def by_our_id(thing_id: UUID) -> str:
    """By our id; by name while the second step of a creation is still to come; by the directory's own Guid for what
    somebody else made and we adopted."""
    return either([equal(MAILBOX_ID, thing_id), equal("Name", thing_id), equal("Guid", thing_id)])


def on_domain(name: str) -> str:
    """Whatever has an address there, as primary one or not."""
    return like("EmailAddresses", f"*@{name}")

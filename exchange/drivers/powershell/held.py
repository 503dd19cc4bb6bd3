"""A mailbox as Exchange holds it, and as it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from exchange.drivers.base import ALL_PROTOCOLS, MailboxRecord, MailboxState, Protocol
from exchange.drivers.powershell import names
from exchange.drivers.powershell.values import MIB, Found

_ENABLED, _DISABLED, _BIN = "enabled", "disabled", "removed "
WITH_PASSWORD, WITHOUT_PASSWORD = "si", "no"


@dataclass(frozen=True)
class Mailbox:
    """What the panel decides about a mailbox. ``is_removed``: it lies in the bin, and comes back as it was."""

    id: UUID
    address: str
    display_name: str
    quota_mb: int
    is_enabled: bool = True
    is_removed: bool = False
    has_password: bool = False
    protocols: frozenset[Protocol] = ALL_PROTOCOLS
    aliases: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def state_words(self) -> str:
        return (_BIN if self.is_removed else "") + (_ENABLED if self.is_enabled else _DISABLED)

    @property
    def protocol_words(self) -> str:
        return ",".join(sorted(self.protocols)) or "-"

    @property
    def smtp_addresses(self) -> set[str]:
        return {self.address, *self.aliases.values()}


@dataclass(frozen=True)
class Held:
    """``is_complete``: the second step of its creation was done. ``is_open``: people may sign in and mail comes in; it
    is read from the restriction that we set last, so it tells of all that goes before."""

    guid: str
    exchange_guid: str
    database: str
    mailbox: Mailbox
    is_complete: bool
    is_open: bool
    tenant: str
    email_addresses: tuple[str, ...]

    @classmethod
    def of(cls, row: Found) -> Held:
        marked = row.text(names.MAILBOX_ID)
        state, protocols = row.text(names.STATE), row.text(names.PROTOCOLS)
        only_from = row.texts("AcceptMessagesOnlyFromSendersOrMembers")
        return cls(
            guid=row.text("Guid"),
            exchange_guid=row.text("ExchangeGuid"),
            database=row.text("Database"),
            is_complete=bool(marked and protocols),
            is_open=not (len(only_from) == 1 and only_from[0].endswith("/" + row.text("Name"))),
            tenant=row.text(names.TENANT),
            email_addresses=tuple(row.texts("EmailAddresses")),
            mailbox=Mailbox(
                id=_id_of(marked, row),
                address=row.text("PrimarySmtpAddress").lower(),
                display_name=row.text("DisplayName"),
                quota_mb=(row.size("ProhibitSendReceiveQuota") or 0) // MIB,
                is_enabled=not state.endswith(_DISABLED),
                is_removed=state.startswith(_BIN),
                has_password=row.text(names.PASSWORD) != WITHOUT_PASSWORD if marked else True,
                protocols=_protocols_of(protocols),
                aliases=dict(_aliases_of(row)),
            ),
        )

    @property
    def smtp_addresses(self) -> set[str]:
        """All of them, also those that an administrator of Exchange added."""
        return {each[5:].lower() for each in self.email_addresses if each[:5].lower() == "smtp:"}

    @property
    def record(self) -> MailboxRecord:
        mailbox = self.mailbox
        state = MailboxState.ENABLED if mailbox.is_enabled else MailboxState.DISABLED
        return MailboxRecord(
            id=mailbox.id,
            address=mailbox.address,
            display_name=mailbox.display_name,
            quota_mb=mailbox.quota_mb,
            state=MailboxState.REMOVED if mailbox.is_removed else state,
            has_password=mailbox.has_password,
            protocols=mailbox.protocols,
            aliases=mailbox.aliases,
        )


def _id_of(marked: str, row: Found) -> UUID:
    """Ours; else the name, which is ours until the creation is complete; else the directory's own."""
    for text in (marked, row.text("Name"), row.text("Guid")):
        try:
            return UUID(text)
        except ValueError:
            continue
    raise ValueError(f"no id in {row.text('Name')!r}")


def _protocols_of(text: str) -> frozenset[Protocol]:
    if not text:
        return ALL_PROTOCOLS
    return frozenset(Protocol(word) for word in text.split(",") if word in set(Protocol))


def _aliases_of(row: Found) -> list[tuple[UUID, str]]:
    pairs = (entry.partition(" ") for entry in row.texts(names.ALIASES))
    return [(UUID(alias_id), address) for alias_id, _blank, address in pairs]

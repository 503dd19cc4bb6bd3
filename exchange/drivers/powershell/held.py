"""A mailbox as Exchange holds it, and as it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from exchange.drivers.base import (
    ALL_PROTOCOLS,
    Forwarding,
    MailboxKind,
    MailboxRecord,
    MailboxState,
    Protocol,
)
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
    kind: MailboxKind = MailboxKind.PERSONAL
    aliases: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Mail comes in, and people see it in the address book."""
        return self.is_enabled and not self.is_removed

    @property
    def state_words(self) -> str:
        return (_BIN if self.is_removed else "") + (_ENABLED if self.is_enabled else _DISABLED)

    @property
    def smtp_addresses(self) -> set[str]:
        return {self.address, *self.aliases.values()}


@dataclass(frozen=True)
class Held:
    """``is_complete``: the second step of its creation was done. ``sign_in``: the protocols note, as it was written after
    the protocols themselves. ``is_open``: mail comes in."""

    guid: str
    exchange_guid: str
    database: str
    mailbox: Mailbox
    is_complete: bool
    sign_in: str
    is_open: bool
    tenant: str
    email_addresses: tuple[str, ...]
    grant_notes: tuple[str, ...]
    reply_notes: tuple[str, ...]
    forwarding: Forwarding | None

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
            sign_in=protocols,
            is_open=not (len(only_from) == 1 and only_from[0].endswith("/" + row.text("Name"))),
            tenant=row.text(names.TENANT),
            email_addresses=tuple(row.texts("EmailAddresses")),
            grant_notes=tuple(row.texts(names.GRANTS)),
            reply_notes=tuple(row.texts(names.AUTO_REPLY)),
            forwarding=_forwarding_of(row),
            mailbox=Mailbox(
                id=names.id_of(marked, row.text("Name"), row.text("Guid")),
                address=row.text("PrimarySmtpAddress").lower(),
                display_name=row.text("DisplayName"),
                quota_mb=(row.size("ProhibitSendReceiveQuota") or 0) // MIB,
                is_enabled=not state.endswith(_DISABLED),
                is_removed=state.startswith(_BIN),
                has_password=_has_password(row),
                protocols=_protocols_of(protocols),
                kind=MailboxKind.SHARED
                if row.text("RecipientTypeDetails") == "SharedMailbox"
                else MailboxKind.PERSONAL,
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
            kind=mailbox.kind,
        )


def sign_in_words(protocols: frozenset[Protocol], *, is_on: bool) -> str:
    """The note of what is written with Set-CASMailbox: ``imap,smtp on``."""
    return f"{','.join(sorted(protocols)) or '-'} {'on' if is_on else 'off'}"


def _protocols_of(note: str) -> frozenset[Protocol]:
    words = note.removesuffix(names.PENDING).partition(" ")[0]
    if not words:
        return ALL_PROTOCOLS
    return frozenset(Protocol(word) for word in words.split(",") if word in set(Protocol))


def _has_password(row: Found) -> bool:
    """What bears no mark of ours was made by somebody who gave it one."""
    if row.text("RecipientTypeDetails") == "SharedMailbox":
        return False
    return not row.text(names.MAILBOX_ID) or row.text(names.PASSWORD) != WITHOUT_PASSWORD


def _forwarding_of(row: Found) -> Forwarding | None:
    target = row.text("ForwardingSmtpAddress").lower().removeprefix("smtp:")
    return Forwarding(target, keeps_copy=row.flag("DeliverToMailboxAndForward")) if target else None


def _aliases_of(row: Found) -> list[tuple[UUID, str]]:
    pairs = (entry.partition(" ") for entry in row.texts(names.ALIASES))
    return [(UUID(alias_id), address) for alias_id, _blank, address in pairs]

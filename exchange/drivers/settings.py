"""What a mailbox may be told beyond its own data, and what is no mailbox: lists and contacts.

Plain values, part of the contract in :mod:`exchange.drivers.base`, which exports them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class MailboxKind(StrEnum):
    """``SHARED``: several people read it by their grants; nobody signs in to it, so it never has a password."""

    PERSONAL = "personal"
    SHARED = "shared"


class Access(StrEnum):
    """What somebody may do with the mailbox of another."""

    FULL = "full"
    """Read, file, delete and mark everything in it."""
    SEND_AS = "send_as"
    """Send mail that bears its address and no other."""
    SEND_ON_BEHALF = "send_on_behalf"
    """Send mail from its address that names the true sender (``Sender:``, RFC 5322, section 3.6.2)."""


Grants = Mapping[UUID, frozenset[Access]]
"""Mailbox id of who may, to what. An id without any access is the same as no entry."""


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What comes in goes on to ``target`` (lower-case address, of this system or of any other)."""

    target: str
    keeps_copy: bool = True


class Audience(StrEnum):
    """Who gets an automatic reply."""

    EVERYONE = "everyone"
    INTERNAL = "internal"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class AutoReply:
    """One answer to each sender every few days (RFC 5230). Never to lists, to machines, or to oneself.

    ``text`` is plain text in any script; lines end with ``\\n``. Not every system can choose the subject. The times are
    aware; ``None`` is "at once" and "until it is switched off". ``internal_domains`` (A-labels) are those whose senders
    count as colleagues; systems that know by themselves ignore them.
    """

    subject: str
    text: str
    audience: Audience = Audience.EVERYONE
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    internal_domains: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """Everything of a mailbox that ``set_*`` wrote, as the mail system has it."""

    grants: Grants = field(default_factory=dict)
    forwarding: Forwarding | None = None
    auto_reply: AutoReply | None = None


class Senders(StrEnum):
    """Whose mail a distribution list takes. ``INTERNAL``: any mailbox of the same tenant, and owners."""

    ANYONE = "anyone"
    INTERNAL = "internal"
    MEMBERS = "members"
    OWNERS = "owners"


@dataclass(frozen=True, slots=True)
class ListSpec:
    """A distribution list: an address without a mailbox, whose mail goes to every member.

    ``member_ids`` are ids of mailboxes, contacts or other lists, ``owner_ids`` of mailboxes. The address is taken from
    the same pool as those of mailboxes and aliases.
    """

    id: UUID
    address: str
    display_name: str
    member_ids: frozenset[UUID] = frozenset()
    owner_ids: frozenset[UUID] = frozenset()
    senders: Senders = Senders.ANYONE


@dataclass(frozen=True, slots=True)
class ContactSpec:
    """Somebody outside, known to the address book of one tenant and able to be a member of its lists.

    ``external_address`` is lower-case and belongs to no domain of this mail system; two tenants may know the same one.
    """

    id: UUID
    display_name: str
    external_address: str
    tenant_id: UUID | None = None

"""What one mail system in memory holds."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from exchange.drivers.base import (
    AliasSpec,
    ContactSpec,
    DomainSpec,
    ListSpec,
    MailboxSettings,
    MailboxSpec,
    MailboxUsage,
    Outcome,
)


@dataclass
class MemoryStore:
    """What one mail system in memory holds. ``faults`` are raised by the next calls, one each, before they act."""

    domains: dict[UUID, DomainSpec] = field(default_factory=dict)
    mailboxes: dict[UUID, MailboxSpec] = field(default_factory=dict)
    aliases: dict[UUID, AliasSpec] = field(default_factory=dict)
    removed: set[UUID] = field(default_factory=set)
    purged: set[UUID] = field(default_factory=set)
    usage: dict[UUID, MailboxUsage] = field(default_factory=dict)
    settings: dict[UUID, MailboxSettings] = field(default_factory=dict)
    lists: dict[UUID, ListSpec] = field(default_factory=dict)
    contacts: dict[UUID, ContactSpec] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def reset(self) -> None:
        mailboxes = (self.domains, self.mailboxes, self.aliases, self.removed, self.purged, self.usage)
        for held in (*mailboxes, self.settings, self.lists, self.contacts, self.faults):
            held.clear()

    def owners(self) -> dict[str, UUID]:
        """Every address in use, with the id of the mailbox, alias or list that has it."""
        owners = {mailbox.address: mailbox.id for mailbox in self.mailboxes.values()}
        owners |= {alias.address: alias.id for alias in self.aliases.values()}
        return owners | {each.address: each.id for each in self.lists.values()}

    def forget(self, purged: UUID) -> None:
        """A mailbox, list or contact is gone: out of all grants and lists."""
        for mailbox_id, settings in self.settings.items():
            left = {grantee: kinds for grantee, kinds in settings.grants.items() if grantee != purged}
            self.settings[mailbox_id] = replace(settings, grants=left)
        for each in self.lists.values():
            members, owners = each.member_ids - {purged}, each.owner_ids - {purged}
            self.lists[each.id] = replace(each, member_ids=members, owner_ids=owners)

    def deliver(self, mailbox_id: UUID, size: int) -> None:
        """Pretend that a message of ``size`` bytes came in, as the real server does by itself."""
        before = self.usage.get(mailbox_id) or MailboxUsage(mailbox_id, 0, 0, None)
        self.usage[mailbox_id] = MailboxUsage(
            mailbox_id, before.used_bytes + size, before.message_count + 1, datetime.now(UTC)
        )


stores: dict[str, MemoryStore] = {}


def outcome_of(before: object | None, after: object) -> Outcome:
    if before is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if before == after else Outcome.AMENDED

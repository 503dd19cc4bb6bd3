"""Looking things up: in groups, because every question costs a round trip of tenths of a second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from exchange.drivers.base import MailboxUsage
from exchange.drivers.powershell import names
from exchange.drivers.powershell.failures import ExchangeError
from exchange.drivers.powershell.held import Held
from exchange.drivers.powershell.remote import Remote
from exchange.drivers.powershell.values import Found

GROUP = 40
"""Ids in one filter."""
PAGE = 500
"""Most mailboxes in one answer."""
WHOLE_DATABASE_FROM = 20
"""From this many mailboxes on, the statistics of their whole database are one question instead of many."""


def held_by_id(remote: Remote, ids: Iterable[UUID]) -> dict[UUID, Held]:
    """The mailboxes as they are. Ids that Exchange does not know are left out."""
    found: dict[UUID, Held] = {}
    for group in groups_of(list(dict.fromkeys(ids))):
        wanted = names.either(names.by_our_id(mailbox_id) for mailbox_id in group)
        rows = [Held.of(row) for row in remote.run("Get-Mailbox", Filter=wanted, ResultSize="Unlimited")]
        found |= {held.mailbox.id: held for held in rows if held.mailbox.id in group}
    return found


def held_of(remote: Remote, mailbox_id: UUID) -> Held | None:
    return held_by_id(remote, [mailbox_id]).get(mailbox_id)


def purged_among(remote: Remote, ids: Iterable[UUID]) -> set[UUID]:
    """Those of which a tombstone is there."""
    purged: set[UUID] = set()
    for group in groups_of(list(ids)):
        wanted = names.either(names.equal("Name", names.tombstone(mailbox_id)) for mailbox_id in group)
        there = {row.text("Name") for row in remote.run("Get-Recipient", Filter=wanted, ResultSize="Unlimited")}
        purged |= {mailbox_id for mailbox_id in group if names.tombstone(mailbox_id) in there}
    return purged


def holder_of_alias(remote: Remote, alias_id: UUID) -> Held | None:
    rows = remote.run("Get-Mailbox", Filter=names.like(names.ALIASES, f"{alias_id} *"), ResultSize="2")
    return next((held for held in map(Held.of, rows) if alias_id in held.mailbox.aliases), None)


def on_domain(remote: Remote, domain: str) -> Iterator[Held]:
    """Mailboxes whose primary address is there: ours by id, page by page, then those that bear no mark of ours."""
    there = names.on_domain(domain)
    pages = _pages(remote, there, "")
    strangers = names.both(there, f"({names.MAILBOX_ID} -eq $null)")
    rest = sorted(
        map(Held.of, remote.run("Get-Mailbox", Filter=strangers, ResultSize=str(PAGE))),
        key=lambda held: held.mailbox.id,
    )
    for page in (*pages, rest):
        yield from (held for held in page if held.mailbox.address.endswith("@" + domain))


def _pages(remote: Remote, there: str, prefix: str) -> Iterator[list[Held]]:
    """Exchange has no "go on after": so whatever is too much for one answer is asked for by the beginnings of ids."""
    wanted = names.both(there, names.like(names.MAILBOX_ID, f"{prefix}*"))
    rows = remote.run("Get-Mailbox", Filter=wanted, ResultSize=str(PAGE + 1))
    if len(rows) <= PAGE:
        yield sorted(map(Held.of, rows), key=lambda held: held.mailbox.id)
        return
    for digit in "0123456789abcdef":
        yield from _pages(remote, there, prefix + digit)


def usage(remote: Remote, ids: Iterable[UUID]) -> Mapping[UUID, MailboxUsage]:
    """What each holds. A mailbox that nobody has signed in to has no statistics yet: it is empty."""
    known = held_by_id(remote, ids)
    by_database: dict[str, list[Held]] = defaultdict(list)
    for held in known.values():
        by_database[held.database].append(held)
    measured: dict[str, Found] = {}
    for database, members in by_database.items():
        if database and len(members) >= WHOLE_DATABASE_FROM:
            rows = remote.run("Get-MailboxStatistics", Database=database)
        else:
            rows = [row for held in members for row in _statistics(remote, held)]
        measured |= {row.text("MailboxGuid").lower(): row for row in rows}
    return {key: _usage(key, measured.get(held.exchange_guid.lower())) for key, held in known.items()}


def _statistics(remote: Remote, held: Held) -> list[Found]:
    try:
        return remote.run("Get-MailboxStatistics", Identity=held.guid)
    except ExchangeError as error:
        if error.is_not_found:  # purged since we looked
            return []
        raise


def _usage(mailbox_id: UUID, row: Found | None) -> MailboxUsage:
    if row is None:
        return MailboxUsage(mailbox_id, 0, 0, None)
    return MailboxUsage(mailbox_id, row.size("TotalItemSize") or 0, row.number("ItemCount"), datetime.now(UTC))


def groups_of(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    """As many as fit into one filter."""
    for start in range(0, len(ids), GROUP):
        yield ids[start : start + GROUP]

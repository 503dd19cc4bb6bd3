"""Looking at both sides of a subscription: first what the mail server has, then what the panel has.

Thousands of mailboxes change while they are being looked at. So whatever seems to differ is looked at a second time, on
both sides, and counts only when the panel's row has not changed meanwhile and nothing is under way with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from exchange.drivers.base import MailboxRecord, MailboxState, MailDriver
from exchange.models import Finding, Mailbox, MailDomain
from exchange.operations.common import spec_of
from exchange.operations.comparing_lists import differing_contacts, differing_lists
from exchange.operations.extras import ALIASES, PERMISSIONS, RAW, said_extras, wanted_extras
from exchange.services.findings import Difference, record_differences
from marketplace.models import Subscription

CHUNK = 1000
T = TypeVar("T")


@dataclass
class Sums:
    """How many mailboxes each side had, without those in the bin."""

    panel: int = 0
    server: int = 0


def compare(driver: MailDriver, subscription: Subscription, seen_at: datetime) -> Sums:
    """Writes what differs. Holds one chunk at a time, however many mailboxes there are."""
    sums = Sums()
    for domain in subscription.mail_domains.filter(state=MailDomain.State.ACTIVE):
        for records in _chunks(driver.list_mailboxes(domain.public_id), CHUNK):
            sums.server += sum(record.state is not MailboxState.REMOVED for record in records)
            record_differences(subscription, _unknown_among(driver, records, domain), seen_at)
    for rows in _rows_of(subscription):
        sums.panel += sum(row.deleted_at is None for row in rows)
        record_differences(subscription, _differing_among(driver, rows), seen_at)
    record_differences(subscription, differing_lists(driver, subscription), seen_at)
    record_differences(subscription, differing_contacts(driver, subscription), seen_at)
    return sums


# There but not here --------------------------------------------------------------------------------------------


def _unknown_among(driver: MailDriver, records: Sequence[MailboxRecord], domain: MailDomain) -> list[Difference]:
    """What the panel does not have, or has let go of; looked at twice, because a purge may be under way."""
    living = _living(record.id for record in records)
    suspects = [record.id for record in records if record.id not in living]
    if not suspects:
        return []
    still = driver.lookup(suspects)
    living = _living(suspects)
    strays = {key: record for key, record in still.items() if key not in living}
    extras = said_extras(driver, strays.values())
    return [
        Difference(key, record.address, Finding.Kind.UNKNOWN, domain, server=_all_of(record) | extras[key])
        for key, record in strays.items()
    ]


def _living(ids: Iterable[UUID]) -> set[UUID]:
    rows = Mailbox.objects.filter(public_id__in=list(ids)).exclude(state=Mailbox.State.TERMINATED)
    return set(rows.values_list("public_id", flat=True))


def _all_of(record: MailboxRecord) -> dict[str, Any]:
    more = {"display_name": record.display_name, "has_password": record.has_password, "kind": str(record.kind)}
    return {**_said(record), **more}


# Here but not there, or otherwise ------------------------------------------------------------------------------


def _rows_of(subscription: Subscription) -> Iterator[list[Mailbox]]:
    """What should be in the mail server, by number; what was never finished is another matter, and shown elsewhere."""
    last = 0
    wanted = Mailbox.objects.filter(subscription=subscription).idle()
    wanted = wanted.exclude(state__in=[Mailbox.State.TERMINATED, Mailbox.State.PENDING])
    while rows := list(wanted.filter(pk__gt=last).select_related("mail_domain").order_by("pk")[:CHUNK]):
        yield rows
        last = rows[-1].pk


def _differing_among(driver: MailDriver, rows: Sequence[Mailbox]) -> list[Difference]:
    before = _wanted_all(rows)
    suspects = _compared(rows, before, _said_all(driver, rows))
    if not suspects:
        return []
    wanted = [difference.mail_id for difference in suspects]
    again = list(Mailbox.objects.filter(public_id__in=wanted).idle().select_related("mail_domain"))
    now = _wanted_all(again)
    unchanged = [row for row in again if row.state != "terminated" and now[row.public_id] == before[row.public_id]]
    return _compared(unchanged, now, _said_all(driver, unchanged))


Sides = Mapping[UUID, dict[str, Any]]


def _compared(rows: Iterable[Mailbox], wanted: Sides, said: Sides) -> list[Difference]:
    differences = []
    for row in rows:
        here, there = wanted[row.public_id], said.get(row.public_id)
        keys = [key for key in here if here[key] != (there or {}).get(key)]
        if here["state"] == MailboxState.REMOVED and there is not None:
            keys = [key for key in keys if key == "state"]  # what lies in the bin is not compared further
        if keys:
            kind = Finding.Kind.DIFFERENT if there else Finding.Kind.MISSING
            said_keys = (*keys, RAW) if {ALIASES, PERMISSIONS} & set(keys) else keys
            server = {key: there[key] for key in said_keys if key in there} if there else {}
            panel = {key: here[key] for key in keys}
            differences.append(Difference(row.public_id, row.address, kind, row.mail_domain, panel, server))
    return differences


def _wanted_all(rows: Sequence[Mailbox]) -> dict[UUID, dict[str, Any]]:
    extras = wanted_extras([row for row in rows if row.deleted_at is None])
    return {row.public_id: _wanted(row) | extras.get(row.public_id, {}) for row in rows}


def _said_all(driver: MailDriver, rows: Sequence[Mailbox]) -> dict[UUID, dict[str, Any]]:
    records = driver.lookup([row.public_id for row in rows])
    extras = said_extras(driver, records.values())
    return {key: _said(record) | extras.get(key, {}) for key, record in records.items()}


def _wanted(row: Mailbox) -> dict[str, Any]:
    spec = spec_of(row)
    state = MailboxState.ENABLED if spec.is_enabled else MailboxState.DISABLED
    return {
        "address": spec.address,
        "quota_mb": spec.quota_mb,
        "state": str(MailboxState.REMOVED if row.deleted_at is not None else state),
        "protocols": sorted(spec.protocols),
    }


def _said(record: MailboxRecord) -> dict[str, Any]:
    return {
        "address": record.address,
        "quota_mb": record.quota_mb,
        "state": str(record.state),
        "protocols": sorted(record.protocols),
    }


def _chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(things)
    while chunk := list(islice(iterator, size)):
        yield chunk

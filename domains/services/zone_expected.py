"""Records that our services would have in a customer's zone: what is missing, and one click to have it.

Callers give what they expect; this module knows what it must displace: the MX of the name, the SPF, DMARC or DKIM text of
the name (any other TXT stays), and whatever a CNAME cannot stand beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from accounts.actors import Actor
from domains.models import Zone
from domains.services.zone_drafts import lock_zone, stage
from domains.services.zone_rules import check_circles, check_together
from domains.services.zones import apply_now, hosted_zone
from domains.zones.records import Record

__all__ = ["Expected", "apply_expected", "hosted_zone", "missing_in", "with_expected", "with_ttl_of"]

_TEXTS = ('"v=spf1', '"v=dmarc1', '"v=dkim1')
"""Texts of which a name has only one."""


@dataclass(frozen=True, slots=True)
class Expected:
    """``name`` relative to the zone (``@``, ``autodiscover``); ``value`` in zone-file form (``10 mail.panel.example.``), of
    a TXT the bare text."""

    name: str
    kind: str
    value: str
    ttl: int = 3600

    def as_record(self, zone: str) -> Record:
        return Record.of(zone, self.name, self.kind, self.value, self.ttl)


def missing_in(zone: Zone, expected: Sequence[Expected]) -> list[Expected]:
    """What is not among the records in force."""
    names = {one.name for one in expected}
    there = {(row.name, row.kind, row.value) for row in zone.records.applied().filter(name__in=names)}
    records = [(one, one.as_record(zone.name)) for one in expected]
    return [one for one, record in records if (record.name, record.kind, record.value) not in there]


@transaction.atomic
def apply_expected(*, actor: Actor, zone: Zone, expected: Sequence[Expected]) -> bool:
    """True: in force and on its way to the nameservers (or there already). False: changes of somebody wait in this zone; it
    was prepared beside them, and a person should look at the plan."""
    zone = lock_zone(zone)
    has_draft = zone.records.staged().exists()
    rows = {row.record: row.pk for row in zone.records.wanted()}
    wanted = with_expected(rows.keys(), [one.as_record(zone.name) for one in expected])
    check_together(wanted)
    check_circles(zone.name, wanted)
    stage(zone, remove=[pk for record, pk in rows.items() if record not in wanted], add=wanted - rows.keys())
    if has_draft:
        return False
    if wanted != rows.keys():
        apply_now(actor, zone)
    return True


def with_expected(there: Iterable[Record], expected: Sequence[Record]) -> set[Record]:
    """``there`` with what is expected in it; what it displaces is gone."""
    stays = [record for record in there if not any(_displaces(new, record) for new in expected)]
    return with_ttl_of(stays, expected)


def with_ttl_of(there: Iterable[Record], new: Sequence[Record]) -> set[Record]:
    """Both together, each record once; what is new says how long the records of its name and kind live."""
    known = {(record.name, record.kind, record.value) for record in new}
    ttls = {(record.name, record.kind): record.ttl for record in new}
    stays = [record for record in there if (record.name, record.kind, record.value) not in known]
    return {*new, *(replace(each, ttl=ttls.get((each.name, each.kind), each.ttl)) for each in stays)}


def _displaces(new: Record, old: Record) -> bool:
    if new.name != old.name:
        return False
    if "CNAME" in {new.kind, old.kind}:
        return True
    if new.kind != old.kind or new.kind != "TXT":
        return new.kind == old.kind
    return any(new.value.lower().startswith(text) and old.value.lower().startswith(text) for text in _TEXTS)

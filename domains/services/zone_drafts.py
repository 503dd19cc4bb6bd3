"""Changes that are prepared and not yet applied. Everybody who manages the domain sees the same ones.

Whoever writes holds the zone's row: two people change one zone one after the other, and each change is judged against what
the other one left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from domains.models import Zone, ZoneRecord
from domains.services.zone_rules import check_circles, check_together
from domains.zones.files import MAX_RECORDS
from domains.zones.names import shown_name
from domains.zones.records import Record

Stage = ZoneRecord.Stage
BATCH = 1000


@transaction.atomic
def add_record(*, actor: Actor, zone: Zone, record: Record) -> None:
    """Prepares a record. BusinessError when it cannot stand beside what is wanted already."""
    zone = lock_zone(zone)
    there = _wanted_at(zone, {record.name})
    if any((row.kind, row.value) == (record.kind, record.value) for row in there):
        raise BusinessError(_("Este registro ya está en la zona."), code="taken")
    _settle(zone, there, {*_records(there), record}, like=record)
    _log(actor, zone, "record_added", record)


@transaction.atomic
def change_record(*, actor: Actor, zone: Zone, row: ZoneRecord, record: Record) -> None:
    """Prepares another record in the place of ``row``. BusinessError ``gone`` when somebody has changed it meanwhile."""
    zone = lock_zone(zone)
    there = _wanted_at(zone, {row.name, record.name})
    old = next((each.record for each in there if each.pk == row.pk), None)
    if old is None or old != row.record:
        raise _gone()
    if old == record:
        return
    _settle(zone, there, {*_records(there), record} - {old}, like=record)
    _log(actor, zone, "record_changed", record, before=_words(old))


@transaction.atomic
def remove_record(*, actor: Actor, zone: Zone, row: ZoneRecord) -> None:
    """Prepares its removal; one that was only prepared is gone at once."""
    zone = lock_zone(zone)
    if not stage(zone, remove=[row.pk], add=[]):
        raise _gone()
    _log(actor, zone, "record_removed", row.record)


@transaction.atomic
def keep_record(*, actor: Actor, zone: Zone, row: ZoneRecord) -> None:
    """*Conservar*: it is not taken away after all, unless what was prepared since then leaves no room for it."""
    zone = lock_zone(zone)
    there = _wanted_at(zone, {row.name})
    check_together([*_records(there), row.record])
    if not zone.records.filter(pk=row.pk, stage=Stage.REMOVED).update(stage=Stage.KEPT):
        raise _gone()
    _log(actor, zone, "record_kept", row.record)


@transaction.atomic
def discard_changes(*, actor: Actor, zone: Zone) -> None:
    """*Descartar*: the zone as it is in force."""
    zone = lock_zone(zone)
    gone, _by = zone.records.filter(stage=Stage.ADDED).delete()
    kept = zone.records.filter(stage=Stage.REMOVED).update(stage=Stage.KEPT)
    if gone or kept:
        log_action(actor=actor, account=zone.account_id, action="domains.zone.discarded", target=zone.domain)


@transaction.atomic
def stage_wanted(*, actor: Actor, zone: Zone, wanted: Collection[Record], action: str) -> int:
    """Prepares whatever leads to ``wanted``: an import, an earlier version, what the server has. How many changes.

    BusinessError ``unapplied`` while other changes wait: they would be lost."""
    zone = lock_zone(zone)
    if zone.records.staged().exists():
        raise BusinessError(
            _("Hay cambios sin aplicar en esta zona. Aplíquelos o descártelos primero."), code="unapplied"
        )
    check_together(wanted)
    check_circles(zone.name, wanted)
    rows = {row.record: row.pk for row in zone.records.wanted()}
    new = set(wanted)
    changes = stage(zone, remove=[pk for record, pk in rows.items() if record not in new], add=new - rows.keys())
    log_action(
        actor=actor,
        account=zone.account_id,
        action=f"domains.zone.{action}",
        target=zone.domain,
        after={"records": len(new), "changes": changes},
    )
    return changes


def stage(zone: Zone, *, remove: Collection[int], add: Iterable[Record]) -> int:
    """The rows of a change, whoever wants it; what was to be removed and is wanted again is kept. The zone is locked."""
    mine = zone.records.filter(pk__in=remove)
    gone, _by = mine.filter(stage=Stage.ADDED).delete()
    removed = mine.filter(stage=Stage.KEPT).update(stage=Stage.REMOVED)
    waiting = {row.record: row.pk for row in zone.records.filter(stage=Stage.REMOVED)}
    new = sorted(set(add))
    back = [waiting[record] for record in new if record in waiting]
    zone.records.filter(pk__in=back).update(stage=Stage.KEPT)
    rows = [
        ZoneRecord(zone=zone, name=record.name, kind=record.kind, value=record.value, ttl=record.ttl, stage=Stage.ADDED)
        for record in new
        if record not in waiting
    ]
    ZoneRecord.objects.bulk_create(rows, batch_size=BATCH)
    return int(gone + removed + len(new))


def lock_zone(zone: Zone) -> Zone:
    """The row, held until the transaction ends. BusinessError when nothing can be changed in it any more."""
    row = Zone.objects.select_for_update(of=("self",)).select_related("domain", "last_job").get(pk=zone.pk)
    if row.state != Zone.State.ACTIVE:
        raise BusinessError(_("Esta zona ya no se administra aquí."), code="closed")
    return row


def _settle(zone: Zone, there: list[ZoneRecord], wanted: set[Record], *, like: Record) -> None:
    """All records of a name and kind live as long as the one just given (RFC 2181, 5.2)."""
    wanted = {
        Record(each.name, each.kind, each.value, like.ttl) if (each.name, each.kind) == (like.name, like.kind) else each
        for each in wanted
    }
    check_together(wanted)
    if like.kind == "CNAME":
        others = zone.records.wanted().filter(kind="CNAME").exclude(pk__in=[row.pk for row in there])
        check_circles(zone.name, [*(row.record for row in others), *wanted])
    if zone.records.wanted().count() - len(there) + len(wanted) > MAX_RECORDS:
        raise BusinessError(_("Una zona puede tener 5,000 registros como máximo."), code="full")
    stage(
        zone,
        remove=[row.pk for row in there if row.record not in wanted],
        add=wanted - _records(there),
    )


def _wanted_at(zone: Zone, names: set[str]) -> list[ZoneRecord]:
    return list(zone.records.wanted().filter(name__in=names))


def _records(rows: Iterable[ZoneRecord]) -> set[Record]:
    return {row.record for row in rows}


def _gone() -> BusinessError:
    return BusinessError(_("Otra persona ya cambió este registro. Revise la lista."), code="gone")


def _words(record: Record) -> dict[str, object]:
    return {"name": record.name, "kind": record.kind, "value": record.value[:200], "ttl": record.ttl}


def _log(actor: Actor, zone: Zone, what: str, record: Record, before: dict[str, object] | None = None) -> None:
    log_action(
        actor=actor,
        account=zone.account_id,
        action=f"domains.zone.{what}",
        target=zone.domain,
        target_name=f"{record.kind} {shown_name(record.name, zone.name)}",
        before=before,
        after=_words(record),
    )

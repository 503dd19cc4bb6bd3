"""Zones begin here, and what was prepared in them is planned and applied."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from domains.models import Domain, Zone, ZoneRecord, ZoneVersion
from domains.services.zone_drafts import lock_zone, stage_wanted
from domains.services.zone_publishing import publish, require_hosting
from domains.services.zone_rules import check_together
from domains.zones.files import read_zone_file
from domains.zones.records import Record

GUARD = 0.30
GUARDED_FROM = 10
"""Records from which the guard watches: in a small zone any change is a large part."""
KEPT_VERSIONS = 30
Stage = ZoneRecord.Stage


@dataclass(frozen=True)
class ZonePlan:
    """What applying would do. ``fingerprint`` is of exactly these changes on exactly this version."""

    add: list[ZoneRecord] = field(default_factory=list)
    remove: list[ZoneRecord] = field(default_factory=list)
    kept: int = 0
    fingerprint: str = ""

    def __bool__(self) -> bool:
        return bool(self.add or self.remove)

    @property
    def share(self) -> float:
        """How much of what is in force goes away or changes: 0 to 1."""
        there = self.kept + len(self.remove)
        return len(self.remove) / there if there else 0.0

    @property
    def percent(self) -> int:
        return round(self.share * 100)

    @property
    def is_too_much(self) -> bool:
        return self.kept + len(self.remove) >= GUARDED_FROM and self.share > GUARD


def hosted_zone(domain: Domain) -> Zone | None:
    """The zone of a domain whose DNS we host; None when somebody else does, or nobody."""
    whole = Zone.objects.alive().select_related("last_job")
    zone = whole.filter(domain=domain).first()
    if zone is not None:
        zone.domain = domain
    return zone


def reason_not_to_host(domain: Domain) -> str:
    """Why this domain cannot have a zone here yet; empty when it can. Who has not proved a name must not answer for it."""
    if domain.state == Domain.State.FAILED:
        return _("El dominio no llegó: aquí no hay DNS que administrar.")
    if domain.state in Domain.OVER:
        return _("Este dominio ya no está en su cuenta.")
    if domain.state == Domain.State.PENDING and domain.kind == Domain.Kind.EXTERNAL:
        return _("Primero compruebe que el dominio es suyo; después podrá administrar aquí su DNS.")
    if domain.state == Domain.State.PENDING:
        return _("Podrá administrar aquí su DNS cuando el dominio esté activo.")
    return ""


def create_zone(*, actor: Actor, domain: Domain) -> Zone:
    """Our servers begin to answer for ``domain``, with the provider's default records. Nobody asks them before the domain's
    nameservers are ours, so a move can be prepared in peace."""
    require_hosting()
    if reason := reason_not_to_host(domain):
        raise BusinessError(reason)
    try:
        with transaction.atomic():
            zone = Zone.objects.create(account=domain.account, domain=domain, name=domain.name)
            _commit(actor, zone, default_records(domain.name), ZoneVersion.Reason.CREATED)
            log_action(actor=actor, account=domain.account_id, action="domains.zone.created", target=domain)
    except IntegrityError as error:
        if "zone_hosted_once" not in str(error):
            raise
        raise BusinessError(_("El DNS de este dominio ya se administra aquí."), code="taken") from error
    return zone


def default_records(name: str) -> list[Record]:
    """``settings.ZONE_DEFAULT_RECORDS``: lines of a zone file, names relative to the domain."""
    return read_zone_file(name, "\n".join(settings.ZONE_DEFAULT_RECORDS)).records


def plan_of(zone: Zone) -> ZonePlan:
    """What is prepared: one statement for the changes, one for the rest."""
    staged = list(zone.records.staged())
    kept = zone.records.filter(stage=Stage.KEPT).count()
    lines = sorted(f"{row.stage} {row.name} {row.kind} {row.ttl} {row.value}" for row in staged)
    digest = hashlib.sha256("\n".join([str(zone.version), *lines]).encode()).hexdigest()
    return ZonePlan(
        [row for row in staged if row.stage == Stage.ADDED],
        [row for row in staged if row.stage == Stage.REMOVED],
        kept,
        digest,
    )


@transaction.atomic
def apply_plan(*, actor: Actor, zone: Zone, fingerprint: str, is_confirmed: bool = False) -> ZoneVersion:
    """*Aplicar*: what is prepared is in force, and on its way to the nameservers.

    BusinessError ``nothing``, ``changed`` (somebody prepared something else meanwhile: it must be looked at first), and
    ``too_much`` for more than 30 % of the zone unless it is confirmed."""
    zone = lock_zone(zone)
    plan = plan_of(zone)
    if not plan:
        raise BusinessError(_("No hay cambios por aplicar."), code="nothing")
    if plan.fingerprint != fingerprint:
        raise BusinessError(_("El plan cambió mientras usted lo revisaba. Revíselo de nuevo."), code="changed")
    if plan.is_too_much and not is_confirmed:
        raise BusinessError(
            _("El plan quita o cambia el %(percent)s %% de la zona. Confírmelo para aplicarlo.")
            % {"percent": plan.percent},
            field="is_confirmed",
            code="too_much",
        )
    return _apply(actor, zone, plan, ZoneVersion.Reason.CHANGE)


@transaction.atomic
def go_back(*, actor: Actor, zone: Zone, version: ZoneVersion) -> int:
    """*Recuperar*: prepares what leads back to ``version``. How many changes."""
    return stage_wanted(
        actor=actor, zone=zone, wanted=list(map(Record.from_list, version.records)), action="version_restored"
    )


def apply_now(actor: Actor, zone: Zone) -> ZoneVersion:
    """What a service of ours has just prepared, in the same transaction. The zone is locked."""
    return _apply(actor, zone, plan_of(zone), ZoneVersion.Reason.EXPECTED)


def _apply(actor: Actor, zone: Zone, plan: ZonePlan, reason: str) -> ZoneVersion:
    wanted = [row.record for row in zone.records.wanted()]
    check_together(wanted)
    zone.records.filter(stage=Stage.REMOVED).delete()
    zone.records.filter(stage=Stage.ADDED).update(stage=Stage.KEPT)
    log_action(
        actor=actor,
        account=zone.account_id,
        action="domains.zone.applied",
        target=zone.domain,
        after={"added": len(plan.add), "removed": len(plan.remove), "version": zone.version + 1},
    )
    return _next_version(actor, zone, wanted, reason, len(plan.add), len(plan.remove))


def _commit(actor: Actor, zone: Zone, records: list[Record], reason: str) -> ZoneVersion:
    """Records of a zone that is new, in force at once."""
    ZoneRecord.objects.bulk_create(
        ZoneRecord(zone=zone, name=each.name, kind=each.kind, value=each.value, ttl=each.ttl) for each in records
    )
    return _next_version(actor, zone, records, reason, len(records), 0)


def _next_version(
    actor: Actor, zone: Zone, records: list[Record], reason: str, added: int, removed: int
) -> ZoneVersion:
    zone.version += 1
    zone.save(update_fields=["version"])
    version = ZoneVersion.objects.create(
        zone=zone,
        number=zone.version,
        author=actor.name[:254],
        reason=reason,
        added=added,
        removed=removed,
        records=[record.as_list() for record in sorted(records)],
    )
    old = zone.versions.filter(number__lte=zone.version - KEPT_VERSIONS, number__lt=zone.published_version)
    old.delete()
    publish(actor, zone)
    return version

"""How what was applied reaches the primary server, and how the panel learns what the server has."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import ACTIVE_STATES, Job
from cloudpanel.provisioning.services import enqueue, retry_job
from domains.models import Domain, Zone
from domains.services.zone_drafts import lock_zone, stage_wanted
from domains.zones.names import shown_name
from domains.zones.records import LONGEST, SHORTEST, Record

COMPARED_EVERY = timedelta(hours=24)
AT_ONCE = 200


def is_hosting_configured() -> bool:
    """Whether this installation has a primary server (docs/operation.md, ZONE_PRIMARY_HOST)."""
    return "zones" in settings.DRIVERS


def require_hosting() -> None:
    if not is_hosting_configured():
        raise BusinessError(_("El alojamiento DNS no está configurado en este panel."), code="not_configured")


def lock_key(zone: Zone) -> str:
    """One operation at a time on one zone."""
    return f"domains.zone:{zone.public_id}"


def begin(actor: Actor, zone: Zone, verb: str, **params: object) -> Job:
    """Enqueues ``domains.<verb>`` and makes it the zone's last job. BusinessError ``operation_in_progress``."""
    job = enqueue(
        actor=actor,
        account=zone.account,
        operation=f"domains.{verb}",
        lock_key=lock_key(zone),
        params={"zone": str(zone.public_id), **params},
    )
    Zone.objects.filter(pk=zone.pk).update(last_job=job)
    zone.last_job = job
    return job


def publish(actor: Actor, zone: Zone) -> None:
    """The newest version is on its way; a job that is under way publishes it, or sees at its end that there is one more.
    The zone is locked. Where nothing is hosted any more it stays *Sin publicar*."""
    if is_hosting_configured() and (zone.last_job is None or not zone.last_job.is_active):
        begin(actor, zone, "publish_zone")


@transaction.atomic
def publish_again(*, actor: Actor, zone: Zone) -> None:
    """*Intentar de nuevo*: what failed is tried again, what nobody publishes is published."""
    require_hosting()
    zone = lock_zone(zone)
    job = zone.last_job
    if job is not None and job.is_active:
        return  # the second click of two
    if job is not None and job.state == "failed" and job.operation == "domains.publish_zone":
        retry_job(actor=actor, job=job)
    else:
        begin(actor, zone, "publish_zone")
    _log(actor, zone, "publication_retried")


@transaction.atomic
def repair_server(*, actor: Actor, zone: Zone) -> None:
    """*Reparar*: the server gets exactly what the panel has, whatever somebody else wrote there."""
    require_hosting()
    zone = lock_zone(zone)
    begin(actor, zone, "publish_zone", is_repair=True)
    _log(actor, zone, "repaired", after={"extra": len(zone.extra), "missing": len(zone.missing)})


@transaction.atomic
def adopt_server(*, actor: Actor, zone: Zone) -> None:
    """*Adoptar*: what the server has otherwise becomes a prepared change, to be looked at and applied. BusinessError ``ttl``
    for records that live shorter or longer than the panel has them: taken over otherwise they would differ again."""
    zone = lock_zone(zone)
    if not zone.has_drift:
        raise BusinessError(_("El servidor y el panel ya tienen lo mismo."), code="no_drift")
    ours = {row.record for row in zone.records.applied()}
    extra, missing = (set(map(Record.from_list, rows)) for rows in (zone.extra, zone.missing))
    odd = next((record for record in sorted(extra) if not SHORTEST <= record.ttl <= LONGEST), None)
    if odd is not None:
        raise BusinessError(
            _(
                "“%(name)s” %(kind)s tiene en el servidor un tiempo de vida de %(ttl)s segundos; aquí va de 60 segundos a 7 "
                "días. Cámbielo allá y compare de nuevo, o repare el servidor."
            )
            % {"name": shown_name(odd.name, zone.name), "kind": odd.kind, "ttl": odd.ttl},
            code="ttl",
        )
    stage_wanted(actor=actor, zone=zone, wanted=(ours - missing) | extra, action="adopted")


@transaction.atomic
def compare_zone(*, actor: Actor, zone: Zone) -> None:
    """*Comparar con el servidor*."""
    require_hosting()
    zone = lock_zone(zone)
    if zone.last_job is not None and zone.last_job.is_active:
        return
    begin(actor, zone, "compare_zone")
    _log(actor, zone, "compared")


@transaction.atomic
def withdraw_zone(*, actor: Actor, zone: Zone) -> None:
    """*Dejar de administrar*: our nameservers forget it. What was in it stays in the history until then."""
    require_hosting()
    zone = lock_zone(zone)
    begin(actor, zone, "withdraw_zone")
    Zone.objects.filter(pk=zone.pk).update(state=Zone.State.WITHDRAWING)
    _log(actor, zone, "withdrawn")


def compare_all() -> None:
    """Periodic: each published zone is looked at once a day, a few hundred at a time."""
    if not is_hosting_configured():
        return
    before = timezone.now() - COMPARED_EVERY
    quiet = Zone.objects.filter(Q(compared_at=None) | Q(compared_at__lt=before), state=Zone.State.ACTIVE)
    quiet = quiet.filter(published_version__gt=0).exclude(last_job__state__in=[*ACTIVE_STATES, "failed"])
    for zone in quiet.order_by("compared_at", "pk").select_related("account")[:AT_ONCE]:
        with transaction.atomic():
            _compare_quietly(zone)


def _compare_quietly(zone: Zone) -> None:
    try:
        begin(SYSTEM, zone, "compare_zone")
    except BusinessError as refusal:
        if refusal.code != "operation_in_progress":
            raise


def withdraw_orphans() -> None:
    """Periodic: zones of domains that have left us stop being served."""
    if not is_hosting_configured():
        return
    orphans = Zone.objects.filter(state=Zone.State.ACTIVE, domain__state__in=Domain.OVER)
    for zone in orphans.exclude(last_job__state__in=ACTIVE_STATES)[:AT_ONCE]:
        withdraw_zone(actor=SYSTEM, zone=zone)


def _log(actor: Actor, zone: Zone, what: str, **change: dict[str, object]) -> None:
    log_action(actor=actor, account=zone.account_id, action=f"domains.zone.{what}", target=zone.domain, **change)

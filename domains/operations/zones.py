"""Zones at the provider's primary server: published, looked at, withdrawn.

What is published is the newest version when the job runs. The server is never overwritten blindly: it may have what the
panel last published, what it has been told to publish since then, or any step between (a job that was killed); anything
else somebody wrote there by other means, and a person decides (``extra``, ``missing``).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.dns.publisher import Plan, ZonePublisher
from domains.models import Zone
from domains.services.zone_publishing import begin
from domains.zones.records import Record


def _publisher() -> ZonePublisher:
    return cast("ZonePublisher", get_driver("zones"))


def _zone_of(job: Job) -> Zone:
    zone = Zone.objects.select_related("domain", "account").filter(public_id=job.params["zone"]).first()
    if zone is None or zone.state == Zone.State.WITHDRAWN:
        raise PermanentError("La zona ya no se administra aquí.", "no row, or withdrawn")
    return zone


def _publish(run: JobRun) -> Result:
    zone, server = _zone_of(run.job), _publisher()
    server.ensure_zone(zone.name)
    wanted, known, certain = _versions_of(zone)
    plan = server.plan(zone.name, wanted)
    extra, missing = _drift(plan, known, certain)
    if run.params.get("is_repair"):
        extra = missing = set()
    _remember(zone, extra, missing)
    if extra or missing:
        raise PermanentError(
            "El servidor DNS tiene cambios que no hizo este panel. Revíselos antes de publicar.",
            f"{zone.name}: {len(extra)} more, {len(missing)} less",
        )
    server.apply(plan, is_forced=True)  # people confirmed what they applied, and nobody else wrote anything
    return Result(data={"version": zone.version, "serial": server.serial(zone.name), "changes": _size(plan)})


def _versions_of(zone: Zone) -> tuple[set[Record], set[Record], set[Record]]:
    """What is wanted; what any version since the published one had; what all of them had."""
    rows = zone.versions.filter(number__gte=zone.published_version, number__lte=zone.version).order_by("number")
    sets = [set(map(Record.from_list, records)) for records in rows.values_list("records", flat=True)]
    if zone.published_version == 0:  # nothing of ours can be there for sure
        sets.insert(0, set())
    return sets[-1], set.union(*sets), set.intersection(*sets)


def _drift(plan: Plan, known: Collection[Record], certain: Collection[Record]) -> tuple[set[Record], set[Record]]:
    return set(plan.remove).difference(known), set(plan.add).intersection(certain)


def _remember(zone: Zone, extra: Collection[Record], missing: Collection[Record]) -> None:
    """Only while nothing was applied since the zone was read."""
    Zone.objects.filter(pk=zone.pk, version=zone.version).update(
        compared_at=timezone.now(),
        extra=[record.as_list() for record in sorted(extra)],
        missing=[record.as_list() for record in sorted(missing)],
    )


def _size(plan: Plan) -> int:
    return len(plan.add) + len(plan.remove)


def _published(job: Job) -> None:
    mine = Zone.objects.filter(public_id=job.params["zone"], version__gte=job.result["version"])
    mine.update(
        published_version=Greatest("published_version", job.result["version"]),
        serial=job.result["serial"],
        published_at=timezone.now(),
    )
    zone = mine.select_related("domain").first()
    if zone is not None:
        after = {"version": job.result["version"], "serial": job.result["serial"]}
        log_action(
            actor=_actor_of(job),
            account=zone.account_id,
            action="domains.zone.published",
            target=zone.domain,
            after=after,
        )
    _go_on(job)


def _go_on(job: Job) -> None:
    """What was applied while this job ran is published next. Whoever applies holds the zone's row, so one of both sees it."""
    rows = Zone.objects.select_for_update(of=("self",)).select_related("account")
    zone = rows.filter(public_id=job.params["zone"], state=Zone.State.ACTIVE).first()
    if zone is not None and zone.version > zone.published_version:
        begin(_actor_of(job), zone, "publish_zone")


def _compare(run: JobRun) -> Result:
    zone, server = _zone_of(run.job), _publisher()
    server.ensure_zone(zone.name)
    wanted, known, certain = _versions_of(zone)
    _remember(zone, *_drift(server.plan(zone.name, wanted), known, certain))
    return Result()


def _withdraw(run: JobRun) -> Result:
    zone = _zone_of(run.job)
    _publisher().remove_zone(zone.name)
    return Result()


def _withdrawn(job: Job) -> None:
    Zone.objects.filter(public_id=job.params["zone"]).update(
        state=Zone.State.WITHDRAWN, extra=[], missing=[], serial=None
    )


def _stay(job: Job) -> None:
    """The server did not let it go: the zone is as it was, and says what failed."""
    Zone.objects.filter(public_id=job.params["zone"], state=Zone.State.WITHDRAWING).update(state=Zone.State.ACTIVE)


def _nothing(job: Job) -> None:
    """A failed job is shown as *Requiere atención* by itself."""


def _page(job: Job) -> str:
    zone = Zone.objects.select_related("domain").filter(public_id=job.params["zone"]).first()
    return reverse("domains:zone", args=[zone.domain.public_id]) if zone else ""


def _actor_of(job: Job) -> Actor:
    return Actor(user=job.requested_by, impersonator=job.on_behalf_by, origin="trabajador")


publish_zone = Operation(
    run=_publish, succeeded=_published, failed=_nothing, driver="zones", label=_("Publicar zona DNS"), url=_page
)
compare_zone = Operation(
    run=_compare, succeeded=_go_on, failed=_nothing, driver="zones", label=_("Comparar zona DNS"), url=_page
)
withdraw_zone = Operation(
    run=_withdraw, succeeded=_withdrawn, failed=_stay, driver="zones", label=_("Retirar zona DNS"), url=_page
)

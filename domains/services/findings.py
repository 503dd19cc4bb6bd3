"""Domains against the registry: differences are written down and told once; people decide, nothing is mended by itself."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.notifications import administrators_of, notify
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import enqueue
from domains.models import Domain, DomainFinding
from domains.registries import registries
from domains.services.jobs import begin

Kind, State = DomainFinding.Kind, DomainFinding.State
EVERY = timedelta(hours=24)
AT_ONCE = 200
SAME_DAY = timedelta(days=1)  # registries and we may round a moment differently


@dataclass(frozen=True, slots=True)
class Seen:
    """What the registry has for one name."""

    is_there: bool
    is_ours: bool = False
    expires_at: datetime | None = None
    nameservers: tuple[str, ...] = ()
    is_locked: bool = False


def compare_all() -> None:
    """For settings.PERIODIC: one job for each registry with domains that were not looked at for a day."""
    stale = Q(compared_at=None) | Q(compared_at__lt=timezone.now() - EVERY)
    due = Domain.objects.filter(stale, state__in=["active", "expired"], registry__in=list(registries()))
    by_registry: dict[str, list[int]] = defaultdict(list)
    oldest = due.order_by(F("compared_at").asc(nulls_first=True))
    for pk, registry in oldest.values_list("pk", "registry")[: AT_ONCE * 4]:
        by_registry[registry].append(pk)
    for registry, pks in by_registry.items():
        with contextlib.suppress(BusinessError):
            enqueue(
                actor=SYSTEM,
                account=None,
                operation="domains.compare_domains",
                lock_key=f"domains.compare:{registry}",
                params={"registry": registry, "domains": pks[:AT_ONCE]},
                driver=registries()[registry].driver_name,
            )


def differences(domain: Domain, seen: Seen) -> dict[str, tuple[str, str]]:
    """Kind → (here, at the registry)."""
    if not seen.is_there:
        return {Kind.MISSING: (_("registrado"), _("nadie lo tiene"))}
    if not seen.is_ours:
        return {Kind.SPONSOR: (_("con nosotros"), _("con otro registrador"))}
    found: dict[str, tuple[str, str]] = {}
    if domain.expires_at and seen.expires_at and abs(domain.expires_at - seen.expires_at) > SAME_DAY:
        found[Kind.EXPIRY] = (str(domain.expires_at.date()), str(seen.expires_at.date()))
    if set(domain.nameservers) != set(seen.nameservers):
        found[Kind.NAMESERVERS] = (", ".join(sorted(domain.nameservers)), ", ".join(sorted(seen.nameservers)))
    if domain.is_locked != seen.is_locked:
        words = {True: _("bloqueado"), False: _("sin bloqueo")}
        found[Kind.LOCK] = (words[domain.is_locked], words[seen.is_locked])
    return found


@transaction.atomic
def note_comparison(*, domain: Domain, seen: Seen) -> None:
    """New differences are told, those that are gone are resolved. While a job is changing the domain nothing is judged."""
    row = Domain.objects.select_for_update(of=("self",)).select_related("last_job").get(pk=domain.pk)
    if row.last_job is not None and row.last_job.is_active:
        return
    Domain.objects.filter(pk=row.pk).update(compared_at=timezone.now())
    found = differences(row, seen)
    unresolved = DomainFinding.objects.filter(domain=row).exclude(state=State.RESOLVED)
    known = set(unresolved.values_list("kind", flat=True))
    unresolved.exclude(kind__in=found).update(state=State.RESOLVED, resolved_at=timezone.now())
    new = [kind for kind in found if kind not in known]
    DomainFinding.objects.bulk_create(
        DomainFinding(domain=row, kind=kind, expected=found[kind][0][:500], seen=found[kind][1][:500]) for kind in new
    )
    if new:
        _tell(row, new, found)


def _tell(domain: Domain, kinds: list[str], found: dict[str, tuple[str, str]]) -> None:
    after = {kind: " → ".join(found[kind]) for kind in kinds}
    log_action(actor=SYSTEM, account=domain.account_id, action="domains.domain.differs", target=domain, after=after)
    notify(
        account=domain.account_id,
        users=administrators_of(domain.account_id),
        title=lambda: _("%(name)s requiere atención") % {"name": domain.readable_name},
        body=lambda: _("El registro dice otra cosa que el panel. Vea la diferencia en la página del dominio."),
        url=reverse("domains:domain", args=[domain.public_id]),
        level="warning",
    )


@transaction.atomic
def write_ours(*, actor: Actor, finding: DomainFinding) -> None:
    """*Volver a lo de aquí*: a job writes our nameservers or our lock to the registry; the next comparison resolves it."""
    parts = {Kind.NAMESERVERS: "nameservers", Kind.LOCK: "lock"}
    part = parts.get(Kind(finding.kind))
    if part is None:
        raise BusinessError(_("Esta diferencia la resuelve soporte con el registro."), code="staff_only")
    _take(finding, State.WORKING)
    begin(actor=actor, domain=finding.domain, verb="update_domain", parts=[part])
    _log(actor, finding, "rewritten")


@transaction.atomic
def take_theirs(*, actor: Actor, finding: DomainFinding) -> None:
    """*Aceptar lo del registro*: the next comparison reads it into the row; a domain that left is let go."""
    _take(finding, State.RESOLVED, resolved_at=timezone.now())
    domain = Domain.objects.filter(pk=finding.domain_id)
    if finding.kind in (Kind.MISSING, Kind.SPONSOR):
        domain.update(state=Domain.State.GONE)
    elif finding.kind == Kind.NAMESERVERS:
        domain.update(nameservers=[each for each in finding.seen.split(", ") if each], glue={})
    elif finding.kind == Kind.LOCK:
        domain.update(is_locked=not finding.domain.is_locked)
    else:
        day = datetime.fromisoformat(f"{finding.seen}T12:00:00+00:00")
        domain.update(expires_at=day, paid_until=day)
    _log(actor, finding, "accepted")


def _take(finding: DomainFinding, to: DomainFinding.State, **fields: object) -> None:
    mine = DomainFinding.objects.filter(pk=finding.pk, state=State.OPEN)
    if not mine.update(state=to, **fields):
        raise BusinessError(_("Esta diferencia ya se atendió."), code="not_open")


def _log(actor: Actor, finding: DomainFinding, verb: str) -> None:
    after = {finding.kind: f"{finding.expected} → {finding.seen}"}
    action = f"domains.finding.{verb}"
    log_action(actor=actor, account=finding.domain.account_id, action=action, target=finding.domain, after=after)

"""A proof that was true once may go away: the domain expired, or changed hands. It is looked at again every week.

Nothing stops working for it: people tidy up their DNS. Who has it is told, and after fourteen days a domain that nothing
here uses no longer keeps others from proving that it is theirs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.notifications import administrators_of, notify
from domains.models import Domain, OwnershipProof, Zone
from domains.services.jobs import begin_round, begin_visit
from domains.uses import uses_of

MOST = 200  # domains of one run
USUALLY, IN_DOUBT = timedelta(days=7), timedelta(days=1)
GRACE = timedelta(days=14)
LEASE = timedelta(hours=1)
GONE = frozenset({"no_name", "no_record", "other", "crowded", "no_zone"})
"""Outcomes that say for certain that the record is not there. Silence and broken servers say nothing."""
LOST = gettext_lazy(
    "Póngalo de nuevo como lo dice la página del dominio. Nada deja de funcionar, pero después de 14 días un dominio que "
    "ningún servicio usa puede añadirlo quien demuestre que es suyo."
)
TAKEN_BACK = gettext_lazy("Otra cuenta demostró que este dominio es suyo, y aquí ya no se veía su registro.")


@transaction.atomic
def reprove_due() -> int:
    """For the beat: jobs of ten domains each. Gives how many domains."""
    now = timezone.now()
    kept = Domain.objects.filter(kind=Domain.Kind.EXTERNAL, state=Domain.State.ACTIVE, proof__isnull=False)
    due = kept.filter(Q(proof__check_again_at=None) | Q(proof__check_again_at__lte=now))
    found = list(due.order_by(F("proof__check_again_at").asc(nulls_first=True), "pk")[:MOST])
    OwnershipProof.objects.filter(domain__in=found).update(check_again_at=now + LEASE)
    begin_round(operation="domains.reprove", domains=found)
    return len(found)


@transaction.atomic
def reprove_now(*, actor: Actor, domain: Domain) -> None:
    """*Comprobar ahora* for a proof that went away. BusinessError ``operation_in_progress`` while somebody looks."""
    begin_visit(actor=actor, domain=domain, operation="domains.reprove")
    log_action(actor=actor, account=domain.account_id, action="domains.domain.check_requested", target=domain)


@transaction.atomic
def remember_proof(proof: OwnershipProof, outcome: str, proved_by: str, answers: list[dict[str, Any]]) -> None:
    """What another look at a proved domain brought; its people are told on the first day without the record, and when the
    fourteen days are over."""
    now = timezone.now()
    old = OwnershipProof.objects.select_for_update(of=("self",)).select_related("domain").get(pk=proof.pk)
    is_gone = not proved_by and outcome in GONE
    lost_since = None if proved_by else (old.lost_since or now) if is_gone else old.lost_since
    is_same = old.answers == answers and old.outcome == outcome
    OwnershipProof.objects.filter(pk=old.pk).update(
        outcome=outcome,
        proved_by=proved_by or old.proved_by,
        answers=answers,
        checked_at=now,
        seen_since=old.seen_since if is_same and old.seen_since else now,
        check_again_at=now + (USUALLY if proved_by else IN_DOUBT),
        lost_since=lost_since,
    )
    if lost_since and old.lost_since is None:
        log_action(actor=SYSTEM, account=old.domain.account_id, action="domains.domain.proof_lost", target=old.domain)
        _tell(old.domain, gettext_lazy("Ya no vemos el registro que prueba que %(name)s es suyo"), LOST)
    elif lost_since and old.checked_at and old.checked_at < lost_since + GRACE <= now:
        _tell(old.domain, gettext_lazy("Seguimos sin ver el registro que prueba que %(name)s es suyo"), LOST)


def forsaken(name: str) -> list[Domain]:
    """Who has ``name`` without its record for longer than fourteen days, and uses it for nothing."""
    lost = Domain.objects.filter(
        name=name,
        kind=Domain.Kind.EXTERNAL,
        state=Domain.State.ACTIVE,
        proof__lost_since__lt=timezone.now() - GRACE,
    )
    return [domain for domain in lost if not _is_used(domain)]


def _is_used(domain: Domain) -> bool:
    has_zone = Zone.objects.alive().filter(domain=domain).exists()
    return has_zone or bool(uses_of(domain.account_id, [domain.name])[domain.name])


def release_forsaken(domain: Domain) -> None:
    """Somebody else proved the name: who had let it go learns that it is gone, and not whose it is."""
    for old in forsaken(domain.name):
        if old.account_id == domain.account_id:
            continue
        Domain.objects.filter(pk=old.pk, state=Domain.State.ACTIVE).update(
            state=Domain.State.FAILED, failure_message=str(TAKEN_BACK)
        )
        log_action(actor=SYSTEM, account=old.account_id, action="domains.domain.not_proved", target=old)
        _tell(old, gettext_lazy("%(name)s ya no está en su lista de dominios"), TAKEN_BACK)


def _tell(domain: Domain, title: Promise, body: str | Promise) -> None:
    notify(
        account=domain.account_id,
        users=administrators_of(domain.account_id),
        title=lambda: str(title) % {"name": domain.readable_name},
        body=body,
        url=reverse("domains:domain", args=[domain.public_id]),
        level="warning",
    )

"""Another registrar asked for a domain of ours: what support answers."""

from __future__ import annotations

from django.db import transaction

from accounts.action_log import log_action
from accounts.actors import Actor
from domains.models import Domain
from domains.services.jobs import begin
from domains.services.keeping import require_open


@transaction.atomic
def answer_departure(*, actor: Actor, domain: Domain, is_approved: bool) -> None:
    """*Aprobar* or *Rechazar su salida*: a job tells the registry, which says whether anybody asked. BusinessError
    ``closed`` for what is not ours, ``operation_in_progress`` while something else is done with it."""
    require_open(domain)
    begin(actor=actor, domain=domain, verb="answer_departure", is_silent=True, is_approved=is_approved)
    verb = "departure_approved" if is_approved else "departure_refused"
    log_action(actor=actor, account=domain.account_id, action=f"domains.domain.{verb}", target=domain)


def departure_answered(public_id: str) -> None:
    """The comparison with the registry looks soon, and notes what has left."""
    Domain.objects.filter(public_id=public_id).update(compared_at=None)

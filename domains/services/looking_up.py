"""Who holds a domain that is not ours: asked now and then, remembered with the day on which it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from domains.models import Domain, RegistryFacts
from domains.services.jobs import begin_round, begin_visit

MOST = 200  # domains of one run
USUALLY, SOON = timedelta(days=7), timedelta(days=1)
NEAR_EXPIRY = timedelta(days=60)
LEASE = timedelta(hours=1)
"""How long what was given to a job is left alone: a job that dies is replaced."""


MOST_A_MINUTE = 15
"""Domains of one account that it has asked about itself: the servers of RDAP and WHOIS shut out who asks too much."""


def _followed() -> QuerySet[Domain]:
    """What others hold and the customer has shown to be theirs, or is bringing here."""
    external = Q(kind=Domain.Kind.EXTERNAL, state=Domain.State.ACTIVE)
    return Domain.objects.filter(external | Q(kind=Domain.Kind.TRANSFER, state=Domain.State.PENDING))


@transaction.atomic
def ask_again(*, actor: Actor, domain: Domain) -> None:
    """*Consultar ahora*, by the customer. BusinessError ``too_many`` for who asks and asks."""
    lately = RegistryFacts.objects.filter(
        domain__account=domain.account_id, asked_at__gt=timezone.now() - timedelta(minutes=1)
    )
    if lately.count() >= MOST_A_MINUTE:
        raise BusinessError(
            _("Ha hecho muchas consultas seguidas. Espere un minuto y consulte de nuevo."), code="too_many"
        )
    look_up_now(actor=actor, domain=domain)


@transaction.atomic
def look_up_now(*, actor: Actor, domain: Domain) -> None:
    """BusinessError ``operation_in_progress`` while one is being answered."""
    begin_visit(actor=actor, domain=domain, operation="domains.look_up")
    log_action(actor=actor, account=domain.account_id, action="domains.domain.lookup_requested", target=domain)


@transaction.atomic
def refresh_facts() -> int:
    """For the beat: jobs of ten domains each for what was never asked or is due. Gives how many domains."""
    now = timezone.now()
    due = (
        _followed()
        .filter(Q(facts=None) | Q(facts__ask_again_at__lte=now))
        .order_by(F("facts__ask_again_at").asc(nulls_first=True), "pk")
    )
    found = list(due[:MOST])
    RegistryFacts.objects.bulk_create([RegistryFacts(domain=each) for each in found], ignore_conflicts=True)
    RegistryFacts.objects.filter(domain__in=found).update(ask_again_at=now + LEASE)
    begin_round(operation="domains.look_up", domains=found)
    return len(found)


def remember_facts(domain: Domain, found: Any) -> None:
    """Writes an answer down (domains.drivers.lookup.Found). What is not known leaves what was known before."""
    now = timezone.now()
    changes: dict[str, Any] = {"asked_at": now, "reason": found.reason, "ask_again_at": now + SOON}
    if found.standing != "unknown":
        changes |= {
            "standing": str(found.standing),
            "source": found.source,
            "registrar": found.registrar[:200].replace("\x00", ""),
            "statuses": _texts(sorted(found.statuses)),
            "nameservers": _texts(found.nameservers),
            "registered_at": found.created_at,
            "expires_at": found.expires_at,
            "found_at": now,
            "reason": "",
            "ask_again_at": now + _patience(found.expires_at, now),
        }
    RegistryFacts.objects.update_or_create(domain=domain, defaults=changes)
    if found.standing == "registered" and domain.kind == Domain.Kind.EXTERNAL:
        Domain.objects.filter(pk=domain.pk, kind=Domain.Kind.EXTERNAL).update(
            registered_at=found.created_at, expires_at=found.expires_at, nameservers=_texts(found.nameservers)
        )


def _texts(values: Sequence[str]) -> list[str]:
    return [value[:253].replace("\x00", "") for value in values[:30]]


def _patience(expires_at: datetime | None, now: datetime) -> timedelta:
    return SOON if expires_at is not None and expires_at - now < NEAR_EXPIRY else USUALLY

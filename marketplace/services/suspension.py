"""Switching a subscription off and on, and ending it. The row says at once what is to be; a job makes the remote side
follow, and :func:`align` enqueues it again for whatever did not: a lock that was taken, a job that failed."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import enqueue
from marketplace.lifecycle import driver_of
from marketplace.models import Subscription
from marketplace.services.subscriptions import lock_key_of, log_subscription, move, request_termination

State, Why = Subscription.State, Subscription.SuspendedFor
ALIGN_AT_ONCE = 200
REST = timedelta(hours=6)


@transaction.atomic
def suspend_subscription(
    *,
    actor: Actor,
    subscription: Subscription,
    why: Subscription.SuspendedFor,
    reason: str = "",
    terminates_on: date | None = None,
) -> None:
    """Nobody can use it; nothing is lost. Raises BusinessError ``not_active`` when it is not active (any more)."""
    facts = {"suspended_for": why, "suspended_at": timezone.now(), "terminates_on": terminates_on}
    before = {"state": subscription.state}
    if subscription.state != State.ACTIVE or not move(subscription, State.SUSPENDED, **facts):
        raise BusinessError(_("La suscripción no está activa."), code="not_active")
    _switch(actor, subscription)
    after = {"reason": reason or str(why.label)}
    log_subscription("suspended", subscription, actor=actor, before=before, after=after)


@transaction.atomic
def resume_subscription(*, actor: Actor, subscription: Subscription, reason: str = "") -> None:
    """Everything works again as it was. Raises BusinessError ``not_suspended`` when it is not suspended (any more)."""
    facts = {"suspended_for": "", "suspended_at": None, "terminates_on": None}
    before = {"state": subscription.state, "reason": subscription.get_suspended_for_display()}
    if subscription.state != State.SUSPENDED or not move(subscription, State.ACTIVE, **facts):
        raise BusinessError(_("La suscripción no está suspendida."), code="not_suspended")
    _restart_period(subscription)
    _switch(actor, subscription)
    log_subscription("resumed", subscription, actor=actor, before=before, after={"reason": reason})


@transaction.atomic
def terminate_subscription(*, actor: Actor, subscription: Subscription, reason: str) -> None:
    """The end: a job removes all that it holds. Raises BusinessError when it is over, or when a worker is at it."""
    before = {"state": subscription.state}
    if not move(subscription, State.TERMINATED, terminated_at=timezone.now(), terminates_on=None):
        raise BusinessError(_("La suscripción ya se dio de baja."), code="already_terminated")
    request_termination(actor, subscription)
    log_subscription("terminated", subscription, actor=actor, before=before, after={"reason": reason})


def last_day_of_grace(today: date) -> date:
    """The day on which what is cancelled ``today`` is removed."""
    return today + timedelta(days=settings.CANCELLATION_GRACE_DAYS)


def align() -> None:
    """For settings.PERIODIC: every subscription whose remote side is not what its row says gets a job; one that failed
    is not tried again before :data:`REST`."""
    wrong = Q(state=State.SUSPENDED, is_switched_off=False) | Q(state=State.ACTIVE, is_switched_off=True)
    for subscription in Subscription.objects.filter(wrong).select_related("account").order_by("pk")[:ALIGN_AT_ONCE]:
        late = Job.objects.filter(lock_key=lock_key_of(subscription.pk), created_at__gt=timezone.now() - REST)
        if not late.filter(state=JobState.FAILED).exists():
            _switch(SYSTEM, subscription)


def note_switched(subscription: Subscription, *, is_off: bool) -> None:
    """The remote side is so now."""
    Subscription.objects.filter(pk=subscription.pk).update(is_switched_off=is_off)


def _switch(actor: Actor, subscription: Subscription) -> None:
    """The job reads what is to be when it runs, so one that is under way already may do; else ``align`` comes again."""
    verb = "suspend" if subscription.state == State.SUSPENDED else "resume"
    with contextlib.suppress(BusinessError):
        enqueue(
            actor=actor,
            account=subscription.account,
            operation=f"marketplace.{verb}_subscription",
            lock_key=lock_key_of(subscription.pk),
            params={"subscription": subscription.pk},
            driver=driver_of(subscription),
        )


def _restart_period(subscription: Subscription) -> None:
    """Whoever comes back after the paid time is over starts anew today; the days of suspension are not charged."""
    today = subscription.today()
    if subscription.billed_until is not None and subscription.billed_until > today:
        return
    subscription.begin_anew(today)
    subscription.save(update_fields=Subscription.PERIOD_FIELDS)

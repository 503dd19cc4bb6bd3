"""What can happen to an order after it was placed. Every move is one conditional UPDATE; see :data:`ALLOWED_MOVES`."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.notifications import administrators_of, notify
from billing.models import Payment
from billing.services.on_account import undo_charge
from cloudpanel.core.drivers import get_lifecycle
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import cancel_job, enqueue, retry_job
from marketplace.models import Order
from marketplace.services.subscriptions import (
    abandon_subscription,
    lock_key_of,
    restore_subscription,
    settle_change,
    settle_sale,
)

State = Order.State

ALLOWED_MOVES: dict[Order.State, frozenset[Order.State]] = {
    State.PENDING_PAYMENT: frozenset({State.IN_PROGRESS, State.CANCELLED}),
    State.IN_PROGRESS: frozenset({State.PROVISIONING, State.COMPLETED, State.NEEDS_ATTENTION, State.CANCELLED}),
    State.PROVISIONING: frozenset({State.COMPLETED, State.NEEDS_ATTENTION}),
    State.NEEDS_ATTENTION: frozenset({State.IN_PROGRESS, State.COMPLETED, State.CANCELLED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
}
ABORTABLE = frozenset(state for state, targets in ALLOWED_MOVES.items() if State.CANCELLED in targets)
RETRYABLE = frozenset({State.NEEDS_ATTENTION})
SETTLED = frozenset(Order.SETTLED)


def move(order: Order, to: Order.State, **fields: Any) -> bool:
    """Carries ``order`` into ``to`` if that is allowed from where the database says it is; False otherwise."""
    sources = [state for state, targets in ALLOWED_MOVES.items() if to in targets]
    if not Order.objects.filter(pk=order.pk, state__in=sources).update(state=to, **fields):
        return False
    order.state = to
    for name, value in fields.items():
        setattr(order, name, value)
    return True


def begin_provisioning(order: Order) -> None:
    """A worker has taken the order up. Outside any transaction; again after a crash changes nothing."""
    move(order, State.PROVISIONING, provisioning_at=timezone.now(), failure_message="")


@transaction.atomic
def complete_order(*, order: Order) -> None:
    """The remote work is done: what was bought becomes what the customer has. A second time changes nothing."""
    before = {"state": order.state}
    if not move(order, State.COMPLETED, completed_at=timezone.now(), failure_message=""):
        return
    if order.kind == Order.Kind.SALE:
        settle_sale(order)
    else:
        settle_change(order)
    _log("completed", SYSTEM, order, before=before)
    _tell_it_is_ready(order)


@transaction.atomic
def fail_order(*, order: Order, user_message: str) -> None:
    """The remote work was given up: the order waits for a person, who can retry or cancel it."""
    before = {"state": order.state}
    if move(order, State.NEEDS_ATTENTION, failure_message=user_message):
        _log("failed", SYSTEM, order, before=before, after={"reason": user_message})


@transaction.atomic
def resume_order(*, order: Order) -> None:
    """Its failed job is in the queue again (support may retry it on the page of jobs, too)."""
    before = {"state": order.state}
    if move(order, State.IN_PROGRESS):
        _log("retried", SYSTEM, order, before=before)


@transaction.atomic
def retry_order(*, actor: Actor, order: Order) -> None:
    """*Reintentar*: the same job again, so nothing is made or charged twice.

    Raises BusinessError when the order does not wait for it (any more), e.g. on the second click.
    """
    before = {"state": order.state}
    if not move(order, State.IN_PROGRESS):
        raise BusinessError(_("Este pedido ya no espera un reintento."), code="order_not_retryable")
    if order.job is not None and order.job.state == JobState.FAILED:
        retry_job(actor=actor, job=order.job)
    else:
        order.job = enqueue_for(order, actor=actor)
        order.save(update_fields=["job"])
    _log("retried", actor, order, before=before)


@transaction.atomic
def cancel_order(*, actor: Actor, order: Order) -> None:
    """*Cancelar pedido*: nothing is owed (money that came is to be returned), and what was half made is removed.

    Raises BusinessError while a worker is at it, and when the order is over.
    """
    before = {"state": order.state}
    if not move(order, State.CANCELLED, cancelled_at=timezone.now()):
        raise BusinessError(_("Este pedido ya no se puede cancelar."), code="order_not_cancellable")
    if order.job is not None and order.job.state != JobState.CANCELLED:
        _stop_job(order.job, actor=actor)
    refund = order.payment is not None and undo_charge(actor=actor, payment=order.payment) == Payment.State.REFUND_DUE
    if order.kind == Order.Kind.SALE:
        abandon_subscription(actor=actor, subscription=order.subscription)
    elif order.provisioning_at:
        restore_subscription(actor=actor, subscription=order.subscription)
    _log("cancelled", actor, order, before=before, after={"refund_due": refund})


def _stop_job(job: Job, *, actor: Actor) -> None:
    if cancel_job(actor=actor, job=job).state != JobState.CANCELLED:
        raise BusinessError(
            _("El pedido se está aprovisionando en este momento; espere a que termine."), code="order_not_cancellable"
        )


def enqueue_for(order: Order, *, actor: Actor) -> Job:
    """The job that carries the order out. The order and its subscription need not be saved yet, only numbered."""
    verb = "activate" if order.kind == Order.Kind.SALE else "change"
    return enqueue(
        actor=actor,
        account=order.account,
        operation=f"marketplace.{verb}_subscription",
        lock_key=lock_key_of(order.subscription_id),
        params={"order": order.pk},
        driver=get_lifecycle(order.subscription.kind).driver,
    )


def _log(verb: str, actor: Actor, order: Order, *, before: dict[str, Any], after: dict[str, Any] | None = None) -> None:
    log_action(
        actor=actor,
        account=order.account_id,
        action=f"marketplace.order.{verb}",
        target=order,
        before=before,
        after={"state": order.state, **(after or {})},
    )


def _tell_it_is_ready(order: Order) -> None:
    """Whoever bought it; the administrators when that person is gone."""
    people = [order.created_by_id] if order.created_by_id else administrators_of(order.account_id)
    notify(
        account=order.account_id,
        users=people,
        title=lambda: _("%(description)s está listo") % {"description": order.description},
        body=lambda: _("El pedido %(number)s se completó.") % {"number": order.number},
        url=reverse("marketplace:order", args=[order.public_id]),
        level="success",
    )

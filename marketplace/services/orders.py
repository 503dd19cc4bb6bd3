"""What can happen to an order after it was placed. Every move is one conditional UPDATE; see :data:`ALLOWED_MOVES`.

An order has one item for each service in it, and each item its own job. Whoever moves an item locks the order first:
two that end at the same moment see each other. Whoever moves money, too, locks the account before the order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.notifications import administrators_of, notify
from billing.models import Invoice
from billing.services.documents import lock_accounts
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import cancel_job, enqueue, retry_job
from marketplace.lifecycle import driver_of, lifecycle_of, traits_of
from marketplace.models import Order, OrderItem
from marketplace.services.collection import collect_order
from marketplace.services.promotions import give_back
from marketplace.services.refunds import give_money_back
from marketplace.services.settling import settle_change, undo_change
from marketplace.services.subscriptions import (
    abandon_subscription,
    lock_key_of,
    restore_subscription,
    settle_sale,
)

State = Order.State

ALLOWED_MOVES: dict[Order.State, frozenset[Order.State]] = {
    State.PENDING_PAYMENT: frozenset({State.IN_PROGRESS, State.COMPLETED, State.CANCELLED}),
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


def is_abortable(order: Order) -> bool:
    """A renewal is not cancelled: the subscription is."""
    return order.state in ABORTABLE and order.kind != Order.Kind.RENEWAL


def start_items(items: Sequence[OrderItem], *, actor: Actor) -> None:
    """What must exist locally, and the job of each service. Orders and items need not be saved yet, only numbered."""
    for item in items:
        if item.order.kind == Order.Kind.SALE:
            lifecycle_of(item.subscription).prepare(item.subscription, actor=actor)
        item.job = enqueue_for(item, actor=actor)


@transaction.atomic
def start_paid_orders(*, actor: Actor, invoice: Invoice) -> None:
    """The invoice of orders that waited for their payment is paid: they begin. Once, however often this is called."""
    waiting = Order.objects.filter(invoice=invoice, state=State.PENDING_PAYMENT).exclude(kind=Order.Kind.RENEWAL)
    for order in waiting.select_related("account"):
        if not move(order, State.IN_PROGRESS, started_at=timezone.now()):
            continue
        items = list(order.items.select_related("subscription__account", "order__account"))
        start_items(items, actor=actor)
        OrderItem.objects.bulk_update(items, ["job"])
        _log("started", actor, order, before={"state": State.PENDING_PAYMENT})


def begin_provisioning(item: OrderItem) -> None:
    """A worker has taken the item up. Outside any transaction; again after a crash changes nothing."""
    now = timezone.now()
    OrderItem.objects.filter(pk=item.pk, provisioning_at=None).update(provisioning_at=now)
    move(item.order, State.PROVISIONING, provisioning_at=now, failure_message="")


@transaction.atomic
def complete_item(*, item: OrderItem) -> None:
    """The remote work is done: what was bought becomes what the customer has. A second time changes nothing."""
    order = _lock(item)
    if order.state in SETTLED or not _open(item).update(completed_at=timezone.now(), failure_message=""):
        return
    if order.kind == Order.Kind.SALE:
        settle_sale(item)
    else:
        settle_change(item)
    if not order.items.filter(completed_at=None).exists():
        _complete(order)


def _complete(order: Order) -> None:
    before = {"state": order.state}
    if move(order, State.COMPLETED, completed_at=timezone.now(), failure_message=""):
        _log("completed", SYSTEM, order, before=before)
        _tell_it_is_ready(order)
        collect_order(actor=SYSTEM, order=order)


@transaction.atomic
def fail_item(*, item: OrderItem, user_message: str) -> None:
    """The remote work was given up: the order waits for a person, who can retry or cancel it."""
    order = _lock(item)
    before = {"state": order.state}
    _open(item).update(failure_message=user_message)
    if move(order, State.NEEDS_ATTENTION, failure_message=user_message):
        _log("failed", SYSTEM, order, before=before, after={"reason": user_message})


@transaction.atomic
def give_up_item(*, item: OrderItem, user_message: str) -> None:
    """The remote side refused for good, and its kind promises the money back then: the order is cancelled. One that has
    other services in it waits for a person."""
    fail_item(item=item, user_message=user_message)
    order = item.order
    if order.kind != Order.Kind.SALE or order.state != State.NEEDS_ATTENTION or order.items.count() > 1:
        return
    cancel_order(actor=SYSTEM, order=order)
    Order.objects.filter(pk=order.pk).update(failure_message=user_message)
    _tell_it_is_off(order, user_message)


@transaction.atomic
def resume_item(*, item: OrderItem) -> None:
    """Its failed job is in the queue again (support may retry it on the page of jobs, too)."""
    order = _lock(item)
    before = {"state": order.state}
    _open(item).update(failure_message="")
    if not order.items.exclude(failure_message="").exists() and move(order, State.IN_PROGRESS):
        _log("retried", SYSTEM, order, before=before)


@transaction.atomic
def retry_order(*, actor: Actor, order: Order) -> None:
    """*Reintentar*: the same jobs again, so nothing is made or charged twice. What is ready already stays as it is.

    Raises BusinessError when the order does not wait for it (any more), e.g. on the second click.
    """
    before = {"state": order.state}
    if not move(order, State.IN_PROGRESS):
        raise BusinessError(_("Este pedido ya no espera un reintento."), code="order_not_retryable")
    for item in _items_of(order).filter(completed_at=None):
        _retry(item, actor=actor)
    _log("retried", actor, order, before=before)


def _retry(item: OrderItem, *, actor: Actor) -> None:
    item.failure_message = ""
    if item.job is None or item.job.state in (JobState.CANCELLED, JobState.SUCCEEDED):
        item.job = enqueue_for(item, actor=actor)
    elif item.job.state == JobState.FAILED:
        retry_job(actor=actor, job=item.job)
    item.save(update_fields=["job", "failure_message"])


@transaction.atomic
def cancel_order(*, actor: Actor, order: Order) -> None:
    """*Cancelar pedido*: nothing is owed (money that came is to be returned), and what was made is removed.

    Raises BusinessError while a worker is at it, and when the order is over.
    """
    lock_accounts([order.account_id])  # as whoever books a payment does: one of the two comes first
    before = {"state": order.state}
    if order.kind == Order.Kind.RENEWAL:
        raise BusinessError(_("Una renovación no se cancela: cancele la suscripción."), code="order_not_cancellable")
    if not move(order, State.CANCELLED, cancelled_at=timezone.now()):
        raise BusinessError(_("Este pedido ya no se puede cancelar."), code="order_not_cancellable")
    items = list(_items_of(order))
    _stop_jobs(items, actor=actor)
    give_back(order)
    after = give_money_back(actor=actor, order=order)
    for item in items:
        if order.kind == Order.Kind.SALE:
            abandon_subscription(actor=actor, subscription=item.subscription)
        elif order.kind == Order.Kind.CHANGE:
            undo_change(item)
            if item.provisioning_at:
                restore_subscription(actor=actor, subscription=item.subscription)
    _log("cancelled", actor, order, before=before, after=after)


def _stop_jobs(items: Iterable[OrderItem], *, actor: Actor) -> None:
    for item in items:
        job = item.job
        if job is None or item.completed_at or job.state == JobState.CANCELLED:
            continue
        if cancel_job(actor=actor, job=job).state != JobState.CANCELLED:
            raise BusinessError(
                _("El pedido se está aprovisionando en este momento; espere a que termine."),
                code="order_not_cancellable",
            )


def enqueue_for(item: OrderItem, *, actor: Actor) -> Job:
    """The job that carries the item out. It and its subscription need not be saved yet, only numbered."""
    order = item.order
    verb = "activate" if order.kind == Order.Kind.SALE else "change"
    slowly = "_slowly" if traits_of(item.subscription.kind).is_slow else ""
    return enqueue(
        actor=actor,
        account=order.account,
        operation=f"marketplace.{verb}_subscription{slowly}",
        lock_key=lock_key_of(item.subscription_id),
        params={"order": order.pk, "item": item.pk},
        driver=driver_of(item.subscription),
    )


def _lock(item: OrderItem) -> Order:
    if item.order.invoice_id:
        lock_accounts([item.order.account_id])  # it may be collected when it is ready
    order = Order.objects.select_for_update().get(pk=item.order_id)
    item.order = order
    return order


def _open(item: OrderItem) -> Any:
    return OrderItem.objects.filter(pk=item.pk, completed_at=None)


def _items_of(order: Order) -> Any:
    return order.items.select_related("job", "subscription__account", "order__account")


def _log(verb: str, actor: Actor, order: Order, *, before: dict[str, Any], after: dict[str, Any] | None = None) -> None:
    log_action(
        actor=actor,
        account=order.account_id,
        action=f"marketplace.order.{verb}",
        target=order,
        before=before,
        after={"state": order.state, **(after or {})},
    )


def _buyers(order: Order) -> Any:
    """Whoever bought it; the administrators when that person is gone."""
    return [order.created_by_id] if order.created_by_id else administrators_of(order.account_id)


def _tell_it_is_off(order: Order, reason: str) -> None:
    notify(
        account=order.account_id,
        users=_buyers(order),
        title=lambda: _("%(description)s no se logró") % {"description": order.description},
        body=lambda: (
            _("%(reason)s Cancelamos el pedido %(number)s y no le cuesta nada.")
            % {"reason": reason, "number": order.number}
        ),
        url=reverse("marketplace:order", args=[order.public_id]),
        level="warning",
    )


def _tell_it_is_ready(order: Order) -> None:
    notify(
        account=order.account_id,
        users=_buyers(order),
        title=lambda: _("%(description)s está listo") % {"description": order.description},
        body=lambda: _("El pedido %(number)s se completó.") % {"number": order.number},
        url=reverse("marketplace:order", args=[order.public_id]),
        level="success",
    )

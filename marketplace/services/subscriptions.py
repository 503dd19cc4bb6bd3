"""What orders do to subscriptions. The rows that a customer pays for change only here."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from cloudpanel.core.money import ZERO
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import enqueue
from marketplace.lifecycle import driver_of, lifecycle_of
from marketplace.models import OrderItem, Subscription, SubscriptionItem
from marketplace.periods import Period, add_months, period_from

State = Subscription.State

ALLOWED_MOVES: dict[Subscription.State, frozenset[Subscription.State]] = {
    State.PENDING: frozenset({State.ACTIVE, State.TERMINATED}),
    State.ACTIVE: frozenset({State.SUSPENDED, State.TERMINATED}),
    State.SUSPENDED: frozenset({State.ACTIVE, State.TERMINATED}),
    State.TERMINATED: frozenset(),
}


def lock_key_of(subscription_id: int) -> str:
    """One remote operation at a time on one subscription."""
    return f"marketplace.subscription:{subscription_id}"


def move(subscription: Subscription, to: Subscription.State, **fields: Any) -> bool:
    sources = [state for state, targets in ALLOWED_MOVES.items() if to in targets]
    if not Subscription.objects.filter(pk=subscription.pk, state__in=sources).update(state=to, **fields):
        return False
    subscription.state = to
    for name, value in fields.items():
        setattr(subscription, name, value)
    return True


def first_period(subscription: Subscription, today: date) -> Period:
    """A trial is as long as it was promised; the day after it is the day of every renewal."""
    if subscription.trial_days:
        return Period(today, today + timedelta(days=subscription.trial_days))
    return period_from(today, subscription.months, today.day)


def paid_until(subscription: Subscription, period: Period, periods: int) -> date:
    """The end of ``periods`` that were paid at once, ``period`` being the first of them."""
    more = subscription.months * (periods - 1)
    return add_months(period.end, more, period.start.day) if more else period.end


@transaction.atomic
def settle_sale(item: OrderItem) -> None:
    """The service works: the subscription is active from now on."""
    subscription = item.subscription
    period = first_period(subscription, subscription.today())
    billed_until = paid_until(subscription, period, item.order.periods)
    settled = {
        "activated_at": timezone.now(),
        "period_start": period.start,
        "period_end": period.end,
        "billed_until": billed_until,
        "anchor_day": period.end.day if subscription.trial_days else period.start.day,
        "is_trial": bool(subscription.trial_days),
        **({"period_discount": Decimal(1)} if subscription.trial_days else _discounted(item)),
    }
    if move(subscription, State.ACTIVE, name=distinct_name(subscription), **settled):
        _take_over_lines(item, period, billed_until)
        lifecycle_of(subscription).activated(subscription)
        log_subscription("activated", subscription, after={"order": item.order.number})


def _discounted(item: OrderItem) -> dict[str, Decimal]:
    """What a package or a coupon paid of the first period: whoever leaves it gets back what was paid, no more. A percentage
    is one of whatever the period has in it; an amount stays what it is, also under a dearer plan."""
    lines = list(item.lines.all())
    whole, off = (sum(each, ZERO) for each in zip(*((line.recurring, line.discount) for line in lines), strict=True))
    coupon = item.order.coupon if off else None
    if coupon and coupon.percent and not item.order.package_id:
        return {"period_discount": (off / whole).quantize(Decimal("1e-8"))}
    return {"period_off": off}


def distinct_name(subscription: Subscription) -> str:
    """Two of the same plan must be told apart in the menu: the second one is numbered 2."""
    others = Subscription.objects.filter(account=subscription.account_id).exclude(state=State.TERMINATED)
    taken = set(others.exclude(pk=subscription.pk).exclude(state=State.PENDING).values_list("name", flat=True))
    name, number = subscription.name, 2
    while name in taken:
        name, number = f"{subscription.name[:110]} {number}", number + 1
    return name


def _take_over_lines(item: OrderItem, period: Period, until: date) -> None:
    """What was ordered is what every period is made of from now on, at the price of the order, which paid this one."""
    lines = list(item.lines.all())
    item.lines.update(period_start=period.start, period_end=until)
    SubscriptionItem.objects.bulk_create(
        SubscriptionItem(
            subscription_id=item.subscription_id,
            plan_id=line.plan_id,
            add_on_id=line.add_on_id,
            description=line.description,
            units=line.units,
            included_units=line.included_units,
            unit_price=line.unit_price,
        )
        for line in lines
    )


@transaction.atomic
def abandon_subscription(*, actor: Actor, subscription: Subscription) -> None:
    """It never worked and is not wanted any more: a job removes what may have been made of it."""
    if not move(subscription, State.TERMINATED, terminated_at=timezone.now()):
        return
    request_termination(actor, subscription)
    log_subscription("terminated", subscription, actor=actor)


def request_termination(actor: Actor, subscription: Subscription) -> None:
    """Its job removes all that it holds. BusinessError ``operation_in_progress`` while another one is at it."""
    subscription.last_job = _enqueue("terminate", actor, subscription)
    subscription.save(update_fields=["last_job"])


@transaction.atomic
def restore_subscription(*, actor: Actor, subscription: Subscription) -> None:
    """A change was cancelled after it had begun: a job makes the remote side grant again what is paid for."""
    subscription.last_job = _enqueue("restore", actor, subscription)
    subscription.save(update_fields=["last_job"])


def _enqueue(verb: str, actor: Actor, subscription: Subscription) -> Job:
    return enqueue(
        actor=actor,
        account=subscription.account,
        operation=f"marketplace.{verb}_subscription",
        lock_key=lock_key_of(subscription.pk),
        params={"subscription": subscription.pk},
        driver=driver_of(subscription),
    )


def log_subscription(
    verb: str,
    subscription: Subscription,
    *,
    actor: Actor = SYSTEM,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    log_action(
        actor=actor,
        account=subscription.account_id,
        action=f"marketplace.subscription.{verb}",
        target=subscription,
        before=before,
        after={"state": subscription.state, **(after or {})},
    )

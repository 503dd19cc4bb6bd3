"""The remote side has granted a change, or its order was cancelled: what the subscription is made of from now on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction

from accounts.actors import SYSTEM
from billing.services.collecting import collect
from billing.services.documents import lock_accounts
from marketplace.lifecycle import lifecycle_of
from marketplace.models import OrderItem, Plan, Subscription, SubscriptionChange, SubscriptionItem, SubscriptionResource
from marketplace.services.giving_back import give_back, plan_credit
from marketplace.services.pieces import Piece, pieces_of, price_of
from marketplace.services.subscriptions import distinct_name, log_subscription


def change_of(item: OrderItem) -> SubscriptionChange:
    """What was confirmed. Orders that were placed before changes were written down only added: their lines say what."""
    try:
        return item.change
    except SubscriptionChange.DoesNotExist:
        subscription = item.subscription
    lines = list(item.lines.select_related("add_on"))
    before = dict(subscription.resources.values_list("resource", "included"))
    after = dict(before)
    for line in lines:
        if line.add_on is not None:
            after[line.add_on.resource] = after.get(line.add_on.resource, 0) + line.add_on.quantity * line.units
    added = [
        Piece(line.description, line.unit_price, line.units, line.included_units, add_on_id=line.add_on_id)
        for line in lines
    ]
    items = [piece.as_json() for piece in (*pieces_of(subscription), *added)]
    return SubscriptionChange(order_item=item, plan=subscription.plan, items=items, before=before, after=after)


@transaction.atomic
def settle_change(item: OrderItem) -> None:
    """The remote side grants it: from now on every period is made of this. What is in the customer's favour is credited."""
    order, change = item.order, change_of(item)
    lock_accounts([order.account_id])
    subscription = (
        Subscription.objects.select_for_update(of=("self",)).select_related("account").get(pk=item.subscription_id)
    )
    before = {**change.before, "price": str(subscription.price)}
    credit = plan_credit(subscription, -order.subtotal) if order.subtotal < 0 else None
    _write_pieces(subscription, change)
    _write_included(subscription, change.after)
    lifecycle_of(subscription).changed(subscription)
    if order.invoice is not None:
        collect(actor=SYSTEM, invoice=order.invoice, attempt="change")
    if credit is not None:
        lines = list(item.lines.all())
        give_back(actor=SYSTEM, credit=credit, lines=lines, source=f"order:{order.public_id}", reason=order.description)
    log_subscription("changed", subscription, before=before, after={**change.after, "price": str(subscription.price)})


def _write_pieces(subscription: Subscription, change: SubscriptionChange) -> None:
    pieces = [Piece.from_json(data) for data in change.items]
    subscription.items.all().delete()
    SubscriptionItem.objects.bulk_create(
        SubscriptionItem(
            subscription=subscription,
            plan_id=piece.plan_id,
            add_on_id=piece.add_on_id,
            description=piece.description,
            units=piece.units,
            included_units=piece.included_units,
            unit_price=piece.unit_price,
        )
        for piece in pieces
    )
    subscription.name = _name_after(subscription, change.plan)
    subscription.plan, subscription.price = change.plan, price_of(pieces)
    subscription.save(update_fields=["name", "plan", "price"])


def _name_after(subscription: Subscription, plan: Plan) -> str:
    """What is called after its plan, also with a number behind, is called after the one that it has from now on."""
    if plan == subscription.plan or not re.fullmatch(
        rf"{re.escape(str(subscription.plan)[:110])}( \d+)?", subscription.name
    ):
        return subscription.name
    subscription.name = str(plan)[:120]
    return distinct_name(subscription)


def _write_included(subscription: Subscription, included: Mapping[str, int]) -> None:
    for resource, amount in included.items():
        SubscriptionResource.objects.update_or_create(
            subscription=subscription, resource=resource, defaults={"included": amount}
        )


@transaction.atomic
def undo_change(item: OrderItem) -> None:
    """The order was cancelled: what had been taken in advance is there again. Its invoice is the order's business."""
    for resource, amount in change_of(item).before.items():
        SubscriptionResource.objects.filter(
            subscription_id=item.subscription_id, resource=resource, included__lt=amount
        ).update(included=amount)

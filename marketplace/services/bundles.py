"""The packages that a customer bought, by what is left of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.models import Order, OrderItem, Subscription


@dataclass(frozen=True, slots=True)
class Bundle:
    """One package that was bought: the order, and those of its subscriptions that were asked for."""

    order: Order
    name: str
    subscriptions: list[Subscription]


def bundles_of(subscriptions: Sequence[Subscription]) -> list[Bundle]:
    """The packages that ``subscriptions`` came with, the oldest first. One statement."""
    rows = {row.pk: row for row in subscriptions}
    items = OrderItem.objects.filter(subscription__in=list(rows), order__package__isnull=False)
    found: dict[int, Bundle] = {}
    for item in items.exclude(order__state=Order.State.CANCELLED).select_related("order__package").order_by("pk"):
        name = item.order.package.name if item.order.package else ""
        bundle = found.setdefault(item.order_id, Bundle(item.order, name, []))
        bundle.subscriptions.append(rows[item.subscription_id])
    return list(found.values())

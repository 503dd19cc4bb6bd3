"""What billing tells the marketplace. Each calls one service, which changes nothing the second time."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.actors import Actor
from billing.models import Invoice
from billing.signals import invoice_paid
from marketplace.services.dunning import settle_case
from marketplace.services.orders import start_paid_orders


@receiver(invoice_paid, dispatch_uid="marketplace.start_paid_orders")
def _orders_begin(sender: Any, *, invoice: Invoice, actor: Actor, **kwargs: Any) -> None:
    start_paid_orders(actor=actor, invoice=invoice)


@receiver(invoice_paid, dispatch_uid="marketplace.settle_case")
def _nothing_is_owed(sender: Any, *, invoice: Invoice, actor: Actor, **kwargs: Any) -> None:
    settle_case(actor=actor, invoice=invoice)

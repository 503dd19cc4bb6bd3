"""What billing tells the marketplace. Each calls one service, which changes nothing the second time."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from accounts.actors import Actor
from billing.models import Invoice
from billing.signals import invoice_paid
from marketplace.services.orders import start_paid_orders


@receiver(invoice_paid, dispatch_uid="marketplace.start_paid_orders")
def _orders_begin(sender: Any, *, invoice: Invoice, actor: Actor, **kwargs: Any) -> None:
    start_paid_orders(actor=actor, invoice=invoice)

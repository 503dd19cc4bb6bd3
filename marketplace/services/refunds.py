"""What becomes of the money of an order that is cancelled."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.actors import Actor
from billing.models import Invoice, Payment, PaymentAllocation
from billing.services.crediting import cancel_invoice
from billing.services.refunding import refund_payment
from marketplace.models import Order


def give_money_back(*, actor: Actor, order: Order) -> dict[str, Any]:
    """A credit note for the whole invoice. What was paid for it goes back the way it came; what the customer's credit
    had paid becomes credit again. Gives what to note in the log. Call it with the account locked.
    """
    invoice = order.invoice
    if invoice is None:
        return {}
    invoice.refresh_from_db()
    if invoice.state == Invoice.State.CANCELLED:
        return {}
    paid = _paid_for_it(invoice)
    note = cancel_invoice(
        actor=actor, invoice=invoice, reason=_("Pedido %(number)s cancelado") % {"number": order.number}
    )
    for payment, amount in paid:
        key = f"order:{order.public_id}:{payment.pk}"
        refund_payment(actor=actor, payment=payment, amount=amount, idempotency_key=key)
    return {"credit_note": str(note), "refund_due": str(sum((amount for _payment, amount in paid), Decimal("0.00")))}


def _paid_for_it(invoice: Invoice) -> list[tuple[Payment, Decimal]]:
    """The payments that were made for this invoice, with what it used of them."""
    rows = PaymentAllocation.objects.filter(invoice=invoice, payment__invoice=invoice).select_related("payment")
    return [(row.payment, row.amount) for row in rows.order_by("pk")]

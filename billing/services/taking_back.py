"""Money that is with us no more though nobody sent it back: the bank took it, or it was never this customer's. Booked like
a refund that is done; what it had paid is owed again. Callers hold the account's lock."""

from __future__ import annotations

from decimal import Decimal

from accounts.actors import Actor
from billing.models import Payment, Refund
from billing.services.allocation import settle
from billing.services.refunding import finish_refund
from cloudpanel.core.money import ZERO


def take_back(*, actor: Actor, payment: Payment, amount: Decimal, key: str, gateway_ref: str = "") -> Refund:
    """``amount`` of the payment, at most what of it was not sent back before; ``key`` names it once."""
    _free(actor, payment, amount - payment.credit)
    payment.refresh_from_db()
    refund = Refund.objects.create(payment=payment, amount=amount, idempotency_key=key[:120])
    payment.refunded += amount
    payment.state = Payment.State.REFUND_DUE
    payment.save(update_fields=["refunded", "state"])
    finish_refund(actor=actor, refund=refund, gateway_ref=gateway_ref)
    return refund


def _free(actor: Actor, payment: Payment, amount: Decimal) -> None:
    """Takes ``amount`` of the payment away from the invoices that it paid, the latest first."""
    for row in payment.allocations.select_related("invoice").order_by("-pk"):
        part = min(row.amount, amount)
        if part <= 0:
            return
        if part == row.amount:
            row.delete()
        else:
            row.amount -= part
            row.save(update_fields=["amount"])
        payment.allocated -= part
        payment.save(update_fields=["allocated"])
        row.invoice.paid -= part
        settle(actor, row.invoice)
        amount -= part
    assert amount <= ZERO, "more to free than was used"

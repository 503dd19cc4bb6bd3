"""An order's charge: its invoice, and the transfer that is awaited for it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Account
from billing.models import Invoice, Payment
from billing.services.crediting import cancel_invoice
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from billing.services.paying import move_payment, receive_payment
from billing.services.refunding import ONGOING, finish_refund, refund_payment
from cloudpanel.core.exceptions import BusinessError


def book_charge(*, actor: Actor, account: Account, source: str, lines: Sequence[LineData], concept: str) -> Payment:
    """Issues the invoice of ``source`` and awaits its transfer. Call it in a transaction."""
    invoice = issue_invoice(
        actor=actor, account=account, source=source, lines=lines, concept=concept, uses_credit=False
    )
    payment = Payment(
        account=account,
        invoice=invoice,
        idempotency_key=f"transfer:{source}",
        amount=invoice.total,
        currency=invoice.currency,
        concept=invoice.concept,
        reference=invoice.reference,
        due_date=invoice.due_date,
    )
    payment.save(force_insert=True)
    return payment


@transaction.atomic
def record_transfer(*, actor: Actor, payment: Payment) -> None:
    """Support saw the money arrive. Raises BusinessError when it is not awaited (any more)."""
    if payment.state != Payment.State.PENDING or not receive_payment(actor=actor, payment=payment):
        raise _moved(payment)


@transaction.atomic
def record_refund(*, actor: Actor, payment: Payment) -> None:
    """Support sent the money back. Raises BusinessError when none was to be returned."""
    refunds = list(payment.refunds.filter(state__in=ONGOING))
    done = [finish_refund(actor=actor, refund=refund) for refund in refunds]
    payment.refresh_from_db()
    if not any(done):
        raise _moved(payment)


@transaction.atomic
def undo_charge(*, actor: Actor, payment: Payment) -> Payment.State:
    """What was bought will not be delivered: its invoice is cancelled, and money that is here is to be returned."""
    invoice = payment.invoice
    assert invoice is not None
    if invoice.state != Invoice.State.CANCELLED:
        cancel_invoice(actor=actor, invoice=invoice, reason=_("Pedido cancelado"))
    payment.refresh_from_db()
    if payment.state == Payment.State.PENDING:
        move_payment(actor=actor, payment=payment, to=Payment.State.CANCELLED)
    elif payment.credit:
        refund_payment(
            actor=actor,
            payment=payment,
            amount=payment.credit,
            idempotency_key=f"undo:{invoice.public_id}:{payment.pk}",
        )
    payment.refresh_from_db()
    return Payment.State(payment.state)


def _moved(payment: Payment) -> BusinessError:
    return BusinessError(
        _("El cobro %(reference)s ya cambió de estado: recargue la página.") % {"reference": payment.reference},
        code="payment_not_pending",
    )

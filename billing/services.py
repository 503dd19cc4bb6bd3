"""Charges on account by bank transfer. One payment per order: who calls keeps the link one-to-one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_action, log_actions
from accounts.actors import Actor
from accounts.models import Account, ActionLogEntry
from billing.models import Payment
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.sequences import next_values

REFERENCE_SEQUENCE = "billing_payment_reference_seq"

# Every allowed move; each is carried out by one conditional UPDATE.
ALLOWED_MOVES: dict[Payment.State, frozenset[Payment.State]] = {
    Payment.State.PENDING: frozenset({Payment.State.RECEIVED, Payment.State.CANCELLED}),
    Payment.State.RECEIVED: frozenset({Payment.State.REFUND_DUE}),
    Payment.State.REFUND_DUE: frozenset({Payment.State.REFUNDED}),
    Payment.State.CANCELLED: frozenset(),
    Payment.State.REFUNDED: frozenset(),
}


def reference_of(number: int) -> str:
    """Ten digits and a check digit (mod 10, Luhn), so that a mistyped transfer is not booked elsewhere."""
    digits = f"{number:010d}"
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(digits))]
    return digits + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def book_charge(
    *, actor: Actor, account: Account, amount: Decimal, concept: str, number: int
) -> tuple[Payment, ActionLogEntry]:
    """For callers that write several things at once: the payment, saved, and its log line, which they save with their
    own. ``number`` comes from REFERENCE_SEQUENCE. Call it in a transaction."""
    payment = Payment(
        account=account,
        amount=amount,
        currency=settings.CURRENCY,
        concept=concept[:200],
        reference=reference_of(number),
        due_date=timezone.localdate() + timedelta(days=settings.TRANSFER_DUE_DAYS),
    )
    payment.save(force_insert=True)
    after = {"amount": str(amount), "reference": payment.reference}
    entry = build_entry(actor=actor, account=account, action="billing.payment.charged", target=payment, after=after)
    return payment, entry


@transaction.atomic
def charge_on_account(*, actor: Actor, account: Account, amount: Decimal, concept: str) -> Payment:
    """Books ``amount`` (tax included) as owed by ``account``, to be paid by transfer within TRANSFER_DUE_DAYS."""
    (number,) = next_values(REFERENCE_SEQUENCE)
    payment, entry = book_charge(actor=actor, account=account, amount=amount, concept=concept, number=number)
    log_actions([entry])
    return payment


@transaction.atomic
def record_transfer(*, actor: Actor, payment: Payment) -> None:
    """Support saw the money arrive. Raises BusinessError when it is not owed (any more)."""
    _move(actor, payment, Payment.State.RECEIVED, "billing.payment.received", received_at=timezone.now())


@transaction.atomic
def cancel_payment(*, actor: Actor, payment: Payment) -> None:
    """Nothing is owed any more. Raises BusinessError when the money is already here: see :func:`undo_charge`."""
    _move(actor, payment, Payment.State.CANCELLED, "billing.payment.cancelled")


@transaction.atomic
def record_refund(*, actor: Actor, payment: Payment) -> None:
    """Support sent the money back. Raises BusinessError when none was to be returned."""
    _move(actor, payment, Payment.State.REFUNDED, "billing.payment.refunded")


@transaction.atomic
def undo_charge(*, actor: Actor, payment: Payment) -> Payment.State:
    """What was bought will not be delivered: an amount owed is owed no more, money that is here is to be returned.

    Gives the new state. Locks the payment, so that a transfer booked at the same moment is not lost.
    """
    payment.state = Payment.objects.select_for_update().values_list("state", flat=True).get(pk=payment.pk)
    if payment.state == Payment.State.PENDING:
        cancel_payment(actor=actor, payment=payment)
    elif payment.state == Payment.State.RECEIVED:
        _move(actor, payment, Payment.State.REFUND_DUE, "billing.payment.refund_due")
    return Payment.State(payment.state)


def _move(actor: Actor, payment: Payment, to: Payment.State, action: str, **fields: Any) -> None:
    sources = [state for state, targets in ALLOWED_MOVES.items() if to in targets]
    before = {"state": payment.state}
    if not Payment.objects.filter(pk=payment.pk, state__in=sources).update(state=to, **fields):
        raise BusinessError(
            _("El cobro %(reference)s ya cambió de estado: recargue la página.") % {"reference": payment.reference},
            code="payment_not_pending",
        )
    payment.state = to
    for name, value in fields.items():
        setattr(payment, name, value)
    after = {"state": to, "amount": str(payment.amount)}
    log_action(actor=actor, account=payment.account, action=action, target=payment, before=before, after=after)

"""Charges on account by bank transfer. One payment per order: who calls keeps the link one-to-one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from billing.models import Payment
from cloudpanel.core.exceptions import BusinessError


def _next_reference() -> str:
    """Ten digits and a check digit (mod 10, Luhn), so that a mistyped transfer is not booked elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_payment_reference_seq')")
        digits = f"{cursor.fetchone()[0]:010d}"
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(reversed(digits))]
    return digits + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


@transaction.atomic
def charge_on_account(*, actor: Actor, account: Account, amount: Decimal, concept: str) -> Payment:
    """Books ``amount`` (tax included) as owed by ``account``, to be paid by transfer within TRANSFER_DUE_DAYS."""
    payment = Payment.objects.create(
        account=account,
        amount=amount,
        concept=concept,
        reference=_next_reference(),
        due_date=timezone.localdate() + timedelta(days=settings.TRANSFER_DUE_DAYS),
    )
    after = {"amount": str(amount), "reference": payment.reference}
    log_action(actor=actor, account=account, action="billing.payment.charged", target=payment, after=after)
    return payment


@transaction.atomic
def record_transfer(*, actor: Actor, payment: Payment) -> None:
    """Support saw the money arrive. Raises BusinessError when it is not owed (any more)."""
    now = timezone.now()
    owed = Payment.objects.filter(pk=payment.pk, state=Payment.State.PENDING)
    if not owed.update(state=Payment.State.RECEIVED, received_at=now):
        raise BusinessError(_("Este cobro ya no está pendiente."), code="payment_not_pending")
    payment.state, payment.received_at = Payment.State.RECEIVED, now
    after = {"state": Payment.State.RECEIVED, "amount": str(payment.amount)}
    log_action(actor=actor, account=payment.account, action="billing.payment.received", target=payment, after=after)


@transaction.atomic
def cancel_payment(*, actor: Actor, payment: Payment) -> None:
    """Nothing is owed any more. Raises BusinessError when the money is already here: that is a refund."""
    owed = Payment.objects.filter(pk=payment.pk, state=Payment.State.PENDING)
    if not owed.update(state=Payment.State.CANCELLED):
        raise BusinessError(_("Este cobro ya no está pendiente."), code="payment_not_pending")
    payment.state = Payment.State.CANCELLED
    log_action(actor=actor, account=payment.account, action="billing.payment.cancelled", target=payment)

"""Money that goes back. Promised first (it can pay nothing any more), booked when it is done."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from billing.models import Ledger, Payment, Refund
from billing.services.documents import lock_accounts
from billing.services.ledger import Kind, ledger_of, post
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import cents, format_money
from cloudpanel.provisioning.services import enqueue

State = Refund.State
ONGOING = frozenset({State.DUE, State.PROCESSING})


@transaction.atomic
def refund_payment(*, actor: Actor, payment: Payment, amount: Decimal, idempotency_key: str) -> Refund:
    """Promises ``amount`` of the payment back. Only money that no invoice uses: credit the invoice first.

    The same key again gives the same refund. Raises BusinessError ``refund_too_large``.
    """
    lock_accounts([payment.account_id])
    payment.refresh_from_db()
    known = Refund.objects.filter(idempotency_key=idempotency_key).first()
    if known is not None:
        return known
    if cents(amount) != amount or amount <= 0 or amount > payment.credit:
        raise BusinessError(
            _("Solo se puede devolver lo que ninguna factura usa: hasta %(amount)s.")
            % {"amount": format_money(payment.credit, payment.currency)},
            field="amount",
            code="refund_too_large",
        )
    refund = Refund.objects.create(payment=payment, amount=amount, idempotency_key=idempotency_key)
    payment.refunded += amount
    payment.state = Payment.State.REFUND_DUE
    payment.save(update_fields=["refunded", "state"])
    _log("due", actor, refund)
    if payment.method == Payment.Method.CARD:
        send_refund(actor=actor, refund=refund)
    return refund


def send_refund(*, actor: Actor, refund: Refund) -> None:
    """Has the gateway send it, or say what became of it. Once at a time; asking again sends nothing twice."""
    try:
        enqueue(
            actor=actor,
            account=refund.payment.account,
            operation="billing.refund_payment",
            lock_key=f"billing.refund:{refund.pk}",
            params={"refund": str(refund.public_id)},
        )
    except BusinessError as error:
        if error.code != "operation_in_progress":
            raise


@transaction.atomic
def finish_refund(*, actor: Actor, refund: Refund, gateway_ref: str = "", at: datetime | None = None) -> bool:
    """The money has left. False when it was known already."""
    lock_accounts([refund.payment.account_id])
    fields = {"state": State.DONE, "done_at": at or timezone.now(), "failure_message": ""}
    if gateway_ref:
        fields["gateway_ref"] = gateway_ref
    if not Refund.objects.filter(pk=refund.pk, state__in=ONGOING).update(**fields):
        return False
    refund.refresh_from_db()
    payment = refund.payment
    post(
        key=f"refund:{refund.pk}",
        kind=Kind.REFUND,
        account=payment.account_id,
        currency=payment.currency,
        amounts={Ledger.RECEIVABLE: refund.amount, ledger_of(payment): -refund.amount},
    )
    _settle(payment)
    _log("done", actor, refund)
    return True


@transaction.atomic
def record_refunds(*, actor: Actor, payment: Payment) -> None:
    """Support sent by transfer what was promised of ``payment``. Raises BusinessError when nothing was to be returned, and
    for cards, whose gateway says by itself when the money has gone."""
    if payment.method == Payment.Method.CARD:
        raise BusinessError(_("Lo cobrado con tarjeta lo devuelve la pasarela; aquí se verá cuando lo haga."))
    done = [finish_refund(actor=actor, refund=refund) for refund in payment.refunds.filter(state__in=ONGOING)]
    if not any(done):
        raise BusinessError(_("Nada está por devolver de %(payment)s.") % {"payment": payment}, code="nothing_due")


@transaction.atomic
def fail_refund(*, actor: Actor, refund: Refund, message: str) -> bool:
    """The gateway would not: the money is the customer's *saldo a favor* again. False when it was settled already."""
    lock_accounts([refund.payment.account_id])
    fields = {"state": State.FAILED, "failure_message": message[:300]}
    if not Refund.objects.filter(pk=refund.pk, state__in=ONGOING).update(**fields):
        return False
    refund.refresh_from_db()
    Payment.objects.filter(pk=refund.payment_id).update(refunded=F("refunded") - refund.amount)
    _settle(refund.payment)
    _log("failed", actor, refund)
    return True


def _settle(payment: Payment) -> None:
    """The payment's state after one of its refunds ended."""
    payment.refresh_from_db()
    if payment.refunds.filter(state__in=ONGOING).exists():
        payment.state = Payment.State.REFUND_DUE
    else:
        payment.state = Payment.State.REFUNDED if payment.refunded == payment.amount else Payment.State.RECEIVED
    payment.save(update_fields=["state"])


def _log(verb: str, actor: Actor, refund: Refund) -> None:
    after = {"state": refund.state, "amount": str(refund.amount)}
    if refund.failure_message:
        after["reason"] = refund.failure_message
    account = refund.payment.account_id
    log_action(actor=actor, account=account, action=f"billing.refund.{verb}", target=refund, after=after)

"""Money that comes. Everything may be called again with the same key, and a success counts even after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from billing.models import Invoice, Ledger, Payment
from billing.services.allocation import allocate
from billing.services.documents import lock_accounts
from billing.services.ledger import Kind, ledger_of, post
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO, cents

State = Payment.State
AWAITED = frozenset({State.PENDING, State.PROCESSING, State.NEEDS_ACTION})
NOT_HERE = frozenset({*AWAITED, State.FAILED, State.CANCELLED})


@transaction.atomic
def begin_payment(
    *,
    actor: Actor,
    account: Account,
    amount: Decimal,
    method: Payment.Method,
    idempotency_key: str,
    invoice: Invoice | None = None,
    gateway: str = "",
    gateway_ref: str = "",
    state: Payment.State = State.PENDING,
    currency: str = "",
    concept: str = "",
    reference: str = "",
) -> Payment:
    """A payment that is tried or awaited; nothing is booked yet. The same key again gives the same payment.

    Raises BusinessError when the amount is not positive or the key belongs to something else.
    """
    if cents(amount) != amount or amount <= 0:
        raise BusinessError(_("Escriba un importe mayor que cero, con centavos enteros."), field="amount")
    lock_accounts([account.pk])
    payment, is_new = Payment.objects.get_or_create(
        idempotency_key=idempotency_key,
        defaults={
            "account": account,
            "invoice": invoice,
            "method": method,
            "gateway": gateway,
            "gateway_ref": gateway_ref,
            "state": state,
            "amount": amount,
            "currency": currency or (invoice.currency if invoice else settings.CURRENCY),
            "concept": (concept or (invoice.concept if invoice else ""))[:200],
            "reference": reference,
        },
    )
    if (payment.account_id, payment.amount) != (account.pk, amount):
        raise BusinessError(_("Ese pago ya se registró con otros datos."), code="key_reused")
    if is_new:
        _log("started", actor, payment)
    return payment


@transaction.atomic
def receive_payment(*, actor: Actor, payment: Payment, at: datetime | None = None, gateway_ref: str = "") -> bool:
    """The money is here: booked, and used for its invoice, then for the account's other open ones, the oldest first; what
    is left over is *saldo a favor*. False when it had been received before, and nothing changes.

    Accepts it from any state: money that arrives after *failed* or *cancelled* is still the customer's.
    """
    lock_accounts([payment.account_id])
    payment.refresh_from_db()
    if payment.state not in NOT_HERE:
        return False
    payment.state, payment.received_at = State.RECEIVED, at or timezone.now()
    payment.failure_code = payment.failure_message = ""
    payment.gateway_ref = gateway_ref or payment.gateway_ref
    payment.save(update_fields=["state", "received_at", "failure_code", "failure_message", "gateway_ref"])
    post(
        key=f"payment:{payment.pk}",
        kind=Kind.PAYMENT,
        account=payment.account_id,
        currency=payment.currency,
        amounts={ledger_of(payment): payment.amount, Ledger.RECEIVABLE: -payment.amount},
    )
    _log("received", actor, payment)
    allocate(actor=actor, payment=payment, invoices=_to_be_paid(payment))
    return True


def _to_be_paid(payment: Payment) -> Iterator[Invoice]:
    """What it was meant for, then the others that are open; read as far as the money goes."""
    mine = Invoice.objects.filter(account=payment.account_id, currency=payment.currency).open()
    meant = payment.invoice_id or 0
    yield from mine.filter(pk=meant)
    yield from mine.exclude(pk=meant).order_by("due_date", "pk").iterator(chunk_size=50)


@transaction.atomic
def book_payment(
    *,
    actor: Actor,
    account: Account,
    amount: Decimal,
    method: Payment.Method,
    idempotency_key: str,
    invoice: Invoice | None = None,
    gateway: str = "",
    gateway_ref: str = "",
    at: datetime | None = None,
    concept: str = "",
    reference: str = "",
) -> Payment:
    """:func:`begin_payment` and :func:`receive_payment` at once: a bank movement, or what support books by hand."""
    payment = begin_payment(
        actor=actor,
        account=account,
        amount=amount,
        method=method,
        idempotency_key=idempotency_key,
        invoice=invoice,
        gateway=gateway,
        gateway_ref=gateway_ref,
        concept=concept,
        reference=reference,
    )
    receive_payment(actor=actor, payment=payment, at=at)
    return payment


@transaction.atomic
def move_payment(
    *, actor: Actor, payment: Payment, to: Payment.State, gateway_ref: str = "", code: str = "", message: str = ""
) -> bool:
    """An awaited payment is being processed, needs the customer, failed or was given up. False when it is awaited no more."""
    if to in Payment.HERE or to == State.REFUNDED:
        raise ValueError(f"{to}: see receive_payment and refund_payment")
    fields = {"state": to, "failure_code": code[:80], "failure_message": message[:300]}
    if gateway_ref:
        fields["gateway_ref"] = gateway_ref
    before = payment.state
    if not Payment.objects.filter(pk=payment.pk, state__in=AWAITED - {to}).update(**fields):
        return False
    payment.refresh_from_db()
    _log(str(to), actor, payment, before=before)
    return True


def fail_payment(*, actor: Actor, payment: Payment, code: str = "", message: str = "") -> bool:
    """Declined, expired, given up by the gateway. False when it is awaited no more."""
    return move_payment(actor=actor, payment=payment, to=State.FAILED, code=code, message=message)


def credit_of(account: Account | int, currency: str = "MXN") -> Decimal:
    """*Saldo a favor*: money that came and that no invoice uses."""
    account_id = account.pk if isinstance(account, Account) else account
    found = Payment.objects.with_credit().filter(account=account_id, currency=currency)
    return sum((payment.credit for payment in found), ZERO)


def _log(verb: str, actor: Actor, payment: Payment, *, before: str = "") -> None:
    after = {"state": payment.state, "amount": str(payment.amount)}
    if payment.failure_message:
        after["reason"] = payment.failure_message
    log_action(
        actor=actor,
        account=payment.account_id,
        action=f"billing.payment.{verb}",
        target=payment,
        before={"state": before} if before else {},
        after=after,
    )

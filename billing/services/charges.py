"""Charges to a card: asked for here, carried out by ``billing.operations``, settled here again.

Three may settle the same charge at once, the job that made it, a webhook and the sweep: each brings what the gateway said,
and the payment's conditional moves let one of them count.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from billing.models import CardCharge, Invoice, Payment, PaymentMethod
from billing.services.documents import lock_accounts
from billing.services.methods import GATEWAY, cards_offered, why_no_cards
from billing.services.notices import tell_failed, tell_needs_action, tell_received
from billing.services.paying import AWAITED, begin_payment, fail_payment, move_payment, receive_payment
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import ACTIVE_STATES, Job
from cloudpanel.provisioning.services import enqueue

State = Payment.State
QUIET_FOR = timedelta(minutes=10)  # a charge that nobody works at for so long is asked about
ANSWER_WITHIN = timedelta(days=3)  # for the customer's bank and the customer
MOST_AT_ONCE = 200


@transaction.atomic
def pay_with_card(*, actor: Actor, invoice: Invoice, method: PaymentMethod, token: str) -> Payment:
    """Charges what ``invoice`` still lacks to ``method``. The same ``token`` again gives the same payment, and so does any
    other while that one is under way: nobody pays twice by clicking twice.

    Raises BusinessError when nothing is owed (any more), or the card cannot be charged.
    """
    lock_accounts([invoice.account_id])
    invoice.refresh_from_db()
    key = f"card:{invoice.public_id}:{token}"
    known = _known(invoice, key)
    if known is not None:
        return known
    _refuse_unless_payable(invoice, method)
    payment = begin_payment(
        actor=actor,
        account=invoice.account,
        amount=invoice.rest,
        method=Payment.Method.CARD,
        idempotency_key=key,
        invoice=invoice,
        gateway=GATEWAY,
        state=State.PROCESSING,
        reference=str(method)[:40],
    )
    CardCharge.objects.create(payment=payment, method=method)
    enqueue(
        actor=actor,
        account=invoice.account,
        operation="billing.charge_invoice",
        lock_key=f"billing.payment:{payment.pk}",
        params={"payment": str(payment.public_id)},
    )
    return payment


def charge_under_way(invoice: Invoice) -> Payment | None:
    return invoice.payments.filter(method=Payment.Method.CARD, state__in=AWAITED).first()


def _known(invoice: Invoice, key: str) -> Payment | None:
    return Payment.objects.filter(idempotency_key=key).first() or charge_under_way(invoice)


def _refuse_unless_payable(invoice: Invoice, method: PaymentMethod) -> None:
    if invoice.state != Invoice.State.OPEN:
        raise BusinessError(_("Esta factura ya no se debe."), code="not_owed")
    if not cards_offered():
        raise BusinessError(why_no_cards(), code="no_cards")
    kept = PaymentMethod.objects.filter(pk=method.pk, account=invoice.account_id).kept().first()
    if kept is None:
        raise BusinessError(_("Esa tarjeta ya se quitó. Elija otra."), field="method", code="method_removed")
    if kept.is_expired:
        raise BusinessError(
            _("Esa tarjeta está vencida. Elija otra o agregue una nueva."), field="method", code="expired"
        )


@transaction.atomic
def settle_charge(*, actor: Actor, payment: Payment, outcome: dict[str, Any]) -> None:
    """What the gateway said (``state``, ``code``, ``message``), written down and told once."""
    state, code, message = outcome["state"], outcome.get("code", ""), outcome.get("message", "")
    if state == "succeeded":
        if receive_payment(actor=actor, payment=payment, at=timezone.now()):
            tell_received(payment, rest=_rest(payment))
    elif state == "failed":
        if fail_payment(actor=actor, payment=payment, code=code, message=message):
            tell_failed(payment)
    elif state == "cancelled":
        move_payment(actor=actor, payment=payment, to=State.CANCELLED, code=code, message=message)
    elif state == "needs_action":
        if move_payment(actor=actor, payment=payment, to=State.NEEDS_ACTION):
            tell_needs_action(payment)
    elif state == "processing":
        move_payment(actor=actor, payment=payment, to=State.PROCESSING)
    if state in {"succeeded", "failed", "cancelled"}:
        CardCharge.objects.filter(payment=payment).update(client_secret=None)


def _rest(payment: Payment) -> Decimal | None:
    return Invoice.objects.get(pk=payment.invoice_id).rest if payment.invoice_id else None


@transaction.atomic
def charge_not_made(*, actor: Actor, payment: Payment) -> None:
    """The charge's job gave up. Without a name at the gateway nothing can have been charged; with one the sweep goes on
    asking until the gateway says what became of it."""
    untouched = Payment.objects.select_for_update().filter(pk=payment.pk, gateway_ref="", state__in=AWAITED)
    if untouched.exists():
        message = _("No pudimos comunicarnos con la pasarela de pagos.")
        settle_charge(
            actor=actor, payment=payment, outcome={"state": "failed", "code": "no_gateway", "message": message}
        )


def ask_gateway(*, actor: Actor, payment: Payment, close: bool = False) -> None:
    """Has the gateway asked how the charge stands; ``close`` also has it closed if it is still open. Once at a time."""
    try:
        enqueue(
            actor=actor,
            account=None,  # its failure is support's matter: the customer is told what becomes of the payment
            operation="billing.read_charge",
            lock_key=f"billing.payment.read:{payment.pk}",
            params={"payment": str(payment.public_id), "close": close},
        )
    except BusinessError as error:
        if error.code != "operation_in_progress":
            raise


@transaction.atomic
def note_answer(*, actor: Actor, payment: Payment) -> None:
    """The customer's bank has answered in their browser: the page waits while the gateway is asked what it said."""
    move_payment(actor=actor, payment=payment, to=State.PROCESSING)
    ask_gateway(actor=actor, payment=payment)


@transaction.atomic
def give_up_charge(*, actor: Actor, payment: Payment) -> None:
    """The customer will not authorise it. Raises BusinessError when it no longer waits for them."""
    if not Payment.objects.filter(pk=payment.pk, state=State.NEEDS_ACTION).exists():
        raise BusinessError(_("Este pago ya no espera su autorización."), code="not_waiting")
    ask_gateway(actor=actor, payment=payment, close=True)


def ask_about_quiet_charges() -> int:
    """Charges that nobody works at: the gateway is asked, and those that wait for the customer too long are closed.
    Called every few minutes (``settings.PERIODIC``)."""
    now = timezone.now()
    busy = Job.objects.filter(operation="billing.charge_invoice", state__in=ACTIVE_STATES).values("params__payment")
    quiet = Payment.objects.filter(
        Q(state__in=[State.PENDING, State.PROCESSING])
        | Q(state=State.NEEDS_ACTION, created_at__lt=now - ANSWER_WITHIN),
        method=Payment.Method.CARD,
        gateway=GATEWAY,
        created_at__lt=now - QUIET_FOR,
    )
    working = {row["params__payment"] for row in busy}
    found = [payment for payment in quiet.order_by("pk")[:MOST_AT_ONCE] if str(payment.public_id) not in working]
    for payment in found:
        ask_gateway(actor=SYSTEM, payment=payment, close=payment.created_at < now - ANSWER_WITHIN)
    return len(found)

"""Which money pays which invoice. Callers hold the accounts' locks (:func:`billing.services.documents.lock_accounts`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.models import ActionLogEntry
from billing.models import Invoice, Payment, PaymentAllocation, Stamp
from billing.services.documents import lock_accounts
from billing.signals import invoice_paid
from cloudpanel.core.money import ZERO

PAYMENT_FORMS = {  # SAT c_FormaPago; whether a card is of credit or debit no gateway tells us for sure
    Payment.Method.TRANSFER: "03",
    Payment.Method.CARD: "04",
    Payment.Method.ADJUSTMENT: "17",
}
_SETTLED = ["paid", "credited", "state", "paid_at", "cancelled_at", "payment_terms", "payment_form"]


def allocate(*, actor: Actor, payment: Payment, invoices: Iterable[Invoice]) -> None:
    """Uses the payment's free money for ``invoices``, in their order, as far as it goes."""
    for invoice in invoices:
        if not payment.credit:
            return
        amount = min(payment.credit, invoice.rest)
        if amount > 0 and payment.currency == invoice.currency and payment.account_id == invoice.account_id:
            _pay(actor, payment, invoice, amount)


@transaction.atomic
def use_credit(*, actor: Actor, invoice: Invoice) -> Decimal:
    """*Saldo a favor* pays the invoice as far as it goes. Gives how much: zero when there is none, or nothing to be paid."""
    lock_accounts([invoice.account_id])
    invoice.refresh_from_db()
    before = invoice.paid
    if invoice.state == Invoice.State.OPEN:
        use_credits(actor=actor, invoices=[invoice])
    return invoice.paid - before


def use_credits(*, actor: Actor, invoices: Sequence[Invoice]) -> None:
    """:func:`use_credit` for many: one statement when nobody has credit, which is the rule."""
    credits: dict[int, list[Payment]] = defaultdict(list)
    for payment in (
        Payment.objects.with_credit().filter(account__in={each.account_id for each in invoices}).order_by("pk")
    ):
        credits[payment.account_id].append(payment)
    for invoice in invoices:
        if invoice.state == Invoice.State.PAID:  # of nothing: there is no rest that anybody could pay
            tell_paid(actor, invoice)
        for payment in credits.get(invoice.account_id, ()):
            allocate(actor=actor, payment=payment, invoices=[invoice])


def _pay(actor: Actor, payment: Payment, invoice: Invoice, amount: Decimal) -> None:
    row, is_new = PaymentAllocation.objects.get_or_create(payment=payment, invoice=invoice, defaults={"amount": amount})
    if not is_new:
        PaymentAllocation.objects.filter(pk=row.pk).update(amount=F("amount") + amount)
    Payment.objects.filter(pk=payment.pk).update(allocated=F("allocated") + amount)
    payment.allocated += amount
    invoice.paid += amount
    settle(actor, invoice)


def settle(actor: Actor, invoice: Invoice, *, at: datetime | None = None) -> None:
    """Writes what is paid and credited, and the state that follows from it; sends ``invoice_paid`` when it just became so."""
    was = invoice.state
    invoice.state = _state_of(invoice)
    now = at or timezone.now()
    if invoice.state == Invoice.State.PAID:
        invoice.paid_at = invoice.paid_at or now
    elif invoice.state == Invoice.State.CANCELLED:
        invoice.cancelled_at = invoice.cancelled_at or now
    else:
        invoice.paid_at = None  # what had paid it was taken back
    invoice.payment_terms, invoice.payment_form = _terms_of(invoice)
    invoice.save(update_fields=_SETTLED)
    if invoice.state == Invoice.State.PAID and was != Invoice.State.PAID:
        tell_paid(actor, invoice)


def _terms_of(invoice: Invoice) -> tuple[str, str]:
    """The SAT's *método* and *forma de pago*: paid on the day of issue it is PUE with the form of most of its money,
    otherwise PPD, to be defined. What was certified stays as it was."""
    if Stamp.objects.filter(invoice=invoice).exists():
        return invoice.payment_terms, invoice.payment_form
    is_at_once = invoice.paid_at is not None and timezone.localdate(invoice.paid_at) == invoice.issue_date
    if invoice.state != Invoice.State.PAID or not is_at_once or not invoice.paid:
        return "PPD", "99"
    return "PUE", form_of(invoice)


def form_of(invoice: Invoice) -> str:
    """The *forma de pago* of most of the money that paid ``invoice``; there is some."""
    sums = invoice.allocations.values_list("payment__method").annotate(sum=Sum("amount")).order_by("-sum")
    return PAYMENT_FORMS[Payment.Method(sums[0][0])]


def _state_of(invoice: Invoice) -> Invoice.State:
    if invoice.rest:
        return Invoice.State.OPEN
    return Invoice.State.CANCELLED if invoice.credited == invoice.total and invoice.total else Invoice.State.PAID


def tell_paid(actor: Actor, invoice: Invoice) -> None:
    log_actions([_paid_entry(actor, invoice)])
    invoice_paid.send(Invoice, invoice=invoice, actor=actor)


def _paid_entry(actor: Actor, invoice: Invoice) -> ActionLogEntry:
    after = {"total": str(invoice.total), "state": invoice.state}
    return build_entry(
        actor=actor, account=invoice.account_id, action="billing.invoice.paid", target=invoice, after=after
    )


def release(*, invoice: Invoice, amount: Decimal) -> None:
    """Takes ``amount`` of the money that paid ``invoice`` back to the customer's favour, the latest payment first."""
    for row in invoice.allocations.select_related("payment").order_by("-pk"):
        part = min(row.amount, amount)
        if not part:
            break
        if part == row.amount:
            row.delete()
        else:
            PaymentAllocation.objects.filter(pk=row.pk).update(amount=F("amount") - part)
        Payment.objects.filter(pk=row.payment_id).update(allocated=F("allocated") - part)
        invoice.paid -= part
        amount -= part
    assert amount == ZERO, "more to release than was paid"

"""Money for what will not be used: which invoices it is credited to. What was never charged is never given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from accounts.actors import Actor
from billing.models import Invoice
from billing.services.crediting import credit_invoice
from billing.services.lines import LineData
from billing.tax import Total, with_tax
from cloudpanel.core.money import ZERO
from marketplace.models import Order, OrderLine, Subscription


@dataclass(frozen=True, slots=True)
class CreditPart:
    """``subtotal`` before tax, positive, and its tax, of one invoice."""

    invoice: Invoice
    subtotal: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Credit:
    """What is given back, of which invoices."""

    parts: Sequence[CreditPart]

    @property
    def subtotal(self) -> Decimal:
        return sum((part.subtotal for part in self.parts), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((part.tax for part in self.parts), ZERO)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.tax

    def as_total(self) -> Total:
        """Below zero, as orders have it."""
        return Total(-self.subtotal, with_tax(ZERO).tax_rate, -self.tax)


def plan_credit(subscription: Subscription, amount: Decimal) -> Credit:
    """``amount`` (before tax, positive) spread over the invoices that charged it, the newest first, as far as they
    have something left to be credited."""
    parts: list[CreditPart] = []
    for invoice, most in _creditable(subscription) if amount > 0 else ():
        part = min(most, amount - sum((done.subtotal for done in parts), ZERO))
        if part > 0:
            parts.append(CreditPart(invoice, part, _tax_of(invoice, part)))
    return Credit(parts)


def give_back(*, actor: Actor, credit: Credit, lines: Sequence[OrderLine], source: str, reason: str) -> None:
    """Issues the credit notes. A single one has the order's lines; of several each has one line."""
    for number, part in enumerate(credit.parts):
        credit_invoice(
            actor=actor,
            invoice=part.invoice,
            lines=[_line_of(part, lines, reason)],
            reason=reason,
            source=f"{source}:{number}",
        )


def _line_of(part: CreditPart, lines: Sequence[OrderLine], reason: str) -> LineData:
    dates = [line for line in lines if line.period_start and line.period_end]
    return LineData(
        description=reason,
        unit_price=part.subtotal,
        period_start=dates[0].period_start if dates else None,
        period_end=dates[0].period_end if dates else None,
    )


def _creditable(subscription: Subscription) -> list[tuple[Invoice, Decimal]]:
    """(invoice, most that may be credited of it for this subscription), the newest first."""
    orders = (
        Order.objects.filter(items__subscription=subscription, invoice__isnull=False)
        .exclude(invoice__state=Invoice.State.CANCELLED)
        .select_related("invoice")
        .annotate(
            mine=Sum("lines__amount", filter=Q(lines__item__subscription=subscription)),
        )
        .order_by("-pk")[:24]
    )
    found: list[tuple[Invoice, Decimal]] = []
    for order in orders:
        invoice, mine = order.invoice, order.mine
        left = _left_of(invoice)[0] if invoice is not None else ZERO
        if invoice is not None and left > 0 and mine and mine > 0:
            found.append((invoice, min(left, mine)))
    return found


def _left_of(invoice: Invoice) -> tuple[Decimal, Decimal]:
    """Subtotal and tax that no credit note has taken back yet."""
    sums = invoice.credit_notes.aggregate(subtotal=Sum("subtotal"), tax=Sum("tax"))
    return invoice.subtotal - (sums["subtotal"] or ZERO), invoice.tax - (sums["tax"] or ZERO)


def _tax_of(invoice: Invoice, subtotal: Decimal) -> Decimal:
    """As ``credit_invoice`` will have it: the last part takes the tax that is left."""
    left_subtotal, left_tax = _left_of(invoice)
    return left_tax if subtotal == left_subtotal else min(with_tax(subtotal).tax, left_tax)

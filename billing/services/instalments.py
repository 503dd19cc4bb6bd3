"""*Parcialidades*: what each payment took off each invoice, as a *complemento de pago* must say it (SAT, Pagos 2.0).

Only invoices of *método* PPD need one: what is paid on the day of its issue (PUE) says so itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from billing.fiscal import receiver_of
from billing.models import CreditNote, Invoice, Payment, PaymentAllocation, Stamp
from cloudpanel.core.money import ZERO

DEFERRED = "PPD"
"""c_MetodoPago: pago en parcialidades o diferido."""


@dataclass(frozen=True, slots=True)
class Instalment:
    """``before - amount == after``. ``number`` counts the payments of the invoice from one. ``folio`` is the invoice's
    *folio fiscal*, empty while no PAC has certified it."""

    invoice: Invoice
    payment: Payment
    number: int
    before: Decimal
    amount: Decimal
    folio: str

    @property
    def after(self) -> Decimal:
        return self.before - self.amount


@dataclass(frozen=True, slots=True)
class Complement:
    """What one CFDI of type P says: the instalments of one payment, of invoices to one receiver."""

    payment: Payment
    instalments: list[Instalment]

    @property
    def first(self) -> Invoice:
        return self.instalments[0].invoice

    @property
    def total(self) -> Decimal:
        return sum((each.amount for each in self.instalments), ZERO)

    @property
    def obstacle(self) -> str:
        """Why it cannot be made yet, in words; empty when it can."""
        missing = [str(each.invoice) for each in self.instalments if not each.folio]
        if missing:
            return _(
                "Falta el folio fiscal (UUID) de %(invoices)s, que un complemento de pago debe citar. Lo da el PAC al timbrar "
                "la factura; en cuanto lo tenga, aquí podrá descargar el complemento."
            ) % {"invoices": ", ".join(missing)}
        if self.payment.currency != settings.CURRENCY:
            return _(
                "Falta el tipo de cambio del día del pago: el panel solo hace complementos de pago en %(currency)s."
            ) % {"currency": settings.CURRENCY}
        return ""


def complements_of(payment: Payment) -> list[Complement]:
    """One for each receiver (the account's RFC may have changed between its invoices); none when nothing was deferred."""
    paid = payment.allocations.filter(invoice__payment_terms=DEFERRED).order_by("pk").select_related("invoice")
    mine = [each for each in instalments_of(row.invoice for row in paid) if each.payment.pk == payment.pk]
    by_receiver: dict[tuple[str, ...], list[Instalment]] = defaultdict(list)
    for each in mine:
        party = receiver_of(each.invoice)
        by_receiver[party.tax_id, party.legal_name, party.regime_code, party.postal_code].append(each)
    return [Complement(payment, instalments) for instalments in by_receiver.values()]


def instalments_of(invoices: Iterable[Invoice]) -> list[Instalment]:
    """Of each invoice all instalments, in the order in which money was used for it. Three queries."""
    known = {each.pk: each for each in invoices}
    rows: dict[int, list[PaymentAllocation]] = defaultdict(list)
    for row in PaymentAllocation.objects.filter(invoice__in=known).select_related("payment").order_by("pk"):
        rows[row.invoice_id].append(row)
    notes: dict[int, list[CreditNote]] = defaultdict(list)
    for note in CreditNote.objects.filter(invoice__in=known):
        notes[note.invoice_id].append(note)
    folios = {stamp.invoice_id: str(stamp) for stamp in Stamp.objects.filter(invoice__in=known)}
    return [
        each for pk, invoice in known.items() for each in _instalments(invoice, rows[pk], notes[pk], folios.get(pk, ""))
    ]


def _instalments(
    invoice: Invoice, rows: list[PaymentAllocation], notes: list[CreditNote], folio: str
) -> Iterator[Instalment]:
    """What credit notes had taken off by then counts as taken off. Money is used when it came, or, if it had come before
    (*saldo a favor*), when the invoice was issued."""
    paid, then = ZERO, invoice.issued_at
    for number, row in enumerate(rows, 1):
        then = max(then, row.payment.received_at or then)
        before = invoice.total - _credited(notes, then) - paid
        yield Instalment(invoice, row.payment, number, before, row.amount, folio)
        paid += row.amount


def _credited(notes: list[CreditNote], then: datetime) -> Decimal:
    return sum((note.total for note in notes if note.issued_at < then), ZERO)

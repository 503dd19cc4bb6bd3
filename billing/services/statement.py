"""*Estado de cuenta*: what the ledger says of one customer between two days, with the balance after each movement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import CreditNote, Invoice, Ledger, LedgerEntry, LedgerTransaction, Payment, Refund
from cloudpanel.core.money import ZERO

Kind = LedgerTransaction.Kind
CHUNK = 500
MODELS: dict[str, type[Invoice | CreditNote | Payment | Refund]] = {
    Kind.INVOICE: Invoice,
    Kind.CREDIT_NOTE: CreditNote,
    Kind.PAYMENT: Payment,
    Kind.REFUND: Refund,
}


@dataclass(frozen=True, slots=True)
class Movement:
    """``charge`` and ``credit`` are positive; ``balance`` is what was owed after it, negative in the customer's favour."""

    at: datetime
    text: str
    charge: Decimal
    credit: Decimal
    balance: Decimal
    invoice_id: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """``end`` is included. What was booked in other currencies has statements of its own."""

    account: Account
    start: date
    end: date
    currency: str = "MXN"

    @property
    def opening(self) -> Decimal:
        return _sum(self._entries().filter(transaction__created_at__lt=_midnight(self.start)))

    @property
    def closing(self) -> Decimal:
        return _sum(self._entries().filter(transaction__created_at__lt=_midnight(self.end + timedelta(days=1))))

    @property
    def count(self) -> int:
        return self._within().count()

    def movements(self) -> Iterator[Movement]:
        """From the oldest, read in chunks: a year of 100,000 invoices needs no more memory than a month."""
        balance = self.opening
        rows = self._within().select_related("transaction").order_by("transaction__created_at", "pk")
        for chunk in _chunks(rows):
            documents = _documents(chunk)
            for entry in chunk:
                balance += entry.amount
                yield _movement(entry, documents.get(entry.transaction.key), balance)

    def _entries(self) -> QuerySet[LedgerEntry]:
        return LedgerEntry.objects.filter(account=self.account, ledger=Ledger.RECEIVABLE, currency=self.currency)

    def _within(self) -> QuerySet[LedgerEntry]:
        start, end = _midnight(self.start), _midnight(self.end + timedelta(days=1))
        return self._entries().filter(transaction__created_at__gte=start, transaction__created_at__lt=end)


def currencies_of(account: Account) -> list[str]:
    """Those in which anything was ever booked."""
    entries = LedgerEntry.objects.filter(account=account, ledger=Ledger.RECEIVABLE)
    return sorted(set(entries.order_by().values_list("currency", flat=True).distinct()))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _sum(entries: QuerySet[LedgerEntry]) -> Decimal:
    return entries.aggregate(total=Sum("amount"))["total"] or ZERO


def _chunks(rows: QuerySet[LedgerEntry]) -> Iterator[list[LedgerEntry]]:
    chunk: list[LedgerEntry] = []
    for entry in rows.iterator(chunk_size=CHUNK):
        chunk.append(entry)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _documents(entries: list[LedgerEntry]) -> dict[str, Any]:
    """Key of the transaction → what it books, at most one statement for each kind."""
    found: dict[str, Any] = {}
    for kind, model in MODELS.items():
        ids = [int(e.transaction.key.partition(":")[2]) for e in entries if e.transaction.kind == kind]
        related = ("invoice",) if model is CreditNote else ("payment", "dispute") if model is Refund else ()
        documents = model._default_manager.filter(pk__in=ids).select_related(*related) if ids else ()
        found |= {f"{kind}:{each.pk}": each for each in documents}
    return found


def _movement(entry: LedgerEntry, document: Any, balance: Decimal) -> Movement:
    return Movement(
        at=entry.transaction.created_at,
        text=_text(document, entry.transaction.get_kind_display()),
        charge=max(entry.amount, ZERO),
        credit=max(-entry.amount, ZERO),
        balance=balance,
        invoice_id=str(getattr(_invoice_of(document), "public_id", "")),
    )


def _invoice_of(document: Any) -> Invoice | None:
    if isinstance(document, CreditNote):
        return document.invoice
    return document if isinstance(document, Invoice) else None


def _text(document: Any, otherwise: str) -> str:
    if isinstance(document, Invoice):
        return _("Factura %(number)s: %(concept)s") % {"number": document, "concept": document.concept}
    if isinstance(document, CreditNote):
        facts = {"number": document, "invoice": document.invoice, "reason": document.concept}
        return _("Nota de crédito %(number)s de la factura %(invoice)s: %(reason)s") % facts
    if isinstance(document, Payment):
        facts = {"method": document.get_method_display(), "reference": document.reference}
        return (_("Pago: %(method)s, %(reference)s") if document.reference else _("Pago: %(method)s")) % facts
    if isinstance(document, Refund):
        if hasattr(document, "dispute"):
            return _("Contracargo: su banco retiró el pago de %(reference)s") % {
                "reference": document.payment.reference
            }
        if document.idempotency_key.startswith("undone:"):
            return _("Corrección: el depósito %(reference)s no era de su cuenta") % {
                "reference": document.payment.reference
            }
        return _("Devolución: %(method)s") % {"method": document.payment.get_method_display()}
    return otherwise

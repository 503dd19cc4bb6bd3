"""Takes invoices back, in part or as a whole, by credit notes. Money that had paid what is credited becomes *saldo a favor*."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import build_entry
from accounts.actors import Actor
from billing.models import CREDIT_NOTES, CreditNote, CreditNoteLine, Invoice
from billing.services.allocation import form_of, release, settle
from billing.services.documents import lock_accounts, receiver_of, write_documents
from billing.services.issuing import line_of
from billing.services.lines import LineData, spread, taxes_of
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO, cents


@transaction.atomic
def cancel_invoice(*, actor: Actor, invoice: Invoice, reason: str) -> CreditNote:
    """A credit note for all of the invoice that is not credited yet; what was paid of it is the customer's again.

    Raises BusinessError ``invoice_cancelled`` when nothing is left to be credited.
    """
    _lock(invoice)
    lines, taxes = _remainder(invoice)
    return _credit(actor, invoice, lines, taxes, reason, source=f"cancel:{invoice.public_id}")


@transaction.atomic
def credit_invoice(
    *, actor: Actor, invoice: Invoice, lines: Sequence[LineData], reason: str, source: str
) -> CreditNote:
    """A credit note for ``lines`` (positive amounts); the same ``source`` again gives the same note.

    Raises BusinessError when they come to more than what is left of the invoice.
    """
    _lock(invoice)
    known = CreditNote.objects.filter(source=source).first()
    if known is not None:
        return known
    left_subtotal, left_tax = _left_of(invoice)
    subtotal = sum((line.amount for line in lines), ZERO)
    if not ZERO < subtotal <= left_subtotal:
        raise BusinessError(
            _("La nota de crédito debe ser mayor que cero y no puede pasar de lo que queda de la factura."),
            field="amount",
            code="credit_too_large",
        )
    exact = taxes_of(lines)
    tax = left_tax if subtotal == left_subtotal else min(sum(exact, ZERO), left_tax)
    return _credit(actor, invoice, list(lines), _adjusted(exact, tax), reason, source=source)


def _lock(invoice: Invoice) -> None:
    lock_accounts([invoice.account_id])
    invoice.refresh_from_db()
    if invoice.state == Invoice.State.CANCELLED:
        raise BusinessError(
            _("La factura %(number)s ya está cancelada.") % {"number": invoice}, code="invoice_cancelled"
        )


def _left_of(invoice: Invoice) -> tuple[Decimal, Decimal]:
    """Subtotal and tax that no credit note has taken back yet."""
    sums = invoice.credit_notes.aggregate(subtotal=Sum("subtotal"), tax=Sum("tax"))
    return invoice.subtotal - (sums["subtotal"] or ZERO), invoice.tax - (sums["tax"] or ZERO)


def _remainder(invoice: Invoice) -> tuple[list[LineData], list[Decimal]]:
    """The lines as they were; one line for the rest when a part was credited before."""
    lines = list(invoice.lines.all())
    if not invoice.credited:
        return [_as_data(line) for line in lines], [line.tax for line in lines]
    subtotal, tax = _left_of(invoice)
    first = lines[0]
    rest = LineData(
        description=_("Resto de la factura %(number)s") % {"number": invoice},
        unit_price=subtotal,
        tax_rate=first.tax_rate,
        sat_product_code=first.sat_product_code,
        sat_unit_code=first.sat_unit_code,
    )
    return [rest], [tax]


def _as_data(line: CreditNoteLine | object) -> LineData:
    names = (
        "description",
        "unit_price",
        "quantity",
        "discount",
        "tax_rate",
        "kind",
        "sat_product_code",
        "sat_unit_code",
        "period_start",
        "period_end",
    )
    return LineData(**{name: getattr(line, name) for name in names})


def _adjusted(taxes: list[Decimal], total: Decimal) -> list[Decimal]:
    """``taxes`` that sum to ``total``, in proportion."""
    whole = sum(taxes, ZERO)
    if whole == total:
        return taxes
    return spread(total, [total * tax / whole for tax in taxes]) if whole else [taxes[0] + total, *taxes[1:]]


def _credit(
    actor: Actor, invoice: Invoice, lines: list[LineData], taxes: list[Decimal], reason: str, *, source: str
) -> CreditNote:
    number, pk = _take_number()
    now = timezone.now()
    subtotal, tax = cents(sum((line.amount for line in lines), ZERO)), sum(taxes, ZERO)
    note = CreditNote(
        pk=pk,
        account=invoice.account,
        invoice=invoice,
        series_id=CREDIT_NOTES,
        number=number,
        source=source,
        created_at=now,
        issued_at=now,
        issue_date=timezone.localdate(),
        currency=invoice.currency,
        subtotal=subtotal,
        tax=tax,
        total=subtotal + tax,
        concept=reason[:200],
        issuer=dict(settings.ISSUER),
        receiver=receiver_of(invoice.account),
        cfdi_use="G02",  # devoluciones, descuentos o bonificaciones
        payment_form=form_of(invoice) if invoice.paid else "15",  # condonación
        payment_terms="PUE",
    )
    rows = [line_of(CreditNoteLine, line, share, credit_note=note) for line, share in zip(lines, taxes, strict=True)]
    after = {"total": str(note.total), "invoice": str(invoice), "reason": reason}
    entry = build_entry(
        actor=actor, account=invoice.account_id, action="billing.credit_note.issued", target=note, after=after
    )
    write_documents([note], rows, [entry])
    excess = max(ZERO, note.total - invoice.rest)
    release(invoice=invoice, amount=excess)
    invoice.credited += note.total
    settle(actor, invoice)
    return note


def _take_number() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO billing_invoiceseries AS series (code, next_number) VALUES (%s, 2)
               ON CONFLICT (code) DO UPDATE SET next_number = series.next_number + 1
               RETURNING series.next_number - 1, nextval(pg_get_serial_sequence('billing_creditnote', 'id'))""",
            [CREDIT_NOTES],
        )
        number, pk = cursor.fetchone()
    return number, pk

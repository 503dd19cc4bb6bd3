"""Issues invoices: the same source once, numbers without gaps, thousands per second in a batch.

Locks are taken in one order everywhere: the accounts (by key), then the series. The series is held until the caller's
transaction ends, so issue late in it, and for several accounts use :func:`issue_invoices`, never a loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import build_entry
from accounts.actors import Actor
from accounts.models import Account, ActionLogEntry
from accounts.tax_ids import default_cfdi_use
from billing.models import INVOICES, Invoice, InvoiceLine
from billing.references import REFERENCE_SEQUENCE, reference_of
from billing.services.allocation import use_credits
from billing.services.documents import lock_accounts, receiver_of, write_documents
from billing.services.lines import LineData, taxes_of
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO

State = Invoice.State


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """One invoice to be issued. ``source`` says what it is for ("order:<uuid>", "renewal:<uuid>:2026-12-01")."""

    account_id: int
    source: str
    lines: Sequence[LineData]
    concept: str
    due_date: date | None = None
    currency: str = ""


def issue_invoice(
    *,
    actor: Actor,
    account: Account,
    source: str,
    lines: Sequence[LineData],
    concept: str,
    due_date: date | None = None,
    currency: str = "",
    uses_credit: bool = True,
) -> Invoice:
    """The invoice of ``source``; the same source again gives the same invoice and changes nothing.

    Money in the customer's favour pays it at once, which may send ``invoice_paid``; with ``uses_credit`` False the
    caller does that later (:func:`billing.services.allocation.use_credit`). Raises BusinessError when the lines sum to less
    than zero.
    """
    draft = InvoiceDraft(account.pk, source, lines, concept, due_date, currency)
    return issue_invoices(actor=actor, drafts=[draft], uses_credit=uses_credit)[0]


@transaction.atomic
def issue_invoices(*, actor: Actor, drafts: Sequence[InvoiceDraft], uses_credit: bool = True) -> list[Invoice]:
    """:func:`issue_invoice` for many accounts at once, in six statements however many: one lock of the series.

    Gives one invoice per draft, in their order, those that existed before among them. A batch of a thousand is a good
    size: the series stays locked until the transaction ends.
    """
    accounts = lock_accounts(draft.account_id for draft in drafts)
    known = {invoice.source: invoice for invoice in Invoice.objects.filter(source__in=[each.source for each in drafts])}
    wanted = {draft.source: draft for draft in drafts if draft.source not in known}
    if wanted:
        made = _issue(actor, list(wanted.values()), accounts)
        known.update((invoice.source, invoice) for invoice in made)
        if uses_credit:
            use_credits(actor=actor, invoices=made)
    return [known[draft.source] for draft in drafts]


def _issue(actor: Actor, drafts: list[InvoiceDraft], accounts: dict[int, Account]) -> list[Invoice]:
    first, ids, references = _take_numbers(len(drafts))
    now, today = timezone.now(), timezone.localdate()
    issuer = dict(settings.ISSUER)
    invoices: list[Invoice] = []
    lines: list[InvoiceLine] = []
    for place, draft in enumerate(drafts):
        account = accounts[draft.account_id]
        taxes = taxes_of(draft.lines)
        subtotal, tax = sum((line.amount for line in draft.lines), ZERO), sum(taxes, ZERO)
        if subtotal < 0 or tax < 0:
            raise BusinessError(_("Una factura no puede ser por menos de cero."), code="invoice_negative")
        invoice = Invoice(
            pk=ids[place],
            account=account,
            series_id=INVOICES,
            number=first + place,
            source=draft.source,
            state=State.OPEN if subtotal + tax else State.PAID,
            paid_at=None if subtotal + tax else now,
            created_at=now,
            issued_at=now,
            issue_date=today,
            due_date=draft.due_date or today + timedelta(days=settings.TRANSFER_DUE_DAYS),
            currency=draft.currency or settings.CURRENCY,
            subtotal=subtotal,
            tax=tax,
            total=subtotal + tax,
            concept=draft.concept[:200],
            reference=reference_of(references[place]),
            issuer=issuer,
            receiver=receiver_of(account),
            cfdi_use=account.cfdi_use or default_cfdi_use(account.tax_regime),
        )
        invoices.append(invoice)
        lines += [
            line_of(InvoiceLine, data, share, invoice=invoice) for data, share in zip(draft.lines, taxes, strict=True)
        ]
    write_documents(invoices, lines, _entries(actor, invoices))
    return invoices


def line_of(model: type, data: LineData, tax: Decimal, **owner: object) -> InvoiceLine:
    """An unsaved line of an invoice or of a credit note."""
    line: InvoiceLine = model(
        **owner,
        description=data.description[:300],
        quantity=data.quantity,
        unit_price=data.unit_price,
        discount=data.discount,
        amount=data.amount,
        tax_rate=data.rate,
        tax=tax,
        kind=data.kind,
        sat_product_code=data.sat_product_code or settings.SAT_PRODUCT_CODE,
        sat_unit_code=data.sat_unit_code or settings.SAT_UNIT_CODE,
        period_start=data.period_start,
        period_end=data.period_end,
    )
    return line


def _take_numbers(count: int) -> tuple[int, list[int], list[int]]:
    """Locks the series until the transaction ends: its first free number, and that many row ids and references."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO billing_invoiceseries AS series (code, next_number) VALUES (%(series)s, 1 + %(count)s)
               ON CONFLICT (code) DO UPDATE SET next_number = series.next_number + %(count)s
               RETURNING series.next_number - %(count)s,
                   ARRAY(SELECT nextval(pg_get_serial_sequence('billing_invoice', 'id')) FROM generate_series(1, %(count)s)),
                   ARRAY(SELECT nextval(%(references)s) FROM generate_series(1, %(count)s))""",
            {"count": count, "series": INVOICES, "references": REFERENCE_SEQUENCE},
        )
        first, ids, references = cursor.fetchone()
    return first, ids, references


def _entries(actor: Actor, invoices: Iterable[Invoice]) -> list[ActionLogEntry]:
    return [
        build_entry(
            actor=actor,
            account=invoice.account_id,
            action="billing.invoice.issued",
            target=invoice,
            after={"total": str(invoice.total), "due_date": str(invoice.due_date), "description": invoice.concept},
        )
        for invoice in invoices
    ]

"""The list of invoices in an account with 100,000 of them, against a bare view of the same rows; and how fast invoices are
issued, in batches, with lines, ledger and log."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from urllib.parse import quote
from uuid import uuid4

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.db.models import Max

from accounts.actors import SYSTEM
from accounts.models import Account, Membership, Role, User
from benchmarks.bare_invoices import bare_handler
from benchmarks.bench_mailbox_list import REQUESTS, get, sign_in
from benchmarks.ratio import Bar, Outcome, compare
from billing.listing import ORDER
from billing.models import Invoice, InvoiceLine, InvoiceSeries
from billing.services.issuing import InvoiceDraft, issue_invoices
from billing.services.lines import LineData
from cloudpanel.core.pagination import keyset_page

EACH, PAGE = 100_000, 50
EMAIL = "facturas@bench.example"
LIST = "/cuenta/facturas/"
BAR = Bar(1.0)
BATCH = 1_000
# Held against writing the same documents and lines with bulk_create, without ledger, log, locks or amounts.
ISSUING_BAR = Bar(1.5)


def run() -> list[Outcome]:
    account = seed()
    cookie = sign_in(EMAIL)
    ours, bare = WSGIHandler(), bare_handler()
    deep = keyset_page(Invoice.objects.filter(account=account), order=ORDER, size=PAGE * 1999)
    pages = {
        "first page": (LIST, f"/bare/?account={account.pk}&before={2**62}"),
        "page 2,000": (
            f"{LIST}?cursor={quote(deep.next_cursor)}",
            f"/bare/?account={account.pk}&before={deep.rows[-1].number}",
        ),
        "to be paid only": (f"{LIST}?ver=por-pagar", f"/bare/?account={account.pk}&before={2**62}"),
    }
    outcomes = [
        compare(
            f"invoice list, {label}",
            ours=requests(ours, cookie, mine),
            baseline=requests(bare, cookie, theirs),
            bar=BAR,
            rounds=9,
        )
        for label, (mine, theirs) in pages.items()
    ]
    return [*outcomes, _issuing()]


def requests(handler: WSGIHandler, cookie: str, address: str) -> Callable[[], None]:
    """A dozen GETs through the whole WSGI handler; anything but a page of 50 rows is an error."""
    path, _, query = address.partition("?")

    def go() -> None:
        for _request in range(REQUESTS):
            assert get(handler, cookie, path, query).count(b"<tr>") >= PAGE, address

    return go


def seed() -> Account:
    """One customer with 100,000 invoices, one in a thousand of them open, among as many of others; made once."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, name="Bench")
    membership = Membership.objects.filter(user=user).first()
    if membership and Invoice.objects.filter(account=membership.account_id).count() >= EACH:
        return membership.account
    account, other = (Account.objects.create(legal_name=f"Facturas {n}") for n in range(2))
    with connection.cursor() as cursor:
        for owner in (other, account):
            cursor.execute(_INVOICES, {"account": owner.pk, "count": EACH})
        cursor.execute("VACUUM (ANALYZE) billing_invoice")
    Membership.objects.create(user=user, account=account, role=Role.ACCOUNT_ADMIN)
    return account


_INVOICES = """
WITH taken AS (
    INSERT INTO billing_invoiceseries AS series (code, next_number) VALUES ('F', 1 + %(count)s)
    ON CONFLICT (code) DO UPDATE SET next_number = series.next_number + %(count)s
    RETURNING next_number - %(count)s AS first)
INSERT INTO billing_invoice (public_id, created_at, account_id, series_id, number, source, issued_at, issue_date, currency,
    subtotal, tax, total, concept, issuer, receiver, cfdi_use, payment_form, payment_terms, state, due_date, reference, paid,
    credited, paid_at, is_mailed)
SELECT gen_random_uuid(), now(), %(account)s, 'F', first + n - 1, 'bench:' || %(account)s || ':' || n, now(), current_date,
    'MXN', 100 + n %% 900, (100 + n %% 900) * 0.16, (100 + n %% 900) * 1.16, 'Renovación de Exchange ' || n, '{}', '{}', 'G03',
    '99', 'PPD', CASE WHEN n %% 1000 = 0 THEN 'open' ELSE 'paid' END, current_date + 10,
    'b' || %(account)s || '-' || n, CASE WHEN n %% 1000 = 0 THEN 0 ELSE (100 + n %% 900) * 1.16 END, 0,
    CASE WHEN n %% 1000 = 0 THEN NULL ELSE now() END, true
FROM taken, generate_series(1, %(count)s) AS n
"""


def _issuing() -> Outcome:
    accounts = list(Account.objects.filter(legal_name__startswith="Emisiones ").values_list("pk", flat=True)[:BATCH])
    if len(accounts) < BATCH:
        made = Account.objects.bulk_create(Account(legal_name=f"Emisiones {n}") for n in range(BATCH))
        accounts = [account.pk for account in made]
    lines = [LineData("Exchange Administrado Profesional", Decimal("199.00")), LineData("Espacio", Decimal("0.33"), 3)]

    def issue() -> None:
        run = uuid4()
        drafts = [InvoiceDraft(account, f"bench:{run}:{account}", lines, "Renovación") for account in accounts]
        started = time.perf_counter()
        issue_invoices(actor=SYSTEM, drafts=drafts)
        print(f"      {BATCH / (time.perf_counter() - started):,.0f} invoices/s", flush=True)

    return compare("issuing 1,000 invoices", ours=issue, baseline=_plain_inserts(), bar=ISSUING_BAR, rounds=5)


def _plain_inserts() -> Callable[[], None]:
    """As many rows of the same tables by ``bulk_create``: what the documents alone cost."""

    def insert() -> None:
        models = list(Invoice.objects.filter(concept="Renovación", series="F").order_by("-pk")[:BATCH])
        InvoiceSeries.objects.get_or_create(code="BENCH")  # a series of its own: its gaps are nobody's
        last = Invoice.objects.filter(series="BENCH").aggregate(last=Max("number"))["last"] or 0
        copies = [_copy(invoice, n) for n, invoice in enumerate(models, last + 1)]
        Invoice.objects.bulk_create(copies)
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=copy,
                description="Exchange",
                unit_price=Decimal("199.00"),
                amount=Decimal("199.00"),
                tax_rate=Decimal("0.16"),
                tax=Decimal("31.84"),
                sat_product_code="81112100",
                sat_unit_code="E48",
            )
            for copy in copies
            for _line in range(2)
        )

    return insert


def _copy(invoice: Invoice, number: int) -> Invoice:
    fields = {
        field.attname: getattr(invoice, field.attname)
        for field in Invoice._meta.concrete_fields
        if not field.primary_key
    }
    key = uuid4()
    unique = {
        "public_id": key,
        "source": f"plain:{key}",
        "reference": key.hex[:20],
        "series_id": "BENCH",
        "number": number,
    }
    return Invoice(**{**fields, **unique})

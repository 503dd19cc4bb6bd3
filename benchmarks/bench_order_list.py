"""The list of orders in an account with 100,000 of them, each with its invoice, against a bare view of the same rows."""

from __future__ import annotations

from urllib.parse import quote

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from accounts.models import Account, Membership, Role, User
from benchmarks.bare_orders import bare_handler
from benchmarks.bench_invoice_list import requests
from benchmarks.bench_mailbox_list import sign_in
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.core.pagination import keyset_page
from marketplace.listing import ORDER
from marketplace.models import Order

EACH, PAGE = 100_000, 50
EMAIL = "pedidos@bench.example"
LIST = "/cuenta/pedidos/"
BAR = Bar(1.0)


def run() -> list[Outcome]:
    account = seed()
    cookie = sign_in(EMAIL)
    ours, bare = WSGIHandler(), bare_handler()
    deep = keyset_page(Order.objects.filter(account=account), order=ORDER, size=PAGE * 1999)
    first = f"/bare/?account={account.pk}&before={2**62}"
    pages = {
        "history, first page": (f"{LIST}?ver=historial", first),
        "history, page 2,000": (
            f"{LIST}?ver=historial&cursor={quote(deep.next_cursor)}",
            f"/bare/?account={account.pk}&before={deep.rows[-1].number}",
        ),
        "history, filtered": (f"{LIST}?ver=historial&tipo=renewal&estado=completed", first),
        "pending": (LIST, first),
    }
    return [
        compare(
            f"order list, {label}",
            ours=requests(ours, cookie, mine),
            baseline=requests(bare, cookie, theirs),
            bar=BAR,
            rounds=9,
        )
        for label, (mine, theirs) in pages.items()
    ]


def seed() -> Account:
    """One customer with 100,000 orders, one in a thousand of them unpaid, among as many of others; made once."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, name="Bench")
    membership = Membership.objects.filter(user=user).first()
    if membership and Order.objects.filter(account=membership.account_id).count() >= EACH:
        return membership.account
    account, other = (Account.objects.create(legal_name=f"Pedidos {n}") for n in range(2))
    with connection.cursor() as cursor:
        for owner in (other, account):
            cursor.execute(_ORDERS, {"account": owner.pk, "count": EACH})
        cursor.execute("VACUUM (ANALYZE) billing_invoice")
        cursor.execute("VACUUM (ANALYZE) marketplace_order")
    Membership.objects.create(user=user, account=account, role=Role.ACCOUNT_ADMIN)
    return account


_ORDERS = """
WITH taken AS (
    INSERT INTO billing_invoiceseries AS series (code, next_number) VALUES ('F', 1 + %(count)s)
    ON CONFLICT (code) DO UPDATE SET next_number = series.next_number + %(count)s
    RETURNING next_number - %(count)s AS first),
numbers AS (SELECT n, 100 + n %% 900 AS subtotal, n %% 1000 = 0 AS is_open FROM generate_series(1, %(count)s) AS n),
invoices AS (
    INSERT INTO billing_invoice (public_id, created_at, account_id, series_id, number, source, issued_at, issue_date,
        currency, subtotal, tax, total, concept, issuer, receiver, cfdi_use, payment_form, payment_terms, state, due_date,
        reference, paid, credited, paid_at, is_mailed)
    SELECT gen_random_uuid(), now(), %(account)s, 'F', first + n - 1, 'order:bench:' || %(account)s || ':' || n, now(),
        current_date, 'MXN', subtotal, subtotal * 0.16, subtotal * 1.16, 'Pedido ' || n, '{}', '{}', 'G03', '99', 'PPD',
        CASE WHEN is_open THEN 'open' ELSE 'paid' END, current_date + 10, 'o' || %(account)s || '-' || n,
        CASE WHEN is_open THEN 0 ELSE subtotal * 1.16 END, 0, CASE WHEN is_open THEN NULL ELSE now() END, true
    FROM taken, numbers
    RETURNING id, subtotal, tax, total)
INSERT INTO marketplace_order (public_id, created_at, number, account_id, token, kind, state, description, invoice_id,
    return_path, period, periods, trial_days, currency, subtotal, tax_rate, tax, total, recurring_total, terms_accepted_by,
    coupon_code, failure_message, completed_at)
SELECT gen_random_uuid(), now(), nextval('marketplace_order_number_seq'), %(account)s, gen_random_uuid(),
    CASE WHEN id %% 2 = 0 THEN 'renewal' ELSE 'sale' END, 'completed', 'Exchange Administrado ' || id, id,
    '', 'monthly', 1, 0, 'MXN', subtotal, 0.16, tax, total, total, 'Bench', '', '', now()
FROM invoices
"""

"""One renewal run over 100,000 subscriptions of 2,000 accounts: invoices a second, statements, and memory, against bulk
inserts of bare rows (an invoice, its line, two ledger entries) by COPY's nearest relative, ``bulk_create``.

``RENEWALS=10000`` makes it smaller. What it writes is removed again."""

from __future__ import annotations

import os
import resource
import time
from datetime import timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from benchmarks.ratio import Bar, Outcome, compare
from billing.models import Invoice
from marketplace.catalogue import seed_catalogue
from marketplace.models import Plan, Subscription, SubscriptionItem
from marketplace.services import renewal_run

SUBSCRIPTIONS = int(os.environ.get("RENEWALS", "100000"))
ACCOUNTS = max(SUBSCRIPTIONS // 50, 1)
PREFIX = "Mediciones de renovación"


def run() -> list[Outcome]:
    seed_catalogue()
    _prepare()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    renewal_run.RUN_SECONDS = 3600
    started = time.monotonic()
    renewal_run.invoice_due_periods()
    seconds = time.monotonic() - started
    issued = _mine(Invoice).filter(source__startswith="renewal:").count()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rate = issued / seconds
    print(f"{issued:,} invoices in {seconds:.1f} s: {rate:,.0f} invoices/s")
    print(f"the process grew by {grown:.0f} MiB beyond what preparing took")
    assert issued == SUBSCRIPTIONS, "every one of them once"
    started = time.monotonic()
    renewal_run.invoice_due_periods()
    print(f"a second run finds nothing: {time.monotonic() - started:.2f} s")
    outcome = compare(
        "renewals against bare rows of as many tables",
        ours=lambda: rate,
        baseline=_bare_rate,
        bar=Bar(0.15, at_least=True),
        rounds=1,
        warm_up=0,
        unit="/s",
    )
    _clear()
    return [outcome]


def _mine(model: type) -> object:
    return model.objects.filter(account__legal_name__startswith=PREFIX)  # type: ignore[attr-defined]


def _prepare() -> None:
    _clear()
    plan = Plan.objects.filter(product__kind="exchange").select_related("product").first()
    assert plan is not None
    today = timezone.localdate()
    accounts = Account.objects.bulk_create(Account(legal_name=f"{PREFIX} {number}") for number in range(ACCOUNTS))
    for first in range(0, SUBSCRIPTIONS, 10_000):
        rows = Subscription.objects.bulk_create(
            Subscription(
                account=accounts[number % ACCOUNTS],
                product=plan.product,
                plan=plan,
                kind="exchange",
                name=f"Servicio {number}",
                state=Subscription.State.ACTIVE,
                price=Decimal("199.00"),
                activated_at=timezone.now(),
                period_start=today - timedelta(days=25),
                period_end=today + timedelta(days=5),
                billed_until=today + timedelta(days=5),
                anchor_day=(today + timedelta(days=5)).day,
            )
            for number in range(first, min(first + 10_000, SUBSCRIPTIONS))
        )
        SubscriptionItem.objects.bulk_create(
            SubscriptionItem(subscription=row, plan=plan, description=str(plan), unit_price=row.price) for row in rows
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE marketplace_subscription, marketplace_subscriptionitem, accounts_account")


def _bare_rate() -> float:
    """Five rows of what a renewal leaves behind, a thousand at a time, with nothing worked out and nothing checked."""
    count = min(SUBSCRIPTIONS, 10_000)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE bare (id bigserial PRIMARY KEY, a bigint, b text, c numeric, d jsonb, e date)"
        )
        started = time.monotonic()
        for _ in range(count // 1000):
            with transaction.atomic():
                values = [(7, "texto de una línea", Decimal("199.00"), "{}", timezone.localdate())] * 5000
                cursor.executemany("INSERT INTO bare (a, b, c, d, e) VALUES (%s, %s, %s, %s, %s)", values)
        seconds = time.monotonic() - started
        cursor.execute("DROP TABLE bare")
    return count / seconds


def _clear() -> None:
    """Invoices and the ledger are append-only: their triggers sleep while the measurement cleans up after itself."""
    accounts = f"SELECT id FROM accounts_account WHERE legal_name LIKE '{PREFIX}%'"
    tables = [
        "marketplace_dunning WHERE account_id IN ({0})",
        "marketplace_orderline WHERE order_id IN (SELECT id FROM marketplace_order WHERE account_id IN ({0}))",
        "marketplace_orderitem WHERE order_id IN (SELECT id FROM marketplace_order WHERE account_id IN ({0}))",
        "marketplace_order WHERE account_id IN ({0})",
        "billing_ledgerentry WHERE account_id IN ({0})",
        "billing_ledgertransaction WHERE account_id IN ({0})",
        "billing_invoiceline WHERE invoice_id IN (SELECT id FROM billing_invoice WHERE account_id IN ({0}))",
        "billing_invoice WHERE account_id IN ({0})",
        "marketplace_subscriptionitem WHERE subscription_id IN"
        " (SELECT id FROM marketplace_subscription WHERE account_id IN ({0}))",
        "marketplace_subscription WHERE account_id IN ({0})",
        "accounts_actionlogentry WHERE account_id IN ({0})",
        "accounts_account WHERE id IN ({0})",
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in tables:
            cursor.execute(f"DELETE FROM {table.format(accounts)}")

"""Whoever clicks *Confirmar* waits for exactly these statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.marketplace.statements import TRANSACTION, own_statements

pytestmark = pytest.mark.django_db
EXTRA = {"recurso-buzones-extra": 2}
READS = ["marketplace_plan", "marketplace_addon", "marketplace_termsversion", "nextval"]
WRITES = [
    'INSERT INTO "provisioning_job"',
    'FROM "accounts_account"',  # whose money stays still meanwhile
    'FROM "billing_invoice"',  # of this order already?
    "INSERT INTO billing_invoiceseries",
    "INSERT INTO billing_invoice ",
    'INSERT INTO "billing_payment"',
    'INSERT INTO "marketplace_subscription"',
    'INSERT INTO "marketplace_subscriptionresource"',
    'INSERT INTO "marketplace_order"',
    'INSERT INTO "marketplace_orderline"',
    'INSERT INTO "accounts_actionlogentry"',
]


def test_each_table_is_read_or_written_once(purchase):
    page = purchase.confirmation(**EXTRA)
    statements = own_statements(lambda: purchase.confirm(page, **EXTRA))
    assert len(statements) == len(READS) + len(WRITES) == 15
    reads, writes = statements[: len(READS)], statements[len(READS) :]
    assert all(name in text for name, text in zip(READS, reads, strict=True))
    assert all(name in text for name, text in zip(WRITES, writes, strict=True))


@pytest.mark.django_db(transaction=True)
def test_there_is_one_transaction_with_two_savepoints(purchase):
    page = purchase.confirmation()
    purchase.client.get("/notificaciones/")  # the session's own bookkeeping is done
    with CaptureQueriesContext(connection) as captured:
        purchase.confirm(page)
    control = [query["sql"].split()[0] for query in captured if query["sql"].startswith(TRANSACTION)]
    first = next(i for i, query in enumerate(captured) if "nextval" in query["sql"])
    assert captured[first - 1]["sql"] == "BEGIN"
    assert control[-6:] == ["BEGIN", *["SAVEPOINT", "RELEASE"] * 2, "COMMIT"]


def test_more_add_ons_cost_no_more(purchase):
    one = purchase.confirmation(**EXTRA)
    few = own_statements(lambda: purchase.confirm(one, **EXTRA))
    purchase.token = type(purchase.token)(int=purchase.token.int ^ 1)
    both = {**EXTRA, "recurso-espacio": 3}
    more = purchase.confirmation(**both)
    assert len(own_statements(lambda: purchase.confirm(more, **both))) == len(few)

"""Whoever clicks *Confirmar* waits for exactly these statements."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db
EXTRA = {"recurso-buzones-extra": 2}
READS = [
    'FROM "marketplace_plan"',
    'FROM "marketplace_addon"',
    'FROM "marketplace_price"',  # the account's own list and the general one
    'FROM "marketplace_termsversion"',
    'FROM "marketplace_coupon"',  # is there a promotion?
    "nextval",
]
WRITES = [
    'INSERT INTO "marketplace_subscription"',
    'INSERT INTO "marketplace_subscriptionresource"',
    'INSERT INTO "provisioning_job"',
    'FROM "accounts_account"',  # whose money stays still meanwhile
    'FROM "billing_invoice"',  # of this order already?
    "INSERT INTO billing_invoiceseries",
    "INSERT INTO billing_invoice ",
    'INSERT INTO "marketplace_order"',
    'INSERT INTO "marketplace_orderitem"',
    'INSERT INTO "marketplace_orderline"',
    "INSERT INTO accounts_actionlogentry",
]


def test_each_table_is_read_or_written_once(purchase):
    page = purchase.confirmation(**EXTRA)
    statements = own_statements(lambda: purchase.confirm(page, **EXTRA))
    assert len(statements) == len(READS) + len(WRITES) == 17
    reads, writes = statements[: len(READS)], statements[len(READS) :]
    assert [name for name, text in zip(READS, reads, strict=True) if name not in text] == []
    assert [name for name, text in zip(WRITES, writes, strict=True) if name not in text] == []


@pytest.mark.django_db(transaction=True)
def test_there_is_one_transaction_whatever_is_written(purchase):
    page = purchase.confirmation()
    purchase.client.get("/notificaciones/")  # the session's own bookkeeping is done
    with CaptureQueriesContext(connection) as captured:
        purchase.confirm(page)
    first = next(i for i, query in enumerate(captured) if "nextval" in query["sql"])
    assert captured[first - 1]["sql"] == "BEGIN"
    control = [query["sql"].split()[0] for query in list(captured)[first - 1 :]]
    assert (control.count("BEGIN"), control.count("COMMIT")) == (1, 1)


def test_more_add_ons_cost_no_more(purchase):
    one = purchase.confirmation(**EXTRA)
    few = own_statements(lambda: purchase.confirm(one, **EXTRA))
    purchase.token = type(purchase.token)(int=purchase.token.int ^ 1)
    both = {**EXTRA, "recurso-espacio": 3}
    more = purchase.confirmation(**both)
    assert len(own_statements(lambda: purchase.confirm(more, **both))) == len(few)

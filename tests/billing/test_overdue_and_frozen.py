"""Once told that it is late, never changed after it was issued, and never a deadlock between batches."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import ActionLogEntry
from billing.models import Invoice, Payment
from billing.services.crediting import cancel_invoice
from billing.services.issuing import InvoiceDraft, issue_invoices
from billing.services.lines import LineData
from billing.services.overdue import announce_overdue
from billing.services.paying import book_payment
from billing.signals import invoice_overdue
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
YESTERDAY = timedelta(days=-1)


@pytest.fixture
def told():
    heard = []

    def hear(invoice, **_signal):
        heard.append(invoice.number)

    invoice_overdue.connect(hear)
    yield heard
    invoice_overdue.disconnect(hear)


def test_each_late_invoice_is_told_of_once(issue, pay, told):
    late = timezone.localdate() + YESTERDAY
    issue("1.00", due_date=late)
    pay("2.32", invoice=issue("2.00", due_date=late))
    issue("3.00", due_date=timezone.localdate())
    assert announce_overdue() == 1
    assert announce_overdue() == 0
    assert told == [1]
    assert ActionLogEntry.objects.filter(action="billing.invoice.overdue").count() == 1


def test_a_receiver_that_fails_leaves_it_to_be_told_again(issue, told):
    issue("1.00", due_date=timezone.localdate() + YESTERDAY)

    def refuse(**_signal):
        raise ZeroDivisionError

    invoice_overdue.connect(refuse)
    with pytest.raises(ZeroDivisionError):
        announce_overdue()
    invoice_overdue.disconnect(refuse)
    assert announce_overdue() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_invoice SET total = total",
        "UPDATE billing_invoice SET receiver = '{}'",
        "UPDATE billing_invoice SET number = 77",
        "UPDATE billing_invoiceline SET description = 'x'",
        "UPDATE billing_creditnote SET concept = 'x'",
        "UPDATE billing_creditnoteline SET tax = 0",
        "DELETE FROM billing_invoiceline",
        "DELETE FROM billing_creditnote",
        "DELETE FROM billing_invoice",
    ],
)
def test_what_was_issued_stays_as_it_was(issue, actor, statement):
    cancel_invoice(actor=actor, invoice=issue(), reason="x")
    with pytest.raises(IntegrityError, match="stay as they were"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_batches_payments_and_cancellations_at_once_never_wait_for_each_other_in_a_circle(differences):
    accounts = [AccountFactory() for _ in range(6)]
    start, failures = threading.Barrier(4), []

    def work(place: int) -> None:
        chance = random.Random(place)
        start.wait(10)
        try:
            for turn in range(6):
                some = chance.sample(accounts, 4)  # in any order
                lines = [LineData("x", Decimal("10.00"))]
                drafts = [InvoiceDraft(each.pk, f"{place}:{turn}:{each.pk}", lines, "x") for each in some]
                invoices = issue_invoices(actor=SYSTEM, drafts=drafts)
                book_payment(
                    actor=SYSTEM,
                    account=some[0],
                    amount=Decimal("15.00"),
                    method=Payment.Method.TRANSFER,
                    idempotency_key=f"{place}:{turn}",
                )
                cancel_invoice(actor=SYSTEM, invoice=invoices[1], reason="x")
        except Exception as error:
            failures.append(error)
        connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert Invoice.objects.count() == 4 * 6 * 4
    assert differences() == set()

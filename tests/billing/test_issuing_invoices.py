"""One invoice per thing, numbers without gaps, lines that sum to the centavo, money in favour used at once."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.actors import SYSTEM
from accounts.models import ActionLogEntry
from billing.models import Invoice, InvoiceLine
from billing.services.issuing import InvoiceDraft, issue_invoice, issue_invoices
from billing.services.ledger import balance_of
from billing.services.lines import LineData, spread, taxes_of
from billing.signals import invoice_paid
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import cents
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
cent_amounts = st.decimals(min_value=-(10**6), max_value=10**6, places=2)


def test_an_invoice_is_owed_in_full(issue, account):
    invoice = issue("100.00", "99.99")
    assert (invoice.subtotal, invoice.tax, invoice.total) == (Decimal("199.99"), Decimal("32.00"), Decimal("231.99"))
    assert invoice.rest == invoice.total == balance_of(account)


def test_it_keeps_the_names_of_the_day(issue, account, settings):
    invoice = issue()
    account.legal_name = "Nombre Nuevo"
    account.save()
    kept = Invoice.objects.get(pk=invoice.pk)
    assert kept.receiver["legal_name"] == "Empresa Demo SA de CV"
    assert kept.issuer == settings.ISSUER


def test_the_same_source_again_gives_the_same_invoice(issue, differences):
    first, second = issue("100.00", source="order:1"), issue("250.00", source="order:1")
    assert (first.pk, Invoice.objects.count(), second.total) == (second.pk, 1, Decimal("116.00"))
    assert ActionLogEntry.objects.filter(action="billing.invoice.issued").count() == 1
    assert differences() == set()


def test_a_total_below_zero_is_refused_and_takes_no_number(issue, differences):
    with pytest.raises(BusinessError):
        issue("-1.00")
    assert issue().number == 1
    assert differences() == set()


def test_a_credit_inside_an_invoice_lowers_it(issue):
    assert issue("100.00", "-40.00").total == Decimal("69.60")


def test_an_invoice_of_nothing_is_paid_at_once(issue, differences):
    told = []
    invoice_paid.connect(lambda **signal: told.append(signal["invoice"]), weak=False, dispatch_uid="test")
    try:
        invoice = issue("100.00", "-100.00")
    finally:
        invoice_paid.disconnect(dispatch_uid="test")
    assert (invoice.state, told) == (Invoice.State.PAID, [invoice])
    assert differences() == set()


def test_a_discount_is_off_its_line(actor, account):
    line = LineData("Correo", Decimal("100.00"), quantity=3, discount=Decimal("50.00"))
    invoice = issue_invoice(actor=actor, account=account, source="x", lines=[line], concept="x")
    assert invoice.subtotal == Decimal("250.00")
    assert invoice.lines.get().discount == Decimal("50.00")


def test_a_rollback_gives_the_number_back(issue):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        issue()
        raise ZeroDivisionError
    assert issue().number == 1


def test_a_batch_of_many_accounts_costs_the_same_statements_as_one(actor):
    def drafts(count: int) -> list[InvoiceDraft]:
        lines = [LineData("Correo", Decimal("199.00")), LineData("Espacio", Decimal("0.33"), 3)]
        accounts = [AccountFactory() for _ in range(count)]
        return [InvoiceDraft(one.pk, f"renewal:{one.pk}", lines, "Renovación", date(2030, 1, 1)) for one in accounts]

    one, many = drafts(1), drafts(40)
    with CaptureQueriesContext(connection) as few:
        issue_invoices(actor=actor, drafts=one)
    with CaptureQueriesContext(connection) as lots:
        invoices = issue_invoices(actor=actor, drafts=many)
    assert len(lots) == len(few) == 7  # five, and the savepoint
    assert [invoice.source for invoice in invoices] == [draft.source for draft in many]
    assert [invoice.number for invoice in invoices] == list(range(2, 42))


def test_a_batch_gives_those_that_were_there_before_in_their_places(actor, account, differences):
    line = [LineData("x", Decimal(1))]
    old = issue_invoice(actor=actor, account=account, source="b", lines=line, concept="x")
    drafts = [InvoiceDraft(account.pk, source, line, "x") for source in ("a", "b", "c", "a")]
    a, b, c, again = issue_invoices(actor=actor, drafts=drafts)
    assert (b.pk, again.pk) == (old.pk, a.pk)
    assert [a.number, c.number] == [2, 3]
    assert differences() == set()


@pytest.mark.django_db(transaction=True)
def test_threads_at_once_leave_no_gap_and_no_double(differences):
    accounts = [AccountFactory() for _ in range(4)]
    start = threading.Barrier(8)

    def work(place: int) -> None:
        start.wait(10)
        for n in range(10):
            lines = [LineData("x", Decimal("0.07"), 3)]
            source = f"thing:{place // 2}:{n}"  # two threads want the same invoices
            try:
                with transaction.atomic():
                    issue_invoice(actor=SYSTEM, account=accounts[place // 2], source=source, lines=lines, concept="x")
                    if place == 0 and n % 3 == 0:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                pass
        connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 41))
    assert differences() == set()


def test_the_database_refuses_an_unbalanced_movement(issue):
    invoice = issue()
    with (
        pytest.raises(IntegrityError, match="does not sum to zero"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO billing_ledgerentry (transaction_id, account_id, ledger, currency, amount) "
            "SELECT transaction_id, account_id, 'revenue', 'MXN', 1 FROM billing_ledgerentry LIMIT 1"
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert invoice.pk


@pytest.mark.parametrize("statement", ["UPDATE {} SET account_id = account_id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["billing_ledgerentry", "billing_ledgertransaction"])
def test_the_ledger_is_append_only(issue, statement, table):
    issue()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@given(st.lists(cent_amounts, min_size=1, max_size=30), st.sampled_from(["0.16", "0.08", "0", "0.0825"]))
def test_the_tax_of_the_lines_is_the_tax_of_their_sum_to_the_centavo(amounts, rate):
    lines = [LineData("x", price, tax_rate=Decimal(rate)) for price in amounts]
    taxes = taxes_of(lines)
    assert sum(taxes) == cents(sum(line.amount for line in lines) * Decimal(rate))
    assert all(abs(tax - line.amount * line.rate) < Decimal("0.02") for tax, line in zip(taxes, lines, strict=True))


@given(st.lists(st.tuples(cent_amounts, st.sampled_from(["0.16", "0.08", "0"])), min_size=1, max_size=20))
def test_each_rate_is_rounded_once(pairs):
    lines = [LineData("x", price, tax_rate=Decimal(rate)) for price, rate in pairs]
    taxes = taxes_of(lines)
    for rate in {line.rate for line in lines}:
        mine = [(line, tax) for line, tax in zip(lines, taxes, strict=True) if line.rate == rate]
        assert sum(tax for _, tax in mine) == cents(sum(line.amount for line, _ in mine) * rate)


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=6), min_size=1, max_size=40))
def test_spreading_loses_no_centavo(exact):
    total = cents(sum(exact))
    parts = spread(total, exact)
    assert sum(parts) == total
    assert all(abs(part - whole) <= Decimal("0.01") for part, whole in zip(parts, exact, strict=True))


def test_lines_in_the_database_sum_to_the_invoice(issue):
    invoice = issue("0.33", "0.33", "0.34", "19.99", "-0.01")
    sums = InvoiceLine.objects.filter(invoice=invoice).aggregate(amount=Sum("amount"), tax=Sum("tax"))
    assert (sums["amount"], sums["tax"]) == (invoice.subtotal, invoice.tax)

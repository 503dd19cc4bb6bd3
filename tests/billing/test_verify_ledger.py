"""``manage.py verify_ledger`` finds whatever the owner of the database changes behind the panel's back."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from billing.services.crediting import credit_invoice
from billing.services.lines import LineData
from billing.services.refunding import finish_refund, refund_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(issue, pay, actor):
    """Some of everything."""
    first, _second = issue("100.00", "50.00"), issue("33.33")
    pay("200.00", invoice=first)
    lines = [LineData("Ajuste", Decimal("20.00"))]
    credit_invoice(actor=actor, invoice=first, lines=lines, reason="x", source="c1")
    extra = pay("500.00")
    refund = refund_payment(actor=actor, payment=extra, amount=Decimal("5.00"), idempotency_key="r")
    finish_refund(actor=actor, refund=refund)


TABLES = ("ledgerentry", "ledgertransaction", "invoice", "invoiceline", "creditnote")
TAMPERING = {
    "UPDATE billing_ledgerentry SET amount = amount + 1 WHERE id = (SELECT min(id) FROM billing_ledgerentry)": {
        "unbalanced",
        "invoice_entries",
        "balance",
    },
    "DELETE FROM billing_ledgerentry e USING billing_ledgertransaction t WHERE t.id = transaction_id AND kind = 'payment'": {
        "empty_transaction",
        "payment_entries",
        "balance",
    },
    "UPDATE billing_ledgerentry SET account_id = NULL WHERE ledger = 'revenue'": {"foreign_entry"},
    "UPDATE billing_invoice SET total = total + 1, subtotal = subtotal + 1, state = 'open' WHERE number = 2": {
        "invoice_entries",
        "lines_subtotal",
        "balance",
    },
    "UPDATE billing_invoiceline SET tax = tax + 0.01 WHERE id = (SELECT min(id) FROM billing_invoiceline)": {
        "lines_tax"
    },
    "UPDATE billing_payment SET amount = amount + 7 WHERE amount = 500": {"payment_entries", "balance"},
    "UPDATE billing_payment SET refunded = 0 WHERE amount = 500": {"refunds_of_payment"},
    "UPDATE billing_refund SET amount = 6": {"refund_entries", "refunds_of_payment", "balance"},
    "DELETE FROM billing_paymentallocation WHERE id = (SELECT min(id) FROM billing_paymentallocation)": {
        "allocations_of_invoice",
        "allocations_of_payment",
    },
    "UPDATE billing_creditnote SET total = total + 1, subtotal = subtotal + 1": {
        "credit_note_entries",
        "credited",
        "lines_subtotal",
    },
    "UPDATE billing_invoice SET number = 7 WHERE number = 2": {"numbers"},
    "UPDATE billing_creditnote SET number = 9": {"note_numbers"},
    "UPDATE billing_invoiceseries SET next_number = 1 WHERE code = 'F'": {"numbers"},
}


def test_what_nobody_touched_agrees(busy):
    out = StringIO()
    call_command("verify_ledger", stdout=out)
    assert "Todo coincide, al centavo." in out.getvalue()


@pytest.mark.parametrize("statement", TAMPERING)
def test_each_change_behind_the_panels_back_is_named(busy, differences, statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE billing_{table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        assert cursor.rowcount
    assert differences() == TAMPERING[statement]


def test_the_command_ends_with_status_1_and_a_sentence_for_each_difference(busy):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_payment SET refunded = 0 WHERE amount = 500")
    errors = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_ledger", stdout=StringIO(), stderr=errors)
    assert end.value.code == 1
    assert "dice devuelto $0.00 MXN y sus devoluciones suman $5.00 MXN." in errors.getvalue()

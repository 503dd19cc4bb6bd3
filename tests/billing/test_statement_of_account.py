"""*Estado de cuenta*: every movement with the balance that it left, on screen and in files."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from billing.services.crediting import cancel_invoice
from billing.services.ledger import balance_of
from billing.services.refunding import finish_refund, refund_payment
from billing.services.statement import Statement
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db
PAGE = "/cuenta/estado-de-cuenta/"


@pytest.fixture
def history(issue, pay, actor, account):
    """Four months ago an invoice; now one that is paid too much, cancelled, and the money sent back."""
    with time_machine.travel(timezone.now() - timedelta(days=120), tick=True):
        issue("50.00", concept="Hace tiempo")
    invoice = issue("100.00", concept="=HYPERLINK(1)")
    payment = pay("216.00", invoice=invoice, reference="MBAN01")
    cancel_invoice(actor=actor, invoice=invoice, reason="Pedido cancelado")
    refund = refund_payment(actor=actor, payment=payment, amount=Decimal("100.00"), idempotency_key="r")
    finish_refund(actor=actor, refund=refund)
    return account


def last_ninety_days(account) -> Statement:
    today = timezone.localdate()
    return Statement(account, today - timedelta(days=90), today)


def test_it_begins_with_what_was_owed_before_and_ends_with_the_balance(history):
    statement = last_ninety_days(history)
    assert statement.opening == Decimal("58.00")
    assert statement.closing == balance_of(history) == [*statement.movements()][-1].balance


def test_each_movement_says_what_it_was(history):
    texts = [movement.text for movement in last_ninety_days(history).movements()]
    assert texts == [
        "Factura F-2: =HYPERLINK(1)",
        "Pago: Transferencia bancaria (SPEI), MBAN01",
        "Nota de crédito NC-1 de la factura F-2: Pedido cancelado",
        "Devolución: Transferencia bancaria (SPEI)",
    ]


def test_balances_add_up(history):
    statement = last_ninety_days(history)
    balance = statement.opening
    for movement in statement.movements():
        balance += movement.charge - movement.credit
        assert movement.balance == balance


def test_the_page_shows_them(administrator_client, history):
    page = administrator_client.get(PAGE).content.decode()
    for text in ("Saldo anterior", "$58.00 MXN", "Factura F-2", "Pago: Transferencia", "$216.00 MXN"):
        assert text in page


def test_the_page_costs_the_same_however_much_there_is(administrator_client, issue, history):
    few = own_statements(lambda: administrator_client.get(PAGE))
    for _ in range(20):
        issue("1.00")
    assert len(own_statements(lambda: administrator_client.get(PAGE))) == len(few)


def test_csv_is_safe_for_spreadsheets(administrator_client, history):
    answer = administrator_client.get(PAGE + "csv/")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["Fecha", "Movimiento", "Cargo", "Abono", "Saldo"]
    assert (rows[1][1], rows[-1][1], rows[-1][4]) == ("Saldo anterior", "Saldo al final", str(balance_of(history)))
    assert all(not cell.startswith(("=", "@")) for row in rows for cell in row)


def test_excel_opens(administrator_client, history):
    answer = administrator_client.get(PAGE + "xlsx/")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet.max_row == 7


def test_the_pdf_holds_the_balance(administrator_client, history):
    answer = administrator_client.get(PAGE + "pdf/")
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "Saldo al final" in text
    assert "$58.00" in text


@pytest.mark.parametrize(
    "query",
    ["desde=2026-13-40", "desde=ayer", "hasta=9999-12-31", "desde=0001-01-01", "desde=2030-01-01&hasta=2020-01-01"],
)
def test_senseless_days_never_break_it(administrator_client, history, query):
    assert administrator_client.get(f"{PAGE}?{query}").status_code == 200
    assert administrator_client.get(f"{PAGE}csv/?{query}").status_code in {200, 302}


def test_wrong_days_are_explained_beside_the_field(administrator_client):
    page = administrator_client.get(PAGE + "?desde=2030-01-01&hasta=2020-01-01").content.decode()
    assert "Empieza después de terminar" in page


def test_an_unknown_kind_of_file_is_404(administrator_client):
    assert administrator_client.get(PAGE + "docx/").status_code == 404


def test_a_stranger_sees_only_his_own(stranger_client, history):
    assert "F-2" not in stranger_client.get(PAGE).content.decode()


def test_a_lesser_role_gets_403(delegate_client, service_user_client):
    assert delegate_client.get(PAGE).status_code == 403
    assert service_user_client.get(PAGE + "csv/").status_code == 403


def test_each_currency_has_a_statement_of_its_own(administrator_client, issue, history):
    issue("10.00", currency="USD", concept="En dólares")
    page = administrator_client.get(PAGE).content.decode()
    assert "En dólares" not in page
    assert "moneda=USD" in page
    dollars = administrator_client.get(PAGE + "?moneda=USD").content.decode()
    assert "$11.60 USD" in dollars
    assert "F-2" not in dollars
    assert "$11.60 USD" in administrator_client.get("/cuenta/facturas/").content.decode()


@pytest.mark.parametrize("currency", ["XXX", "<b>", "ñññ", "\x00"])
def test_an_unknown_currency_is_an_empty_statement(administrator_client, history, currency):
    assert administrator_client.get(PAGE, {"moneda": currency}).status_code == 200

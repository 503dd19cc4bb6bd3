"""Support reads every document, books money by hand, credits and cancels; nothing is typed over."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import CreditNote, Invoice, Payment
from billing.services.crediting import credit_invoice
from billing.services.lines import LineData
from billing.services.refunding import refund_payment

pytestmark = pytest.mark.django_db
MODELS = ["invoice", "creditnote", "invoiceseries", "payment", "refund", "ledgertransaction"]


@pytest.fixture
def busy(issue, pay, actor) -> Invoice:
    invoice = issue("100.00")
    lines = [LineData("Ajuste", Decimal("1.00"))]
    credit_invoice(actor=actor, invoice=invoice, lines=lines, reason="x", source="x")
    payment = pay("200.00", invoice=invoice)
    refund_payment(actor=actor, payment=payment, amount=Decimal("1.00"), idempotency_key="r")
    return Invoice.objects.get()


def act(client, action: str, row) -> str:
    address = reverse(f"admin:billing_{row._meta.model_name}_changelist")
    return client.post(address, {"action": action, "_selected_action": row.pk}, follow=True).content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_page_opens(staff_client, busy, model):
    page = staff_client.get(reverse(f"admin:billing_{model}_changelist"))
    row = page.context["cl"].result_list[0]
    assert staff_client.get(reverse(f"admin:billing_{model}_change", args=[row.pk])).status_code == 200


def test_the_parties_stand_there_in_words(staff_client, issue, account):
    account.legal_name = "Muñoz e Íñiguez"
    account.save()
    page = staff_client.get(reverse("admin:billing_invoice_change", args=[issue().pk])).content.decode()
    assert "Muñoz e Íñiguez · XAXX010101000 · 616" in page
    assert "Sin timbrar" in page
    assert "u00f1" not in page


@pytest.mark.parametrize("query", ["1", "Demo", "F-1", "99999999999999999999999"])
def test_invoices_are_searched(staff_client, busy, query):
    assert staff_client.get(reverse("admin:billing_invoice_changelist", query={"q": query})).status_code == 200


def test_a_transfer_for_the_rest_is_booked_once(staff_client, issue, pay, differences):
    invoice = issue("100.00")
    pay("16.00", invoice=invoice)
    assert "1 transferencias registradas" in act(staff_client, "book_transfer", invoice)
    assert "No falta nada" in act(staff_client, "book_transfer", invoice)
    assert Invoice.objects.get().state == Invoice.State.PAID
    assert Payment.objects.count() == 2
    assert differences() == set()


def payment_page(client, invoice, **data):
    address = reverse("admin:billing_invoice_pay", args=[invoice.pk])
    return client.post(address, {"method": "transfer", "reference": "MBAN01", "key": uuid4(), **data}, follow=True)


def test_any_amount_can_be_booked_with_its_tracking_key(staff_client, issue):
    invoice = issue("100.00")
    assert "Se registró el pago: MBAN01" in payment_page(staff_client, invoice, amount="50.00").content.decode()
    assert Invoice.objects.get().rest == Decimal("66.00")


def test_the_same_form_sent_twice_is_one_payment(staff_client, issue):
    invoice, key = issue("100.00"), uuid4()
    for _ in range(2):
        payment_page(staff_client, invoice, amount="50.00", key=key)
    assert Payment.objects.count() == 1


def test_an_adjustment_writes_the_rest_off(staff_client, issue, differences):
    payment_page(staff_client, issue("100.00"), amount="116.00", method="adjustment")
    assert Invoice.objects.get().state == Invoice.State.PAID
    assert differences() == set()


@pytest.mark.parametrize("amount", ["", "0", "-1", "1.005", "mucho", "NaN"])
def test_a_senseless_amount_is_explained(staff_client, issue, amount):
    answer = payment_page(staff_client, issue("100.00"), amount=amount)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert Payment.objects.count() == 0


def test_a_credit_note_is_issued_for_a_part(staff_client, issue):
    invoice = issue("100.00")
    address = reverse("admin:billing_invoice_credit", args=[invoice.pk])
    data = {"amount": "10.00", "reason": "Cortesía", "key": uuid4()}
    assert "NC-1" in staff_client.post(address, data, follow=True).content.decode()
    assert CreditNote.objects.get().total == Decimal("11.60")
    answer = staff_client.post(address, {**data, "amount": "500", "key": uuid4()}).content.decode()
    assert "no puede pasar de lo que queda" in answer


def test_cancelling_gives_the_money_back_in_favour(staff_client, issue, pay):
    invoice = issue("100.00")
    payment = pay("116.00", invoice=invoice)
    assert "1 facturas canceladas" in act(staff_client, "cancel", invoice)
    assert "ya está cancelada" in act(staff_client, "cancel", invoice)
    assert "1 devoluciones anotadas" in act(staff_client, "promise_refund", payment)
    assert "1 devoluciones registradas" in act(staff_client, "book_refund", payment)
    assert Payment.objects.get().state == Payment.State.REFUNDED


def test_numbers_and_amounts_are_never_typed(staff_client, busy):
    staff_client.post(reverse("admin:billing_invoice_change", args=[busy.pk]), {"total": "1.00", "number": "9"})
    assert Invoice.objects.get().number == 1


def test_invoices_are_exported(staff_client, busy):
    assert staff_client.get(reverse("admin:billing_invoice_export")).status_code == 200


def test_customers_have_no_business_here(administrator_client, busy):
    for model in MODELS:
        assert administrator_client.get(reverse(f"admin:billing_{model}_changelist")).status_code in (302, 403)

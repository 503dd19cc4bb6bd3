"""*Conciliación bancaria* as support works with it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from billing.models import BankFile, BankMovement, Invoice
from tests.billing.conftest import owe
from tests.conftest import signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/billing/bankfile/add/"


def table(*rows):
    day = f"{timezone.localdate():%d/%m/%Y}"
    return "\n".join(["Fecha,Concepto,Abono", *(f"{day},{concept},{amount}" for concept, amount in rows)]).encode()


def upload(client, content, name="banco.csv"):
    return client.post(ADD, {"file": SimpleUploadedFile(name, content)}, follow=True)


@pytest.fixture
def movement(staff_client, run_jobs):
    upload(staff_client, table(("transferencia", "1160.00")))
    run_jobs()
    return BankMovement.objects.get()


def assign_page(movement):
    return reverse("admin:billing_bankmovement_assign", args=[movement.pk])


def test_an_upload_leads_to_the_result_of_each_row(staff_client, run_jobs, invoice):
    page = upload(staff_client, table((invoice.reference, "1160.00"), ("nadie", "5.00"), ("mal", "cien")))
    assert "En proceso" in page.content.decode()
    run_jobs()
    shown = staff_client.get(page.redirect_chain[-1][0]).content.decode()
    for words in ("Conciliado", "Aplicado a su factura", "Por revisar", "No se entiende", str(invoice), "$1,160.00"):
        assert words in shown
    assert "cien" in staff_client.get(page.redirect_chain[-1][0] + "?ver=wrong").content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "vacío"), (b"a,b\n1,2\n", "encabezados"), (b"PK\x03\x04 broken", "Excel"), (b"%PDF-1.4 \x00\xff", "")],
)
def test_a_file_that_cannot_be_read_says_why(staff_client, content, words):
    page = upload(staff_client, content)
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert words in page.content.decode()
    assert not BankFile.objects.exists()


def test_nothing_chosen_says_so(staff_client):
    assert "Elija el archivo." in staff_client.post(ADD).content.decode()


def test_a_proposal_is_assigned_by_its_button(staff_client, movement, invoice):
    page = staff_client.get(assign_page(movement)).content.decode()
    assert "mismo importe" in page
    staff_client.post(assign_page(movement), {"invoice": invoice.number_text})
    invoice.refresh_from_db()
    assert invoice.state == Invoice.State.PAID


@pytest.mark.parametrize("field", ["reference", "account"])
def test_an_invoice_or_an_account_is_named_as_people_call_it(staff_client, movement, invoice, account, field):
    data = {"invoice": invoice.reference} if field == "reference" else {"account": "empresa demo sa de cv"}
    staff_client.post(assign_page(movement), data)
    movement.refresh_from_db()
    assert movement.state == BankMovement.State.ASSIGNED


@pytest.mark.parametrize(
    "data", [{}, {"invoice": "F-999"}, {"invoice": "zzz"}, {"account": "nadie"}, {"invoice": "F-" + "9" * 30}]
)
def test_a_wrong_name_says_so_and_assigns_nothing(staff_client, movement, data):
    page = staff_client.post(assign_page(movement), data)
    assert 'role="alert"' in page.content.decode()
    movement.refresh_from_db()
    assert movement.state == BankMovement.State.TO_REVIEW


def test_an_assigned_deposit_offers_no_more_assigning(staff_client, movement, invoice):
    staff_client.post(assign_page(movement), {"invoice": invoice.number_text})
    assert staff_client.get(assign_page(movement)).status_code == 403


def test_ticked_deposits_stay_unidentified(staff_client, movement):
    address = reverse("admin:billing_bankmovement_changelist")
    staff_client.post(address, {"action": "leave", "_selected_action": [movement.pk]})
    movement.refresh_from_db()
    assert movement.state == BankMovement.State.UNIDENTIFIED


def test_what_gateways_told_and_cards_can_be_read(staff_client):
    for name in ("receivedevent", "paymentmethod", "bankmovement", "bankfile"):
        assert staff_client.get(reverse(f"admin:billing_{name}_changelist")).status_code == 200


def test_staff_without_the_permission_may_not(movement, actor, account):
    owe(actor, account, Decimal(1))
    client = signed_in(UserFactory(password="x", is_staff=True))
    assert client.get(ADD).status_code == 403
    assert client.get(assign_page(movement)).status_code == 403
    assert client.get(reverse("admin:billing_bankfile_change", args=[BankFile.objects.get().pk])).status_code == 403


def test_a_customer_is_no_staff(administrator_client):
    assert administrator_client.get(ADD).status_code in {302, 403}


@pytest.mark.parametrize(
    "page", ["bankfile/x/change/", "bankmovement/x/asignar/", "invoice/x/pago/", "invoice/x/timbre/"]
)
def test_an_address_that_is_no_number_is_not_found(staff_client, page):
    assert staff_client.get(f"/admin/billing/{page}").status_code == 404


def test_a_filter_that_no_database_can_look_for_is_left_out(staff_client):
    for page in ("billing/invoice", "marketplace/coupon"):
        answer = staff_client.get(f"/admin/{page}/?billing_period__exact=%00&state__exact=%00", follow=True)
        assert (answer.status_code, answer.request["PATH_INFO"]) == (200, f"/admin/{page}/")

"""The admin: catalogue in and out, orders moved by actions, states and accepted terms never edited by hand."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing.models import Payment
from cloudpanel.provisioning.errors import PermanentError
from marketplace.models import Coupon, Order, TermsVersion
from tests.factories import PackageFactory
from tests.marketplace.conftest import pay

pytestmark = pytest.mark.django_db
FILES = ["servicefamily", "product", "plan", "addon", "pricelist", "price", "package", "coupon"]
PAGES = [*FILES, "termsversion", "order", "subscription"]


def run(client, model: str, action: str, row) -> str:
    app = "billing" if model == "payment" else "marketplace"
    address = reverse(f"admin:{app}_{model}_changelist")
    return client.post(address, {"action": action, "_selected_action": row.pk}, follow=True).content.decode()


@pytest.mark.parametrize("model", PAGES)
def test_every_list_and_page_opens(model, staff_client, order, catalogue):
    PackageFactory(plans=[catalogue.plan])
    Coupon.objects.create(code="HOLA", name="Hola", percent=10)
    page = staff_client.get(reverse(f"admin:marketplace_{model}_changelist"))
    assert page.status_code == 200
    row = page.context["cl"].result_list[0]
    assert staff_client.get(reverse(f"admin:marketplace_{model}_change", args=[row.pk])).status_code == 200


@pytest.mark.parametrize("model", FILES)
def test_the_catalogue_is_exported_and_imported_here(model, staff_client, catalogue):
    for way in ("export", "import"):
        assert staff_client.get(reverse(f"admin:marketplace_{model}_{way}")).status_code == 200


def test_a_wrong_file_is_answered_row_by_row_in_spanish(staff_client, catalogue):
    wrong = b"price_list,plan,add_on,package,period,amount,setup_fee\ngeneral,nada/nada/nada,,,monthly,1,0\n"
    data = {"import_file": SimpleUploadedFile("precios.csv", wrong, "text/csv"), "format": "0", "resource": ""}
    text = staff_client.post(reverse("admin:marketplace_price_import"), data).content.decode()
    assert "No existe «nada/nada/nada» (plan); escríbalo como familia/servicio/código." in text


def test_a_list_that_overlaps_is_refused_beside_its_field(staff_client, catalogue):
    data = {"code": "otra", "name": "Otra", "currency": "MXN", "valid_from": "2026-01-01"}
    rows = {"prices-TOTAL_FORMS": 0, "prices-INITIAL_FORMS": 0}
    text = staff_client.post(reverse("admin:marketplace_pricelist_add"), {**data, **rows}).content.decode()
    assert "Ya hay otra lista de la misma cuenta y moneda en esas fechas." in text


def test_money_to_be_returned_is_booked_as_returned(staff_client, order, actor):
    payment = pay(actor, order)
    run(staff_client, "order", "cancel", order)
    assert Payment.objects.get().state == Payment.State.REFUND_DUE
    run(staff_client, "payment", "book_refund", payment)
    assert Payment.objects.get().state == Payment.State.REFUNDED


def test_support_retries_an_order(staff_client, order, lifecycle, run_job):
    lifecycle.failure = PermanentError("No.")
    run_job(order)
    lifecycle.failure = None
    run(staff_client, "order", "retry", order)
    assert run_job(order).state == Order.State.COMPLETED


def test_states_are_not_typed_by_hand(staff_client, order):
    staff_client.post(reverse("admin:marketplace_order_change", args=[order.pk]), {"state": "completed"})
    assert Order.objects.get().state == Order.State.IN_PROGRESS


def test_accepted_terms_stay_as_they_were(staff_client, order):
    staff_client.post(reverse("admin:marketplace_termsversion_change", args=[order.terms_id]), {"body": "Otra cosa"})
    with pytest.raises(IntegrityError), transaction.atomic():
        TermsVersion.objects.update(body="Otra cosa")
    assert TermsVersion.objects.get().body == "Texto de los términos."


def test_terms_that_nobody_accepted_can_be_corrected(catalogue):
    TermsVersion.objects.update(body="Mejor dicho")
    assert TermsVersion.objects.get().body == "Mejor dicho"


def test_customers_have_no_business_here(administrator_client, order):
    for model in PAGES:
        answer = administrator_client.get(reverse(f"admin:marketplace_{model}_changelist"))
        assert answer.status_code in (302, 403)

"""The admin: catalogue in and out, orders moved by actions, states and accepted terms never edited by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from tablib import Dataset

from billing.models import Payment
from cloudpanel.provisioning.errors import PermanentError
from marketplace.admin import resources
from marketplace.models import Coupon, Order, Price, PriceList, TermsVersion
from tests.conftest import signed_in
from tests.factories import PackageFactory, UserFactory
from tests.marketplace.conftest import pay

pytestmark = pytest.mark.django_db
FILES = ["termsversion", "servicefamily", "product", "plan", "addon", "pricelist", "price", "package", "coupon"]
PAGES = [*FILES, "order", "subscription"]


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


PRICE_FILE = "price_list;plan;add_on;package;period;amount;setup_fee\ngeneral;{plan};;;monthly;1,234.50;0\n"


def upload(client, text: bytes):
    data = {"import_file": SimpleUploadedFile("precios.csv", text, "text/csv"), "format": "0", "resource": ""}
    return client.post(reverse("admin:marketplace_price_import"), data)


def confirm(client, page):
    form = page.context["confirm_form"]
    address = reverse("admin:marketplace_price_process_import")
    return client.post(address, {**form.initial, "format": "0"}, follow=True).content.decode()


@pytest.fixture
def price_file(catalogue) -> bytes:
    catalogue.plan.name = "Básico"
    catalogue.plan.save()
    return PRICE_FILE.format(plan=resources.plan_key().render(catalogue.plan)).encode("cp1252")


def test_a_file_as_excel_saves_it_is_imported(staff_client, catalogue, price_file):
    confirm(staff_client, upload(staff_client, price_file))
    assert Price.objects.get(plan=catalogue.plan, period="monthly").amount == Decimal("1234.50")


def test_what_became_wrong_after_the_preview_is_not_imported(staff_client, catalogue, price_file):
    page = upload(staff_client, price_file)
    before = Price.objects.get(plan=catalogue.plan, period="monthly").amount
    PriceList.objects.update(code="otra")
    assert "no se importó nada" in confirm(staff_client, page)
    assert Price.objects.get(plan=catalogue.plan, period="monthly").amount == before


def test_an_upload_that_is_gone_is_asked_for_again(staff_client, catalogue, price_file):
    page = upload(staff_client, price_file)
    page.context["confirm_form"].initial["import_file_name"] = "/etc/passwd"
    assert "El archivo ya no está" in confirm(staff_client, page)


def test_a_file_without_the_column_that_names_its_rows_is_refused(staff_client, catalogue):
    page = upload(staff_client, b"price_list,amount\ngeneral,1\n").content.decode()
    assert "le falta la columna plan, add_on, package, period" in page
    assert "Traceback" not in page


def test_every_wrong_row_is_told_at_once(staff_client, catalogue, price_file):
    wrong = [price_file.splitlines()[1].replace(b"monthly", b"mensual"), b"nada;x;;;monthly;1;0"]
    page = upload(staff_client, price_file + b"\n".join([price_file.splitlines()[1], *wrong])).content.decode()
    for words in ("Fila 2: Repite la fila 1.", "Fila 4: No existe «nada»", "no es una opción válida"):
        assert words in page


def test_whoever_may_only_look_cannot_import(catalogue):
    agent = UserFactory(is_staff=True)
    agent.user_permissions.set(Permission.objects.filter(codename__in=["view_price", "change_price"]))
    client = signed_in(agent)
    assert client.get(reverse("admin:marketplace_price_import")).status_code == 403
    assert client.post(reverse("admin:marketplace_price_process_import")).status_code == 403
    assert client.get(reverse("admin:marketplace_price_export")).status_code == 200


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


def test_accepted_terms_stay_as_they_were_in_a_file_too(order):
    file = Dataset().load(resources.TermsResource().export().csv, format="csv")
    row = {**file.dict[0], "body": "Otra cosa"}
    result = resources.TermsResource().import_data(Dataset(list(row.values()), headers=file.headers))
    assert "ya fue aceptada en pedidos y no cambia" in str(result.rows[0].errors[0].error)

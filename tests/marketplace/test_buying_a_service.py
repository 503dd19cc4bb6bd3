"""The path of the manual: family → service → plan → Siguiente → recursos → Finalizar → confirmation → Confirmar."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from billing.models import Invoice
from cloudpanel.provisioning.models import Job
from marketplace.models import Order, Price, Subscription
from tests.marketplace.conftest import PRODUCT, service_of

pytestmark = pytest.mark.django_db


def test_families_lead_to_services_and_services_to_plans(administrator_client, catalogue):
    assert b'href="/mercado/correo/"' in administrator_client.get("/mercado/").content
    assert f'href="{PRODUCT}"'.encode() in administrator_client.get("/mercado/correo/").content
    page = administrator_client.get(PRODUCT, follow=True)
    assert "Básico" in page.content.decode()
    assert "10 buzones" in page.content.decode()


def test_the_first_step_puts_the_token_of_the_purchase_into_the_address(administrator_client, catalogue):
    answer = administrator_client.get(PRODUCT)
    assert answer.status_code == 302
    assert "compra=" in answer.url


def test_siguiente_leads_to_the_add_ons_and_finalizar_to_the_confirmation(purchase):
    answer = purchase.client.get(purchase.address(plan="basico", siguiente=1))
    assert answer.url == purchase.address("recursos/", plan="basico")
    answer = purchase.client.get(
        purchase.address("recursos/", plan="basico", **{"recurso-buzones-extra": 2}, finalizar=1)
    )
    assert answer.url == purchase.address("confirmar/", plan="basico", **{"recurso-buzones-extra": 2})


def test_no_add_on_at_all_is_fine(purchase):
    answer = purchase.client.get(purchase.address("recursos/", plan="basico", finalizar=1))
    assert "/confirmar/" in answer.url


def test_the_confirmation_shows_lines_iva_total_and_month(purchase):
    text = purchase.confirmation(**{"recurso-buzones-extra": 2}).content.decode()
    # 199.00 + 50.00 set-up + 2 x 75.00 = 399.00, IVA 63.84
    for amount in (
        "$399.00 MXN",
        "$63.84 MXN",
        "$462.84 MXN",
        "$404.84 MXN",
        "Términos y condiciones",
        "Versión 2026-01",
    ):
        assert amount in text


def test_confirmar_makes_the_order_the_charge_the_subscription_and_the_job(purchase, account, administrator):
    answer = purchase.confirm(**{"recurso-buzones-extra": 2})
    order = Order.objects.get()
    assert answer.url == f"/cuenta/pedidos/{order.public_id}/"
    assert (order.state, order.total, order.account) == (Order.State.IN_PROGRESS, Decimal("462.84"), account)
    assert order.invoice.state == Invoice.State.OPEN
    assert order.invoice.total == order.total
    assert service_of(order).state == Subscription.State.PENDING
    assert dict(service_of(order).resources.values_list("resource", "included")) == {"mailboxes": 20, "storage_gb": 50}
    assert Job.objects.get().params == {"order": order.pk, "item": order.items.get().pk}


def test_the_accepted_terms_are_recorded_with_version_person_and_time(purchase):
    purchase.confirm()
    order = Order.objects.get()
    assert order.terms.version == "2026-01"
    assert "ana@empresa.example" in order.terms_accepted_by
    assert order.terms_accepted_at


def test_local_rows_are_prepared_before_any_remote_work(purchase, lifecycle):
    purchase.confirm()
    assert lifecycle.calls == [("prepare", Subscription.objects.get().pk)]


def test_without_accepting_the_terms_nothing_is_ordered(purchase):
    answer = purchase.confirm(accept=False)
    assert "acepte los términos y condiciones" in answer.content.decode()
    assert not Order.objects.exists()


def test_a_free_order_charges_nothing(purchase, catalogue):
    Price.objects.update(amount=0, setup_fee=0)
    purchase.confirm()
    order = Order.objects.get()
    assert order.invoice is None
    assert "Sin costo" in purchase.client.get(f"/cuenta/pedidos/{order.public_id}/").content.decode()


def test_the_search_finds_without_accents_or_capitals(administrator_client, catalogue):
    catalogue.product.summary = "Colaboración y Ñandú"
    catalogue.product.save()
    for words in ("COLABORACION", "ñandu colaboración", "exchánge"):
        assert b"Exchange Administrado" in administrator_client.get("/mercado/", {"q": words}).content
    assert "No encontramos nada" in administrator_client.get("/mercado/", {"q": "xyzzy"}).content.decode()


def test_the_text_of_the_terms_has_an_address_of_its_own(administrator_client, catalogue):
    assert administrator_client.get("/mercado/terminos/servicios/2026-01/").status_code == 200
    for other in ("1999", "2026-01%00"):
        assert administrator_client.get(f"/mercado/terminos/servicios/{other}/").status_code == 404


def test_what_is_not_on_sale_has_no_page(administrator_client, catalogue):
    catalogue.product.is_active = False
    catalogue.product.save()
    assert administrator_client.get(PRODUCT, follow=True).status_code == 404
    assert administrator_client.get("/mercado/correo/").status_code == 404


@pytest.mark.parametrize("step", ["", "recursos/", "confirmar/"])
def test_a_lesser_role_sees_the_step_disabled_with_the_reason(step, purchase, delegate_client):
    page = delegate_client.get(purchase.address(step, plan="basico"))
    text = page.content.decode()
    assert "Solo un administrador de la cuenta puede contratar. Pídalo a Ana Núñez." in text
    assert 'aria-disabled="true"' in text


@pytest.mark.parametrize("role", ["delegate_client", "service_user_client"])
def test_a_lesser_role_gets_403_on_confirmar(role, purchase, request):
    sealed = purchase.confirmation().context["sealed"]
    client = request.getfixturevalue(role)
    answer = client.post(purchase.address("confirmar/", plan="basico"), {"mostrado": sealed, "acepto": "on"})
    assert answer.status_code == 403
    assert not Order.objects.exists()


def test_a_session_that_ended_at_confirmar_finds_the_same_choices_after_signing_in(purchase, administrator, client):
    extra = {"recurso-buzones-extra": 2}
    page = purchase.confirmation(**extra)
    address = purchase.address("confirmar/", plan="basico", **extra)
    sent = client.post(address, {"mostrado": page.context["sealed"], "acepto": "on"})
    after = parse_qs(urlsplit(sent.url).query)["next"][0]
    assert after == address
    client.force_login(administrator)
    assert "$462.84 MXN" in client.get(after).content.decode()
    assert not Order.objects.exists()


def test_a_visitor_is_sent_to_the_sign_in_page_and_back(client, purchase):
    answer = client.get(purchase.address("confirmar/", plan="basico"))
    assert answer.status_code == 302
    assert "next=" in answer.url
    assert "basico" in answer.url

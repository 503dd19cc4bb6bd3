"""Prices, plans, add-ons and terms may change between showing and confirming: then nothing is charged."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.models import AddOn, Order, Plan, Price, Product
from tests.factories import PlanFactory, TermsFactory

pytestmark = pytest.mark.django_db
EXTRA = {"recurso-buzones-extra": 2}


@pytest.fixture
def page(purchase):
    return purchase.confirmation(**EXTRA)


def text_after(purchase, page) -> str:
    """The confirmation again, nothing ordered."""
    answer = purchase.confirm(page, **EXTRA)
    assert answer.status_code == 200
    assert not Order.objects.exists()
    return answer.content.decode()


def test_a_new_price_is_pointed_out(purchase, page):
    Price.objects.filter(plan__isnull=False).update(amount=Decimal("249.00"))
    text = text_after(purchase, page)
    assert "El pedido cambió desde que lo vio. No se cobró nada" in text
    assert "el precio era $199.00 MXN y ahora es $249.00 MXN" in text
    assert "El total de hoy era $462.84 MXN y ahora es $520.84 MXN" in text


def test_the_terms_must_be_accepted_again(purchase, page):
    Price.objects.filter(plan__isnull=False).update(amount=Decimal("249.00"))
    assert "checked" not in text_after(purchase, page)


def test_confirming_what_is_shown_now_goes_through(purchase, page):
    Price.objects.filter(plan__isnull=False).update(amount=Decimal("249.00"))
    again = purchase.confirm(page, **EXTRA)
    purchase.confirm(again, **EXTRA)
    assert Order.objects.get().total == Decimal("520.84")


def test_a_new_setup_fee_is_pointed_out(purchase, page):
    Price.objects.filter(plan__isnull=False).update(setup_fee=Decimal("0.00"))
    assert "el costo de alta era $50.00 MXN y ahora es $0.00 MXN" in text_after(purchase, page)


def test_another_content_of_the_plan_is_pointed_out(purchase, page):
    Plan.objects.update(resources={"mailboxes": 5, "storage_gb": 50})
    assert "cambió lo que incluye" in text_after(purchase, page)


def test_new_terms_are_pointed_out(purchase, page):
    TermsFactory(version="2026-12", body="Otro texto")
    text = text_after(purchase, page)
    assert "ahora rige la versión 2026-12" in text
    assert "Otro texto" in text


def test_another_tax_rate_is_pointed_out(purchase, page, settings):
    settings.VAT_RATE = "0.08"
    assert "Cambió la tasa de IVA" in text_after(purchase, page)


def test_an_add_on_that_is_gone_leaves_the_order_and_is_named(purchase, page):
    AddOn.objects.filter(code="buzones-extra").update(is_active=False)
    assert "Paquete de 5 buzones ya no está a la venta y salió del pedido" in text_after(purchase, page)


def test_a_plan_that_is_gone_leads_back_to_the_plans(purchase, page):
    Plan.objects.update(is_active=False)
    PlanFactory(product=Plan.objects.get().product, code="nuevo", name="Nuevo")
    answer = purchase.client.post(
        purchase.address("confirmar/", plan="basico"), {"mostrado": page.context["sealed"], "acepto": "on"}, follow=True
    )
    text = answer.content.decode()
    assert "el que eligió ya no está a la venta. No se cobró nada." in text
    assert "Ese plan ya no está a la venta; elija otro." in text
    assert not Order.objects.exists()


def test_a_service_that_is_gone_says_so_and_an_order_that_was_first_is_found(purchase, page):
    data = {"mostrado": page.context["sealed"], "acepto": "on"}
    address = purchase.address("confirmar/", plan="basico")
    Product.objects.update(is_active=False)
    assert (
        "ya no está a la venta. No se cobró nada." in purchase.client.post(address, data, follow=True).content.decode()
    )
    Product.objects.update(is_active=True)
    purchase.client.post(address, {**data, "mostrado": purchase.confirmation().context["sealed"]})
    Product.objects.update(is_active=False)
    assert str(Order.objects.get().public_id) in purchase.client.post(address, data).url


@pytest.mark.parametrize("sealed", ["", "basura", "x" * 100_000, "eyJ0b3RhbCI6IjAuMDEifQ:1abc:firma"])
def test_nobody_confirms_a_price_of_their_own_making(purchase, sealed):
    answer = purchase.send({"mostrado": sealed, "acepto": "on"})
    assert "Revise el pedido y confírmelo de nuevo" in answer.content.decode()
    assert not Order.objects.exists()


def test_reloading_the_page_that_says_so_keeps_saying_it(purchase, page):
    Price.objects.filter(plan__isnull=False).update(amount=Decimal("249.00"))
    data = {"mostrado": page.context["sealed"], "acepto": "on"}
    address = purchase.client.post(purchase.address("confirmar/", plan="basico", **EXTRA), data).url
    for _ in range(2):
        assert "era $199.00 MXN y ahora es $249.00 MXN" in purchase.client.get(address).content.decode()


def test_what_was_shown_for_other_units_does_not_confirm_these(purchase, page):
    answer = purchase.confirm(page, **{"recurso-buzones-extra": 3})
    assert "eran 2 unidades y ahora son 3" in answer.content.decode()
    assert not Order.objects.exists()

"""Whatever arrives in an address or a form: a Spanish sentence beside the field, or a 404; never a 500."""

from __future__ import annotations

import pytest

from marketplace.models import Order
from tests.marketplace.conftest import PRODUCT

pytestmark = pytest.mark.django_db
FIELD = "recurso-buzones-extra"
NONSENSE = ["<script>", "日本語", "\0", "-1", "1" * 5000, "'; DROP TABLE", "", " ", "٣", "1e9", "NaN"]


def test_siguiente_without_a_plan_says_what_is_missing(purchase):
    text = purchase.client.get(purchase.address(siguiente=1)).content.decode()
    assert "Elija un plan para continuar." in text


@pytest.mark.parametrize("plan", NONSENSE)
@pytest.mark.parametrize("step", ["", "recursos/", "confirmar/"])
def test_a_plan_that_does_not_exist_leads_to_the_plans(step, plan, purchase):
    answer = purchase.client.get(purchase.address(step, plan=plan, siguiente=1), follow=True)
    assert answer.status_code == 200
    assert "Elija un plan" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("dos", "Escriba un número entero, por ejemplo 2."),
        ("1.5", "Escriba un número entero"),
        ("-1", "Escriba 0 o más unidades."),
        ("21", "Puede agregar hasta 20 unidades."),
        ("9" * 300, "Puede agregar hasta 20 unidades."),
        ("9" * 5000, "Escriba un número entero"),
        ("<b>", "Escriba un número entero"),
    ],
)
def test_wrong_units_are_refused_beside_the_field_and_stay_typed(typed, sentence, purchase):
    page = purchase.client.get(purchase.address("recursos/", plan="basico", finalizar=1, **{FIELD: typed}))
    text = page.content.decode()
    assert sentence in text
    assert page.context["form"][FIELD].value() == typed
    assert 'aria-invalid="true"' in text


def test_wrong_units_in_the_address_of_the_confirmation_lead_to_their_field(purchase):
    answer = purchase.client.get(purchase.address("confirmar/", plan="basico", **{FIELD: "muchas"}), follow=True)
    assert "Escriba un número entero" in answer.content.decode()
    assert answer.redirect_chain[-1][0].startswith(f"{PRODUCT}recursos/")


def test_wrong_units_in_a_post_order_nothing(purchase):
    sealed = purchase.confirmation().context["sealed"]
    address = purchase.address("confirmar/", plan="basico", **{FIELD: "-5"})
    assert purchase.client.post(address, {"mostrado": sealed, "acepto": "on"}).status_code == 302
    assert not Order.objects.exists()


@pytest.mark.parametrize("token", NONSENSE)
def test_a_token_that_is_none_is_replaced_and_the_choices_stay(token, purchase):
    answer = purchase.client.get(f"{PRODUCT}recursos/", {"compra": token, "plan": "basico"})
    assert answer.status_code == 302
    assert "plan=basico" in answer.url
    assert purchase.client.get(answer.url).status_code == 200


@pytest.mark.parametrize("token", ["", "basura"])
def test_confirmar_without_a_token_orders_nothing(token, purchase):
    purchase.client.post(f"{PRODUCT}confirmar/?compra={token}&plan=basico", {"acepto": "on"})
    assert not Order.objects.exists()


@pytest.mark.parametrize("words", NONSENSE)
def test_any_search_is_answered(words, administrator_client, catalogue):
    assert administrator_client.get("/mercado/", {"q": words}).status_code == 200


@pytest.mark.parametrize("address", ["/mercado/nada/", "/mercado/nada/nada/", "/mercado/correo/nada/?compra=x"])
def test_what_is_not_in_the_catalogue_is_404(address, administrator_client, catalogue):
    assert administrator_client.get(address, follow=True).status_code == 404


@pytest.mark.parametrize("cursor", NONSENSE)
def test_any_cursor_shows_a_page(cursor, administrator_client):
    for address in ("/cuenta/pedidos/", "/cuenta/suscripciones/", "/otros-servicios/"):
        assert administrator_client.get(address, {"cursor": cursor}).status_code == 200

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.models import Subscription
from tests.factories import SubscriptionFactory
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db
LIST, OTHER = "/cuenta/suscripciones/", "/otros-servicios/"


@pytest.fixture
def address(subscription) -> str:
    return f"{LIST}{subscription.public_id}/"


def test_the_list_has_plan_price_and_next_renewal(administrator_client, subscription):
    Subscription.objects.update(period_end="2026-12-22", billed_until="2026-12-22")
    text = administrator_client.get(LIST).content.decode()
    for fact in ("Exchange Administrado Básico", "Activa", "$199.00 MXN", "22/12/2026"):
        assert fact in text


def test_what_is_over_is_listed_apart(administrator_client, subscription):
    Subscription.objects.update(state=Subscription.State.TERMINATED)
    assert "Todavía no tiene servicios" in administrator_client.get(LIST).content.decode()
    assert "Dada de baja" in administrator_client.get(LIST, {"ver": "inactivas"}).content.decode()


def test_the_page_shows_resources_used_and_included(administrator_client, subscription, address):
    subscription.resources.filter(resource="mailboxes").update(used=3)
    text = administrator_client.get(address).content.decode()
    assert "3 de 10" in text
    assert "Agregar recursos" in text


def test_a_delegate_reads_who_can_add_resources(delegate_client, delegate, administrator, subscription, address):
    subscription.delegations.create(user=delegate)
    assert "Pídalo a Ana Núñez." in delegate_client.get(address).content.decode()


def test_an_order_under_way_is_announced(administrator_client, order):
    text = administrator_client.get(f"{LIST}{order.subscriptions.get().public_id}/").content.decode()
    assert f"Pedido {order.number}" in text


def test_otros_servicios_opens_the_panel_of_each(administrator_client, subscription):
    text = administrator_client.get(OTHER).content.decode()
    assert "Buzones de correo empresariales." in text
    assert f'href="/exchange/{subscription.public_id}/"' in text


def test_otros_servicios_without_services_says_what_to_do(administrator_client):
    assert "Ir al Mercado" in administrator_client.get(OTHER).content.decode()


@pytest.mark.parametrize("page", [LIST, OTHER])
def test_a_delegate_sees_what_is_delegated_now_and_no_prices(page, delegate_client, delegate, subscription, account):
    SubscriptionFactory(account=account, plan=subscription.plan, name="La otra")
    assert subscription.name not in delegate_client.get(page).content.decode()
    subscription.delegations.create(user=delegate)
    text = delegate_client.get(page).content.decode()
    assert subscription.name in text
    assert "La otra" not in text
    assert "$199" not in text


@pytest.mark.parametrize("page", [LIST, OTHER])
def test_a_delegation_that_ended_shows_nothing(page, delegate_client, delegate, subscription):
    subscription.delegations.create(user=delegate, ends_at=timezone.now() - timedelta(seconds=1))
    assert "Todavía no le han delegado ningún servicio" in delegate_client.get(page).content.decode()


@pytest.mark.parametrize("page", [LIST, OTHER])
def test_ten_times_the_subscriptions_cost_no_more_statements(page, administrator_client, account, subscription):
    few = len(own_statements(lambda: administrator_client.get(page)))
    for _ in range(12):
        SubscriptionFactory(account=account, plan=subscription.plan)
    assert len(own_statements(lambda: administrator_client.get(page))) == few <= 5


def test_the_page_of_a_subscription_costs_six_statements(administrator_client, address):
    assert len(own_statements(lambda: administrator_client.get(address))) == 6


def test_a_stranger_gets_404(stranger_client, address):
    assert stranger_client.get(address).status_code == 404


def test_a_stranger_sees_none_of_them(stranger_client, subscription):
    for page in (LIST, OTHER):
        assert subscription.name not in stranger_client.get(page).content.decode()


def test_a_delegate_without_it_gets_404(delegate_client, address):
    assert delegate_client.get(address).status_code == 404


def test_a_service_user_gets_403(service_user_client, address):
    for page in (LIST, OTHER, address):
        assert service_user_client.get(page).status_code == 403

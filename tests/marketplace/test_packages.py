"""*Promoción de Paquetes*: one order, several subscriptions, one price."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from billing.models import Invoice
from cloudpanel.provisioning.errors import PermanentError
from marketplace.models import AddOn, Order, Package, PackageLine, Plan, Price, Product, Subscription, TermsVersion
from marketplace.services.offers import package_offers
from marketplace.services.orders import cancel_order, retry_order
from tests.factories import PackageFactory
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db
ADDRESS = "/mercado/paquetes/oficina-y-sucursal/"


@pytest.fixture
def package(catalogue) -> Package:
    made = PackageFactory(plans=[catalogue.plan, catalogue.plan])
    PackageLine.objects.create(package=made, service=2, add_on=catalogue.storage, units=2)
    return made


def step(client, tail: str = "", **choices):
    return client.get(f"{ADDRESS}{tail}?{urlencode({'compra': uuid4(), **choices})}")


def confirm(client, page=None):
    page = page or step(client, "confirmar/")
    address = page.context["action"]
    return client.post(address, {"mostrado": page.context["sealed"], "acepto": "on"}, follow=True)


@pytest.fixture
def order(package, administrator_client) -> Order:
    confirm(administrator_client)
    return Order.objects.get()


def test_the_market_shows_it_with_what_it_saves(package, administrator_client):
    text = administrator_client.get("/mercado/").content.decode()
    for words in ("Promoción de Paquetes", "Oficina y sucursal", "$299.00 MXN", "Ahorra $389.00 MXN"):
        assert words in text


def test_the_search_finds_it(package, administrator_client):
    assert "Oficina y sucursal" in administrator_client.get("/mercado/", {"q": "SUCURSAL"}).content.decode()
    assert "Oficina y sucursal" not in administrator_client.get("/mercado/", {"q": "nube"}).content.decode()


def test_its_page_says_what_is_in_it(package, administrator_client):
    text = step(administrator_client).content.decode()
    assert text.count("Exchange Administrado Básico") == 2
    assert "2 × 50 GB más" in text


def test_one_order_one_invoice_two_subscriptions_for_one_price(order):
    assert (Order.objects.count(), Invoice.objects.count(), Subscription.objects.count()) == (1, 1, 2)
    assert order.subtotal == Decimal("299.00")
    assert order.description == "Oficina y sucursal"
    assert sum(line.amount for line in order.lines.all()) == sum(line.amount for line in order.invoice.lines.all())
    assert sorted(each.price for each in order.subscriptions.all()) == [Decimal("199.00"), Decimal("489.00")]


def test_each_subscription_goes_on_with_its_share_of_the_discount(order):
    shares = [discount.amount for each in order.subscriptions.all() for discount in each.discounts.all()]
    assert sum(each.price for each in order.subscriptions.all()) - sum(shares) == Decimal("299.00")
    assert all(discount.periods_left is None for each in order.subscriptions.all() for discount in each.discounts.all())


def test_it_is_ready_when_all_of_it_is(order, run_job):
    done = run_job(order)
    assert done.state == Order.State.COMPLETED
    assert {each.state for each in done.subscriptions.all()} == {Subscription.State.ACTIVE}
    assert {each.name for each in done.subscriptions.all()} == {
        "Exchange Administrado Básico",
        "Exchange Administrado Básico 2",
    }


def test_what_worked_stays_when_the_other_is_tried_again(order, run_job, lifecycle, actor, administrator_client):
    _first, second = order.items.all()
    lifecycle.failure_of = second.subscription_id
    failed = run_job(order)
    assert failed.state == Order.State.NEEDS_ATTENTION
    assert [item.completed_at is not None for item in failed.items.all()] == [True, False]
    text = administrator_client.get(f"/cuenta/pedidos/{order.public_id}/").content.decode()
    assert "Listo" in text
    assert "Requiere atención" in text
    lifecycle.failure_of = None
    retry_order(actor=actor, order=failed)
    assert run_job(failed).state == Order.State.COMPLETED
    assert [call for call, _ in lifecycle.calls].count("activate") == 3


def test_cancelled_all_of_it_is_removed_and_nothing_is_owed(order, run_job, lifecycle, actor, administrator_client):
    lifecycle.failure_of = order.items.last().subscription_id
    failed = run_job(order)
    asked = administrator_client.get(f"/cuenta/pedidos/{order.public_id}/cancelar/").content.decode()
    assert "ya funciona: se dará de baja" in asked
    cancel_order(actor=actor, order=failed)
    assert {each.state for each in Subscription.objects.all()} == {Subscription.State.TERMINATED}
    assert Invoice.objects.get().state == Invoice.State.CANCELLED


def test_twice_is_one_order(package, administrator_client):
    page = step(administrator_client, "confirmar/")
    first, second = confirm(administrator_client, page), confirm(administrator_client, page)
    assert first.redirect_chain == second.redirect_chain
    assert (Order.objects.count(), Subscription.objects.count()) == (1, 2)


def test_a_new_price_is_told_and_confirmed_again(package, administrator_client):
    page = step(administrator_client, "confirmar/")
    Price.objects.filter(package=package).update(amount=Decimal("350.00"))
    text = confirm(administrator_client, page).content.decode()
    assert "El total de hoy era $346.84 MXN y ahora es $406.00 MXN" in text
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "withdraw",
    [
        lambda: Package.objects.update(is_active=False),
        lambda: Package.objects.update(valid_until="2020-01-01"),
        lambda: Plan.objects.update(is_active=False),
        lambda: Product.objects.update(is_active=False),
        lambda: AddOn.objects.update(is_active=False),
        lambda: Price.objects.filter(package__isnull=False).delete(),
        lambda: Price.objects.filter(plan__isnull=False).delete(),
        lambda: PackageLine.objects.filter(plan__isnull=False, service=2).delete(),
        lambda: TermsVersion.objects.all().delete(),
    ],
)
def test_what_cannot_be_delivered_whole_is_not_on_sale(withdraw, package, account, administrator_client):
    assert len(package_offers(account)) == 1
    withdraw()
    assert package_offers(account) == []
    assert step(administrator_client).status_code == 404
    assert "Oficina y sucursal" not in administrator_client.get("/mercado/").content.decode()


def test_more_packages_cost_no_more_statements(package, account, catalogue):
    one = own_statements(lambda: package_offers(account))
    PackageFactory(slug="otro", plans=[catalogue.plan])
    assert len(own_statements(lambda: package_offers(account))) == len(one)


def test_otros_servicios_shows_the_package_with_its_services(order, run_job, administrator_client):
    run_job(order)
    text = administrator_client.get("/otros-servicios/").content.decode()
    assert "Promoción de Paquetes" in text
    assert text.count(f"/cuenta/pedidos/{order.public_id}/") == 1
    for subscription in order.subscriptions.all():
        assert text.count(subscription.get_absolute_url()) >= 2


def test_a_delegate_sees_only_their_part_of_it(order, run_job, delegate, delegate_client):
    run_job(order)
    mine, other = order.subscriptions.order_by("pk")
    delegate.delegations.create(subscription=mine)
    text = delegate_client.get("/otros-servicios/").content.decode()
    assert mine.get_absolute_url() in text
    assert other.get_absolute_url() not in text
    assert "/cuenta/pedidos/" not in text


@pytest.mark.parametrize("tail", ["", "confirmar/"])
def test_a_lesser_role_sees_who_can_buy_it(tail, package, delegate_client):
    assert "Solo un administrador de la cuenta puede contratar" in step(delegate_client, tail).content.decode()


def test_a_lesser_role_cannot_confirm_it(package, delegate_client):
    page = step(delegate_client, "confirmar/")
    assert confirm(delegate_client, page).status_code == 403


def test_a_stranger_does_not_see_the_order(order, stranger_client):
    assert stranger_client.get(f"/cuenta/pedidos/{order.public_id}/").status_code == 404


def test_a_refusal_of_one_service_names_its_reason(order, run_job, lifecycle):
    lifecycle.failure = PermanentError("El servidor de correo no aceptó el dominio.")
    assert run_job(order).failure_message == "El servidor de correo no aceptó el dominio."

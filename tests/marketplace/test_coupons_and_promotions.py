"""A coupon is applied, refused in words, used up by exactly as many as may use it, and given back."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import Coupon, Order, SubscriptionDiscount
from marketplace.services.catalogue import terms_in_force, trial_days_for
from marketplace.services.changes import quote_change
from marketplace.services.orders import cancel_order
from marketplace.services.promotions import with_promotion
from marketplace.services.purchases import confirm_purchase
from tests.factories import AccountFactory, FamilyFactory, PlanFactory, ProductFactory
from tests.marketplace.conftest import sale, service_of

pytestmark = pytest.mark.django_db
CODE = {"cupon": "hola10"}


@pytest.fixture
def coupon(catalogue) -> Coupon:
    return Coupon.objects.create(code="HOLA10", name="Hola: 10 %", percent=Decimal("10.00"))


def buy(actor, account: Account, catalogue, code: str = "HOLA10") -> Order:
    quote = with_promotion(sale(account, catalogue.plan), account, code)
    return confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4(), coupon_code=code)


def test_a_coupon_takes_its_part_off_the_first_period_and_not_off_the_setup(purchase, coupon):
    page = purchase.confirmation(**CODE)
    assert "Hola: 10 %" in page.content.decode()
    purchase.confirm(page, **CODE)
    order = Order.objects.get()
    assert order.subtotal == Decimal("199.00") - Decimal("19.90") + Decimal("50.00")
    assert (order.coupon, order.coupon_code, order.invoice.total) == (coupon, "HOLA10", order.total)
    assert Coupon.objects.get().used_count == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_active": False}, "Ya no está en vigor"),
        ({"valid_from": timezone.localdate() + timedelta(days=3)}, "Sirve desde el"),
        ({"valid_from": "2020-01-01", "valid_until": "2020-01-31"}, "Venció el 31 de enero de 2020"),
        ({"max_uses": 2, "used_count": 2}, "Ya se usó todas las veces"),
        ({"billing_period": "yearly"}, "Solo sirve si paga por periodo anual"),
        ({"code": "OTRO"}, "No existe el cupón «hola10»"),
    ],
)
def test_a_coupon_that_cannot_be_used_says_why(changes, words, purchase, coupon):
    Coupon.objects.update(**changes)
    page = purchase.confirmation(**CODE)
    assert words in page.content.decode()
    assert page.context["quote"].coupon is None


def test_a_coupon_for_another_service_says_so(purchase, coupon):
    coupon.products.add(ProductFactory(family=FamilyFactory(slug="otra"), slug="otro"))
    assert "No sirve para este servicio" in purchase.confirmation(**CODE).content.decode()


def test_an_account_uses_a_coupon_once(purchase, coupon):
    purchase.confirm(**CODE)
    purchase.token = uuid4()
    assert "Su cuenta ya usó el cupón" in purchase.confirmation(**CODE).content.decode()


def test_also_when_it_tries_twice_at_the_same_moment(coupon, catalogue, actor, account):
    quotes = [with_promotion(sale(account, catalogue.plan), account, "HOLA10") for _ in range(2)]
    confirm_purchase(actor=actor, account=account, quote=quotes[0], token=uuid4(), coupon_code="HOLA10")
    with pytest.raises(BusinessError, match="ya usó ese cupón"):
        confirm_purchase(actor=actor, account=account, quote=quotes[1], token=uuid4(), coupon_code="HOLA10")
    assert (Order.objects.count(), Coupon.objects.get().used_count) == (1, 1)


def test_what_renewals_cost_is_told_from_when_the_discount_ends(purchase, coupon):
    assert "Desde la próxima renovación se facturan" in purchase.confirmation(**CODE).content.decode()
    Coupon.objects.update(periods=3)
    assert "Cuando termine el descuento se facturan" in purchase.confirmation(**CODE).content.decode()


def test_a_coupon_used_up_between_summary_and_confirmar_is_told_and_confirmed_again(purchase, coupon):
    page = purchase.confirmation(**CODE)
    Coupon.objects.update(max_uses=1, used_count=1)
    text = purchase.confirm(page, **CODE).content.decode()
    assert "El descuento «Hola: 10 %» ya no se aplica" in text
    assert "No se cobró nada" in text
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_who_want_the_last_use_one_gets_it(coupon, catalogue, actor):
    Coupon.objects.update(max_uses=1)
    buyers = [AccountFactory() for _ in range(4)]
    quotes = [(buyer, with_promotion(sale(buyer, catalogue.plan), buyer, "HOLA10")) for buyer in buyers]
    start, refused = threading.Barrier(4), []

    def run(buyer: Account, quote) -> None:
        start.wait(10)
        try:
            confirm_purchase(actor=actor, account=buyer, quote=quote, token=uuid4(), coupon_code="HOLA10")
        except BusinessError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in quotes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert refused == ["coupon_exhausted"] * 3
    assert (Order.objects.count(), Coupon.objects.get().used_count) == (1, 1)


def test_a_cancelled_order_gives_its_use_back(coupon, catalogue, actor, account):
    order = buy(actor, account, catalogue)
    cancel_order(actor=actor, order=order)
    assert Coupon.objects.get().used_count == 0
    assert buy(actor, account, catalogue).coupon == coupon


def test_a_coupon_for_several_periods_goes_on_with_the_subscription(coupon, catalogue, actor, account):
    Coupon.objects.update(periods=3)
    order = buy(actor, account, catalogue)
    kept = SubscriptionDiscount.objects.get()
    assert (kept.subscription, kept.percent, kept.periods_left) == (service_of(order), Decimal("10.00"), 2)


def test_what_the_first_period_did_not_cost_is_not_given_back_later(coupon, catalogue, actor, account, run_job):
    order = buy(actor, account, catalogue)
    assert service_of(run_job(order)).period_discount == Decimal("0.1")


def test_an_amount_off_a_small_plan_is_no_percentage_of_a_large_one(coupon, catalogue, actor, account, run_job):
    Coupon.objects.update(percent=None, amount=Decimal(500))
    subscription = service_of(run_job(buy(actor, account, catalogue)))
    larger = PlanFactory(product=subscription.product, code="mayor", price=Decimal(5000))
    quote = quote_change(subscription=subscription, plan=larger, units={}, terms=terms_in_force("servicios"))
    assert (subscription.price, quote.net) == (Decimal(199), Decimal(5000 - 199))


def test_a_promotion_applies_by_itself_and_the_best_one_does(purchase, catalogue):
    Coupon.objects.create(name="Otoño", percent=Decimal("5.00"))
    Coupon.objects.create(name="Fin de año", amount=Decimal("100.00"))
    Coupon.objects.create(name="Solo anual", percent=Decimal("90.00"), billing_period="yearly")
    page = purchase.confirmation()
    assert page.context["quote"].coupon.name == "Fin de año"
    purchase.confirm(page)
    assert (Order.objects.get().coupon_code, Order.objects.get().subtotal) == ("", Decimal("149.00"))


def test_a_whole_discount_charges_nothing_and_issues_no_invoice(purchase, coupon, catalogue, run_job):
    Coupon.objects.update(percent=100)
    catalogue.plan.prices.update(setup_fee=0)
    page = purchase.confirmation(**CODE)
    assert "Hoy no se paga nada" in page.content.decode()
    purchase.confirm(page, **CODE)
    assert Order.objects.get().invoice is None
    assert run_job(Order.objects.get()).state == Order.State.COMPLETED


@pytest.mark.parametrize("typed", ["", " ", "%s%s", "x" * 41, "'; DROP", "\x00"])
def test_any_code_is_answered(typed, purchase, coupon):
    assert purchase.confirmation(cupon=typed).status_code == 200


def test_a_trial_costs_nothing_once_for_each_account(purchase, catalogue, run_job):
    catalogue.plan.trial_days = 30
    catalogue.plan.save()
    catalogue.plan.prices.update(setup_fee=0)
    page = purchase.confirmation()
    assert "30 días de prueba sin costo" in page.content.decode()
    purchase.confirm(page)
    service = service_of(run_job(Order.objects.get()))
    assert Order.objects.get().invoice is None
    assert (service.is_trial, service.period_end - service.period_start) == (True, timedelta(days=30))
    purchase.token = uuid4()
    page = purchase.confirmation()
    assert page.context["quote"].trial_days == 0
    for each in (page, purchase.client.get(purchase.address())):
        assert "Su cuenta ya tuvo este servicio" in each.content.decode()
        assert "30 días de prueba sin costo" not in each.content.decode()


def test_a_trial_that_never_worked_was_none(catalogue, actor, account):
    catalogue.plan.trial_days = 30
    order = confirm_purchase(
        actor=actor, account=account, quote=sale(account, catalogue.plan, trial_days=30), token=uuid4()
    )
    assert trial_days_for(account, catalogue.plan) == 0
    cancel_order(actor=actor, order=order)
    assert trial_days_for(account, catalogue.plan) == 30


def test_a_second_trial_at_the_same_moment_is_refused(catalogue, actor, account):
    quotes = [sale(account, catalogue.plan, trial_days=30) for _ in range(2)]
    confirm_purchase(actor=actor, account=account, quote=quotes[0], token=uuid4())
    with pytest.raises(BusinessError, match="ya tuvo este servicio"):
        confirm_purchase(actor=actor, account=account, quote=quotes[1], token=uuid4())

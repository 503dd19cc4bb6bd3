"""Which price a customer gets on which day; and that nothing ordered ever changes its price."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace.models import AddOn, BillingPeriod, Order, Plan, Price, PriceList
from marketplace.services.price_book import PriceTag, price_book
from tests.factories import PriceFactory, PriceListFactory
from tests.marketplace.conftest import service_of
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db
MONTHLY, YEARLY = BillingPeriod.MONTHLY, BillingPeriod.YEARLY
TODAY = date(2026, 11, 22)


def own_list(account, **more) -> PriceList:
    return PriceListFactory(code="convenio", name="Convenio", account=account, **more)


def test_the_accounts_own_price_goes_before_the_general_one(account, catalogue):
    PriceFactory(price_list=own_list(account), plan=catalogue.plan, amount=Decimal("150.00"))
    book = price_book(account, plans=[catalogue.plan], add_ons=[catalogue.mailboxes])
    assert book.of(catalogue.plan, MONTHLY) == PriceTag(Decimal("150.00"))
    assert book.of(catalogue.mailboxes, MONTHLY) == PriceTag(Decimal("75.00"))


def test_nobody_else_gets_it(account, catalogue, stranger):
    PriceFactory(price_list=own_list(account), plan=catalogue.plan, amount=Decimal("150.00"))
    other = stranger.memberships.get().account
    assert price_book(other, plans=[catalogue.plan]).of(catalogue.plan, MONTHLY).amount == Decimal("199.00")


@pytest.mark.parametrize(
    ("begins", "ends", "amount"),
    [
        (TODAY, TODAY, "150.00"),
        (TODAY - timedelta(days=9), None, "150.00"),
        (TODAY + timedelta(days=1), None, "199.00"),
        (TODAY - timedelta(days=9), TODAY - timedelta(days=1), "199.00"),
    ],
)
def test_a_list_counts_on_its_days_both_included(begins, ends, amount, account, catalogue):
    prices = own_list(account, valid_from=begins, valid_until=ends)
    PriceFactory(price_list=prices, plan=catalogue.plan, amount=Decimal("150.00"))
    found = price_book(account, plans=[catalogue.plan], on=TODAY).of(catalogue.plan, MONTHLY)
    assert found.amount == Decimal(amount)


def test_two_lists_for_the_same_days_are_refused_by_the_database(account, catalogue):
    own_list(account, valid_until=TODAY)
    later = PriceList(code="otra", name="Otra", account=account, valid_from=TODAY)
    with pytest.raises(ValidationError, match="Ya hay otra lista de la misma cuenta y moneda"):
        later.full_clean()
    with pytest.raises(IntegrityError, match="price_list_no_overlap"), transaction.atomic():
        later.save()
    PriceList.objects.create(code="sigue", name="Sigue", account=account, valid_from=TODAY + timedelta(days=1))
    PriceList.objects.create(code="dolares", name="Dólares", account=account, currency="USD", valid_from=TODAY)


def test_two_general_lists_for_the_same_days_are_refused(catalogue):
    with pytest.raises(IntegrityError, match="price_list_no_overlap"), transaction.atomic():
        PriceList.objects.create(code="otra", name="Otra", valid_from=TODAY)


def test_a_list_of_another_currency_is_not_read(account, catalogue):
    dollars = PriceListFactory(code="usd", name="Dólares", currency="USD", account=account)
    PriceFactory(price_list=dollars, plan=catalogue.plan, amount=Decimal("9.00"))
    assert price_book(account, plans=[catalogue.plan]).of(catalogue.plan, MONTHLY).amount == Decimal("199.00")


def test_by_the_year_only_what_has_a_yearly_price(account, catalogue):
    book = price_book(account, plans=[catalogue.plan], add_ons=[catalogue.storage])
    assert book.of(catalogue.plan, YEARLY) is None
    assert book.of(catalogue.storage, YEARLY).amount == 12 * Decimal("145.00")


def test_one_statement_for_all_prices(account, catalogue):
    book = lambda: price_book(account, plans=Plan.objects.all(), add_ons=AddOn.objects.all())  # noqa: E731
    assert len([text for text in own_statements(book) if "marketplace_price" in text]) == 1


def test_a_plan_without_a_price_is_not_offered(purchase):
    Price.objects.filter(plan__isnull=False).delete()
    assert purchase.client.get(purchase.address()).status_code == 404


def test_what_was_ordered_keeps_its_price(purchase, run_job):
    purchase.confirm(**{"recurso-buzones-extra": 2})
    Price.objects.update(amount=Decimal("999.00"), setup_fee=Decimal("9.00"))
    order = run_job(Order.objects.get())
    assert (order.total, order.invoice.total) == (Decimal("462.84"), Decimal("462.84"))
    assert [item.unit_price for item in service_of(order).items.all()] == [Decimal("199.00"), Decimal("75.00")]
    assert service_of(order).price == Decimal("349.00")


def test_a_yearly_purchase_pays_a_year_and_renews_in_a_year(purchase, catalogue, run_job):
    PriceFactory(plan=catalogue.plan, period=YEARLY, amount=Decimal("1990.00"))
    page = purchase.confirmation(periodo="yearly")
    assert "Cada año, con IVA" in page.content.decode()
    purchase.confirm(page, periodo="yearly")
    service = service_of(run_job(Order.objects.get()))
    assert Order.objects.get().subtotal == Decimal("1990.00")
    assert service.period_end.year == service.period_start.year + 1


def test_a_period_that_the_plan_is_not_sold_by_is_refused_in_words(purchase, catalogue):
    PriceFactory(plan=catalogue.plan, period=YEARLY, amount=Decimal("1990.00"))
    Price.objects.filter(plan=catalogue.plan, period="monthly").delete()
    other = Plan.objects.create(product=catalogue.product, code="mensual", name="Mensual")
    PriceFactory(plan=other)
    answer = purchase.client.get(purchase.address(plan="mensual", periodo="yearly", siguiente=1))
    assert "no se vende con pago anual" in answer.content.decode()


def test_add_ons_have_a_least_and_free_units(purchase, catalogue):
    AddOn.objects.filter(code="buzones-extra").update(min_units=3, included_units=1)
    answer = purchase.client.get(
        purchase.address("recursos/", plan="basico", finalizar=1, **{"recurso-buzones-extra": 2})
    )
    assert "Escriba al menos 3 unidades, o 0." in answer.content.decode()
    purchase.confirm(**{"recurso-buzones-extra": 3})
    order = Order.objects.get()
    assert order.subtotal == Decimal("199.00") + Decimal("50.00") + 2 * Decimal("75.00")
    assert service_of(order).resources.get(resource="mailboxes").included == 10 + 3 * 5


def test_today_is_the_panels_day(account, catalogue):
    prices = own_list(account, valid_from=timezone.localdate(), valid_until=timezone.localdate())
    PriceFactory(price_list=prices, plan=catalogue.plan, amount=Decimal("1.00"))
    assert price_book(account, plans=[catalogue.plan]).of(catalogue.plan, MONTHLY).amount == Decimal("1.00")

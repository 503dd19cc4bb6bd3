"""Another plan, more or fewer resources: prorated to the cent, one order, one invoice or credit note."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from billing.models import CreditNote, Invoice
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError
from marketplace.models import BillingPeriod, Order, OrderLine, Price, SubscriptionItem
from marketplace.services.changing import confirm_change
from marketplace.services.orders import cancel_order
from marketplace.services.resources import reserve
from tests.conftest import drain_jobs
from tests.marketplace.conftest import owned_units

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(life, catalogue):
    """On the first of November, paid."""
    subscription = life.buy(catalogue.plan)
    life.pay_all()
    return subscription


def test_the_first_period_begins_when_the_service_works(life, bought):
    assert (bought.period_start, bought.period_end, bought.billed_until) == (
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2026, 12, 1),
    )
    assert life.balance == 0


def test_a_bigger_plan_costs_the_difference_for_the_rest_of_the_period(life, bought, bigger):
    life.forward(days=15)  # the sixteenth: half of the month is left
    order = life.change(bought, bigger)
    assert (order.state, order.subtotal, order.total) == (Order.State.COMPLETED, Decimal("100.00"), Decimal("116.00"))
    assert order.invoice.total == Decimal("116.00")
    assert {line.kind: line.amount for line in order.lines.all()} == {
        OrderLine.Kind.CREDIT: Decimal("-99.50"),
        OrderLine.Kind.CHARGE: Decimal("199.50"),
    }
    now = life.fresh(bought)
    assert (now.plan, now.price, now.name) == (bigger, Decimal("399.00"), str(bigger))
    assert dict(now.resources.values_list("resource", "included")) == {"mailboxes": 25, "storage_gb": 100}


def test_a_smaller_plan_gives_the_rest_back_as_money_in_favour(life, catalogue, bigger):
    big = life.buy(bigger)
    life.pay_all()
    life.forward(days=15)
    order = life.change(big, catalogue.plan)
    assert (order.total, order.invoice) == (Decimal("-116.00"), None)
    assert CreditNote.objects.get().total == Decimal("116.00")
    assert life.balance == Decimal("-116.00")


def test_a_change_and_its_reverse_on_the_same_day_cancel_out(life, bought, bigger, catalogue):
    life.forward(days=7)
    life.change(bought, bigger, units={catalogue.mailboxes: 3})
    life.change(bought, catalogue.plan, units={catalogue.mailboxes: 0})
    assert life.balance == 0
    assert life.ledger_sum() == 0
    now = life.fresh(bought)
    assert (now.price, owned_units(now)) == (Decimal("199.00"), {})


def test_what_is_already_used_keeps_the_smaller_plan_away(life, catalogue, bigger):
    big = life.buy(bigger)
    reserve(big, "mailboxes", 12)
    with pytest.raises(BusinessError) as error:
        life.quote(big, catalogue.plan)
    assert "Usa 12 buzones y quedarían 10 buzones. Libere 2 buzones" in error.value.user_message


def test_who_takes_the_last_room_between_summary_and_confirm_stops_the_change(life, catalogue, bigger):
    big = life.buy(bigger)
    quote = life.quote(big, catalogue.plan)
    reserve(big, "mailboxes", 12)
    with pytest.raises(BusinessError) as error:
        confirm_change(actor=life.actor, quote=quote, token=uuid4())
    assert error.value.code == "in_use"
    assert Order.objects.filter(kind=Order.Kind.CHANGE).count() == 0


def test_nothing_can_be_taken_of_what_is_on_its_way_out(life, catalogue, bigger):
    big = life.buy(bigger)
    confirm_change(actor=life.actor, quote=life.quote(big, catalogue.plan), token=uuid4())
    with pytest.raises(BusinessError):
        reserve(big, "mailboxes", 11)


def test_a_cancelled_change_leaves_all_as_it_was(life, bought, bigger, lifecycle):
    lifecycle.failure = PermanentError("No.")
    order = life.change(bought, bigger)
    assert order.state == Order.State.NEEDS_ATTENTION
    lifecycle.failure = None
    cancel_order(actor=life.actor, order=order)
    drain_jobs()
    now = life.fresh(bought)
    assert (now.plan.code, now.price) == ("basico", Decimal("199.00"))
    assert dict(now.resources.values_list("resource", "included")) == {"mailboxes": 10, "storage_gb": 50}
    assert life.balance == 0


def test_new_units_cost_what_they_cost_now_and_old_ones_what_they_cost_then(life, catalogue):
    subscription = life.buy(catalogue.plan, {catalogue.mailboxes: 2})
    Price.objects.filter(add_on=catalogue.mailboxes).update(amount=Decimal("90.00"))
    life.change(subscription, units={catalogue.mailboxes: 5})
    items = SubscriptionItem.objects.filter(subscription=subscription, add_on__isnull=False)
    assert list(items.values_list("units", "unit_price")) == [(2, Decimal("75.00")), (3, Decimal("90.00"))]
    life.change(subscription, units={catalogue.mailboxes: 1})
    assert life.fresh(subscription).price == Decimal("199.00") + Decimal("75.00")


def test_a_year_is_prorated_by_its_own_days(life, catalogue, bigger):
    for plan, amount in ((catalogue.plan, "1990.00"), (bigger, "3990.00")):
        Price.objects.create(
            price_list=Price.objects.first().price_list, plan=plan, period=BillingPeriod.YEARLY, amount=amount
        )
    yearly = life.buy(catalogue.plan, period=BillingPeriod.YEARLY)
    assert (yearly.period_end - yearly.period_start).days == 365
    life.forward(days=73)  # a fifth of the year
    assert life.change(yearly, bigger).subtotal == Decimal("1600.00")


def test_the_same_token_twice_is_one_order(life, bought, bigger):
    quote, token = life.quote(bought, bigger), uuid4()
    first = confirm_change(actor=life.actor, quote=quote, token=token)
    assert confirm_change(actor=life.actor, quote=quote, token=token) == first
    assert Invoice.objects.filter(source=f"order:{first.public_id}").count() == 1


def test_a_second_change_waits_for_the_first(life, bought, bigger, catalogue):
    confirm_change(actor=life.actor, quote=life.quote(bought, bigger), token=uuid4())
    with pytest.raises(BusinessError) as error:
        confirm_change(actor=life.actor, quote=life.quote(bought, units={catalogue.mailboxes: 1}), token=uuid4())
    assert error.value.code == "change_open"


def test_a_quote_of_yesterday_is_refused_once_the_subscription_is_another(life, bought, bigger, catalogue):
    old = life.quote(bought, bigger)
    life.change(bought, units={catalogue.mailboxes: 1})
    with pytest.raises(BusinessError) as error:
        confirm_change(actor=life.actor, quote=old, token=uuid4())
    assert error.value.code == "stale"


def test_what_must_be_paid_first_waits_for_its_payment(life, catalogue, bigger):
    catalogue.product.is_charged_when_ready = False
    catalogue.product.save()
    subscription = life.buy(catalogue.plan)
    life.pay_all()
    order = life.change(subscription := life.fresh(subscription), bigger)
    assert order.state == Order.State.PENDING_PAYMENT
    assert life.fresh(subscription).plan == catalogue.plan
    life.pay_all()
    assert Order.objects.get(pk=order.pk).state == Order.State.COMPLETED
    assert life.fresh(subscription).plan == bigger


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_change(life, bought, bigger):
    quote, token, orders = life.quote(bought, bigger), uuid4(), []

    def click() -> None:
        orders.append(confirm_change(actor=life.actor, quote=quote, token=token).pk)
        connection.close()

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(orders)) == 1
    assert Invoice.objects.filter(source__startswith="order:", total=Decimal("232.00")).count() == 1

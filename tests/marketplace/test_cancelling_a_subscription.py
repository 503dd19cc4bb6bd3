"""The end by the customer's wish: now or later, with what it gives back, and the way back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import CreditNote, Invoice
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import Order, Subscription
from marketplace.services.cancellations import cancel_now, quote_cancellation, reactivate_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def bought(life, catalogue):
    subscription = life.buy(catalogue.plan)
    life.pay_all()
    life.forward(days=15)
    return life.fresh(subscription)


def test_now_gives_the_unused_days_back_and_stops_the_service(life, bought, lifecycle):
    order = life.cancel(bought, now=True)
    assert (order.kind, order.state, order.total) == (
        Order.Kind.CANCELLATION,
        Order.State.COMPLETED,
        Decimal("-115.42"),
    )
    assert life.balance == Decimal("-115.42")
    now = life.fresh(bought)
    assert (now.state, now.suspended_for, now.terminates_on) == ("suspended", "cancelled", date(2026, 12, 16))
    assert lifecycle.calls[-1] == ("suspend", None)


def test_at_the_end_of_the_period_it_works_until_then_and_costs_nothing_more(life, bought):
    order = life.cancel(bought, now=False)
    assert (order.kind, order.total) == (Order.Kind.CANCELLATION, Decimal("0.00"))
    assert life.fresh(bought).state == "active"
    life.days(15)
    assert life.fresh(bought).state == "suspended"
    assert life.balance == 0


def test_now_of_what_is_not_paid_yet_takes_it_off_the_bill(life, catalogue):
    subscription = life.buy(catalogue.plan)
    life.forward(days=15)
    life.cancel(subscription, now=True)
    (invoice,) = life.open_invoices()
    assert invoice.rest == invoice.total - Decimal("115.42")


def test_now_also_takes_back_the_next_period(life, bought):
    life.days(7)
    assert len(life.open_invoices()) == 1
    life.cancel(bought, now=True)
    assert life.open_invoices() == []
    assert life.balance == -(Decimal("53.07") * Decimal("1.16")).quantize(Decimal("0.01"))  # eight of thirty days


def test_within_the_grace_it_comes_back_with_a_new_period_from_today(life, bought, lifecycle):
    life.cancel(bought, now=True)
    life.days(5)
    invoice = reactivate_subscription(actor=life.actor, subscription=life.fresh(bought))
    now = life.fresh(bought)
    assert (now.state, now.period_start, now.period_end) == ("active", date(2026, 11, 21), date(2026, 12, 21))
    assert invoice is not None
    assert invoice.total == Decimal("230.84")
    assert Invoice.objects.get(pk=invoice.pk).rest == Decimal("230.84") - Decimal("115.42")
    life.runs()
    assert lifecycle.calls[-1] == ("resume", None)


def test_reactivating_twice_charges_once(life, bought):
    life.cancel(bought, now=True)
    reactivate_subscription(actor=life.actor, subscription=life.fresh(bought))
    assert reactivate_subscription(actor=life.actor, subscription=life.fresh(bought)) is None
    assert Order.objects.filter(kind=Order.Kind.RENEWAL).count() == 1


def test_cancelled_and_back_and_cancelled_on_one_day_never_loses_a_cent(life, bought):
    for _ in range(3):
        life.cancel(bought, now=True)
        reactivate_subscription(actor=life.actor, subscription=life.fresh(bought))
    life.cancel(bought, now=True)
    assert life.balance == Decimal("-115.42")
    assert life.ledger_sum() == 0


def test_after_the_grace_it_is_gone(life, bought):
    life.cancel(bought, now=True)
    life.days(30)
    assert life.fresh(bought).state == Subscription.State.TERMINATED
    with pytest.raises(BusinessError):
        reactivate_subscription(actor=life.actor, subscription=life.fresh(bought))


def test_the_same_token_twice_cancels_once(life, bought):
    token, shown = uuid4(), quote_cancellation(bought).today.total
    for _ in range(2):
        cancel_now(actor=life.actor, subscription=bought, token=token, shown=shown)
    assert CreditNote.objects.count() == 1


def test_another_amount_than_was_shown_is_refused(life, bought):
    shown = quote_cancellation(bought).today.total
    life.forward(days=1)
    with pytest.raises(BusinessError) as error:
        cancel_now(actor=life.actor, subscription=bought, token=uuid4(), shown=shown)
    assert error.value.code == "stale"


def test_nothing_is_given_back_of_a_trial(life, catalogue):
    catalogue.plan.trial_days = 14
    catalogue.plan.save()
    trial = life.buy(catalogue.plan)
    assert quote_cancellation(trial).today.total == 0

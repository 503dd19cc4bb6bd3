"""Whatever a customer does, in any order and again, with time moving on and runs that come twice or late: the books
balance, nobody is charged twice for one thing, and every invoice has its number."""

from __future__ import annotations

import contextlib
import itertools
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.db.models import Count
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.actors import Actor
from accounts.models import Role
from billing.models import CreditNote, Invoice, LedgerTransaction, Payment
from billing.services.refunding import refund_payment
from billing.services.verification import verify_ledger
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import BillingPeriod, Coupon, OrderLine, Subscription, SubscriptionResource
from marketplace.services.billing_cycle import change_cycle
from marketplace.services.cancellations import reactivate_subscription, set_auto_renew
from marketplace.services.changing import confirm_change
from marketplace.services.orders import cancel_order
from marketplace.services.resources import release, reserve
from tests.conftest import drain_jobs, member
from tests.examples import examples
from tests.factories import AccountFactory, AddOnFactory, PlanFactory, PriceFactory, ProductFactory, TermsFactory
from tests.marketplace.life import FIRST_OF_NOVEMBER, Life

pytestmark = pytest.mark.django_db
MOST_SERVICES = 3


class CustomersLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.stack.enter_context(transaction.atomic())
        self.clock = self.stack.enter_context(time_machine.travel(FIRST_OF_NOVEMBER, tick=False))
        account = AccountFactory()
        person = member(account, Role.ACCOUNT_ADMIN, "Ana", f"{uuid4().hex}@empresa.example")
        TermsFactory()
        product = ProductFactory(family__slug="correo")
        self.plans = [
            PlanFactory(product=product),
            PlanFactory(
                product=product, code="mayor", name="Mayor", price=Decimal("333.33"), resources={"mailboxes": 25}
            ),
        ]
        PriceFactory(plan=self.plans[0], period=BillingPeriod.YEARLY, amount=Decimal("1999.99"))
        self.extra = AddOnFactory(product=product, max_units=20, price=Decimal("7.77"))
        self.life = Life(account, Actor(person), self.clock)
        self.last_quote = None

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.stack.close()

    @initialize(
        off=st.sampled_from(
            [{}, {"percent": Decimal("12.50")}, {"amount": Decimal("123.45")}, {"amount": Decimal(900)}]
        )
    )
    def begins_with_one(self, off: dict[str, Decimal]) -> None:
        """Under a promotion of three periods, or at list prices."""
        if off:
            Coupon.objects.create(name="Otoño", periods=3, **off)
        self.life.buy(self.plans[0])

    def one(self, data: st.DataObject) -> Subscription:
        return data.draw(st.sampled_from(list(Subscription.objects.filter(account=self.life.account).order_by("pk"))))

    @precondition(lambda self: Subscription.objects.filter(account=self.life.account).count() < MOST_SERVICES)
    @rule(plan=st.integers(0, 1), units=st.integers(0, 3))
    def buys(self, plan: int, units: int) -> None:
        self.life.buy(self.plans[plan], {self.extra: units} if units else {})

    @rule(data=st.data(), plan=st.integers(0, 1), units=st.integers(0, 4))
    def changes(self, data: st.DataObject, plan: int, units: int) -> None:
        subscription = self.one(data)
        with contextlib.suppress(BusinessError):
            quote, token = self.life.quote(subscription, self.plans[plan], units={self.extra: units}), uuid4()
            if quote.is_nothing:
                return
            order = confirm_change(actor=self.life.actor, quote=quote, token=token)
            assert confirm_change(actor=self.life.actor, quote=quote, token=token) == order
            if data.draw(st.booleans()):
                cancel_order(actor=self.life.actor, order=order)
        drain_jobs()

    @rule(data=st.data())
    def pays_by_the_year_or_by_the_month(self, data: st.DataObject) -> None:
        with contextlib.suppress(BusinessError):
            quote, token = self.life.quote_cycle(self.one(data)), uuid4()
            order = change_cycle(actor=self.life.actor, quote=quote, token=token)
            assert change_cycle(actor=self.life.actor, quote=quote, token=token) == order
        drain_jobs()

    @rule(data=st.data(), now=st.booleans())
    def cancels(self, data: st.DataObject, now: bool) -> None:
        with contextlib.suppress(BusinessError):
            self.life.cancel(self.one(data), now=now)

    @rule(data=st.data())
    def reactivates(self, data: st.DataObject) -> None:
        subscription = self.one(data)
        with contextlib.suppress(BusinessError):
            for _ in range(2):
                reactivate_subscription(actor=self.life.actor, subscription=self.life.fresh(subscription))
        drain_jobs()

    @rule(data=st.data(), wish=st.booleans())
    def switches_renewal(self, data: st.DataObject, wish: bool) -> None:
        with contextlib.suppress(BusinessError):
            set_auto_renew(actor=self.life.actor, subscription=self.life.fresh(self.one(data)), auto_renew=wish)

    @rule(data=st.data(), count=st.integers(1, 12))
    def uses(self, data: st.DataObject, count: int) -> None:
        with contextlib.suppress(BusinessError):
            reserve(self.one(data), "mailboxes", count)

    @rule(data=st.data())
    def frees(self, data: st.DataObject) -> None:
        row = SubscriptionResource.objects.filter(subscription=self.one(data), resource="mailboxes").first()
        if row is not None and row.used:
            release(row.subscription, "mailboxes", row.used)

    @rule()
    def pays_everything(self) -> None:
        self.life.pay_all()

    @rule(amount=st.decimals(Decimal("0.01"), Decimal("999.99"), places=2))
    def pays_something(self, amount: Decimal) -> None:
        self.life.pay(amount)

    @rule()
    def wants_money_back(self) -> None:
        payment = Payment.objects.with_credit().filter(account=self.life.account).order_by("pk").last()
        if payment is not None:
            with contextlib.suppress(BusinessError):
                refund_payment(
                    actor=self.life.actor, payment=payment, amount=payment.credit, idempotency_key=str(uuid4())
                )

    @rule(days=st.sampled_from([1, 3, 8, 15, 30, 100]), times=st.integers(1, 3))
    def time_passes(self, days: int, times: int) -> None:
        self.clock.shift(timedelta(days=days))
        for _ in range(times):
            self.life.runs()

    @invariant()
    def the_books_balance(self) -> None:
        assert self.life.ledger_sum() == 0
        sums = LedgerTransaction.objects.annotate(rows=Count("entries")).filter(rows__lt=2)
        assert not sums.exists()
        assert list(verify_ledger()) == []

    @invariant()
    def nobody_is_charged_twice_for_a_day(self) -> None:
        """Of each subscription: what is charged for a day and not credited never exceeds one period's price of it."""
        for source in Invoice.objects.values_list("source", flat=True):
            assert Invoice.objects.filter(source=source).count() == 1
        periods = (
            OrderLine.objects.filter(order__kind="renewal", plan__isnull=False, order__invoice__isnull=False)
            .exclude(order__invoice__state="cancelled")
            .exclude(order__invoice__credited__gt=0)
        )
        for subscription in Subscription.objects.all():
            mine = sorted(periods.filter(item__subscription=subscription).values_list("period_start", "period_end"))
            assert all(first[1] <= second[0] for first, second in itertools.pairwise(mine)), mine

    @invariant()
    def numbers_have_no_gaps(self) -> None:
        for model in (Invoice, CreditNote):
            numbers = sorted(model.objects.values_list("number", flat=True))
            assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def a_subscription_costs_the_sum_of_its_items(self) -> None:
        for subscription in Subscription.objects.exclude(activated_at=None).prefetch_related("items"):
            assert subscription.price == sum((item.amount for item in subscription.items.all()), Decimal(0))


def test_any_life_keeps_the_books(db, catalogue) -> None:
    run_state_machine_as_test(
        CustomersLife,
        settings=settings(
            max_examples=examples(4), stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

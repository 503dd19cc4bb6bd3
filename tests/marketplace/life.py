"""A customer's service through the months, as the panel and its customer live it: the periodic runs, jobs, payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.db.models import Sum

from accounts.actors import Actor
from accounts.models import Account
from billing.models import Invoice, LedgerEntry, Payment
from billing.services.ledger import balance_of
from billing.services.paying import book_payment
from marketplace.models import AddOn, BillingPeriod, Order, Plan, Subscription
from marketplace.services.billing_cycle import CycleQuote, change_cycle, quote_cycle
from marketplace.services.cancellations import cancel_at_period_end, cancel_now, quote_cancellation
from marketplace.services.catalogue import terms_in_force
from marketplace.services.changes import ChangeQuote, quote_change
from marketplace.services.changing import confirm_change
from marketplace.services.dunning import ask_for_overdue
from marketplace.services.price_book import price_book
from marketplace.services.pricing import quote_sale
from marketplace.services.promotions import with_promotion
from marketplace.services.purchases import confirm_purchase
from marketplace.services.renewal_run import invoice_due_periods, roll_periods
from marketplace.services.suspension import align
from tests.conftest import drain_jobs

FIRST_OF_NOVEMBER = datetime(2026, 11, 1, 18, 0, tzinfo=UTC)  # noon in Mexico City


@dataclass
class Life:
    account: Account
    actor: Actor
    clock: object  # of time_machine

    def forward(self, **how: int) -> None:
        """Time passes; the panel was off meanwhile."""
        self.clock.shift(timedelta(**how))  # type: ignore[attr-defined]

    def runs(self) -> None:
        """All that the panel does by itself, once."""
        for run in (invoice_due_periods, roll_periods, ask_for_overdue, align):
            run()
        drain_jobs()

    def days(self, count: int) -> None:
        """As many days, with the panel at work on each."""
        for _ in range(count):
            self.forward(days=1)
            self.runs()

    def buy(
        self, plan: Plan, units: Mapping[AddOn, int] | None = None, period: BillingPeriod = BillingPeriod.MONTHLY
    ) -> Subscription:
        units = units or {}
        quote = quote_sale(
            plan=plan,
            units=units,
            terms=terms_in_force(plan.product.terms_slug),
            book=price_book(self.account, plans=[plan], add_ons=list(units)),
            period=period,
            trial_days=plan.trial_days,
        )
        quote = with_promotion(quote, self.account)
        order = confirm_purchase(actor=self.actor, account=self.account, quote=quote, token=uuid4())
        drain_jobs()
        return self.fresh(order.subscriptions.get())

    def fresh(self, subscription: Subscription) -> Subscription:
        return Subscription.objects.select_related("account", "product", "plan").get(pk=subscription.pk)

    def quote(self, subscription: Subscription, plan: Plan | None = None, **units: object) -> ChangeQuote:
        found = self.fresh(subscription)
        wanted = dict(units.get("units", {}))  # type: ignore[call-overload]
        terms = terms_in_force(found.product.terms_slug)
        return quote_change(subscription=found, plan=plan or found.plan, units=wanted, terms=terms)

    def change(self, subscription: Subscription, plan: Plan | None = None, **units: object) -> Order:
        order = confirm_change(actor=self.actor, quote=self.quote(subscription, plan, **units), token=uuid4())
        drain_jobs()
        return Order.objects.get(pk=order.pk)

    def cancel(self, subscription: Subscription, *, now: bool) -> Order:
        found = self.fresh(subscription)
        if now:
            shown = quote_cancellation(found).today.total
            order = cancel_now(actor=self.actor, subscription=found, token=uuid4(), shown=shown)
        else:
            order = cancel_at_period_end(actor=self.actor, subscription=found, token=uuid4())
        drain_jobs()
        return order

    def quote_cycle(self, subscription: Subscription) -> CycleQuote:
        found = self.fresh(subscription)
        return quote_cycle(subscription=found, terms=terms_in_force(found.product.terms_slug))

    def change_cycle(self, subscription: Subscription) -> Order:
        """From monthly to yearly or back."""
        return change_cycle(actor=self.actor, quote=self.quote_cycle(subscription), token=uuid4())

    def pay(self, amount: Decimal | str) -> Payment:
        """A transfer that arrives: it pays what is due, oldest first."""
        payment = book_payment(
            actor=self.actor,
            account=self.account,
            amount=Decimal(amount),
            method=Payment.Method.TRANSFER,
            idempotency_key=str(uuid4()),
        )
        drain_jobs()
        return payment

    def pay_all(self) -> None:
        owed = sum((invoice.rest for invoice in self.open_invoices()), Decimal(0))
        if owed:
            self.pay(owed)

    def open_invoices(self) -> list[Invoice]:
        return list(Invoice.objects.filter(account=self.account, state=Invoice.State.OPEN).order_by("pk"))

    def invoices(self) -> list[Invoice]:
        return list(Invoice.objects.filter(account=self.account).order_by("pk"))

    @property
    def balance(self) -> Decimal:
        """What the customer owes; negative: in their favour."""
        return balance_of(self.account)

    @staticmethod
    def ledger_sum() -> Decimal:
        return LedgerEntry.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)

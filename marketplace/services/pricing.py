"""What a purchase costs: worked out once, shown, and worked out again at *Confirmar* to see that nothing changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from billing.services.lines import LineData
from billing.tax import Total, with_tax
from cloudpanel.core.money import ZERO, cents
from marketplace.models import AddOn, BillingPeriod, Coupon, Order, Package, Plan, Product, Subscription, TermsVersion
from marketplace.services.price_book import PriceBook, PriceTag
from marketplace.services.splitting import split


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A plan or some units of an add-on. Amounts before tax; ``*_off`` is what a package or a coupon takes from them."""

    item: Plan | AddOn
    description: str
    price: PriceTag
    units: int = 1
    included_units: int = 0
    is_trial: bool = False
    package_off: Decimal = ZERO  # of every period
    setup_off: Decimal = ZERO
    coupon_off: Decimal = ZERO  # of the first period
    periods: int = 1  # paid at once

    @property
    def is_plan(self) -> bool:
        return isinstance(self.item, Plan)

    @property
    def code(self) -> str:
        return f"{'plan' if self.is_plan else 'add_on'}:{self.item.code}"

    @property
    def charged_units(self) -> int:
        return max(self.units - self.included_units, 0)

    @property
    def recurring(self) -> Decimal:
        """What it costs every period, by the list."""
        return self.charged_units * self.price.amount

    @property
    def setup(self) -> Decimal:
        return self.charged_units * self.price.setup_fee

    @property
    def first_period(self) -> Decimal:
        return ZERO if self.is_trial else self.periods * self.recurring

    @property
    def period_off(self) -> Decimal:
        """What is taken off the first period."""
        return ZERO if self.is_trial else self.package_off + self.coupon_off

    @property
    def discount(self) -> Decimal:
        """What is taken off today."""
        return self.period_off + self.setup_off

    @property
    def amount(self) -> Decimal:
        """What this line adds to today's subtotal."""
        return self.first_period + self.setup - self.discount

    @property
    def grants(self) -> Mapping[str, int]:
        """Resource code → amount that the line brings."""
        if isinstance(self.item, Plan):
            return dict(self.item.resources)
        return {self.item.resource: self.item.quantity * self.units}

    def billed(self, product: Product, period: BillingPeriod) -> list[LineData]:
        """Its lines on the invoice: the period and the set-up, each with its own discount. Nothing for what is free."""
        codes: dict[str, Any] = {"sat_product_code": product.sat_product_code, "sat_unit_code": product.sat_unit_code}
        lines = []
        if self.first_period:
            text = f"{self.description}, {period.label.lower()}"
            units = self.periods * self.charged_units
            lines.append(LineData(text, self.price.amount, units, self.period_off, kind="period", **codes))
        if self.setup:
            text = _("Alta de %(name)s") % {"name": self.description}
            lines.append(
                LineData(text, self.price.setup_fee, self.charged_units, self.setup_off, kind="setup", **codes)
            )
        return lines


@dataclass(frozen=True, slots=True)
class QuoteService:
    """One subscription of the purchase: its plan first, then its add-ons. ``subscription`` is set when it runs already."""

    plan: Plan
    lines: Sequence[QuoteLine]
    subscription: Subscription | None = None
    label: str = ""  # what the subscription is called, where the plan's name would not tell it from others

    @property
    def name(self) -> str:
        return self.subscription.name if self.subscription else self.label or str(self.plan)

    @property
    def recurring(self) -> Decimal:
        return sum((line.recurring for line in self.lines), ZERO)

    @property
    def package_off(self) -> Decimal:
        return sum((line.package_off for line in self.lines), ZERO)

    @property
    def coupon_off(self) -> Decimal:
        return sum((line.coupon_off for line in self.lines), ZERO)

    @property
    def grants(self) -> dict[str, int]:
        return add_up(self.lines)


@dataclass(frozen=True, slots=True)
class Quote:
    """One purchase: one service, a package of several, or add-ons for a subscription that runs."""

    services: Sequence[QuoteService]
    terms: TermsVersion
    period: BillingPeriod = BillingPeriod.MONTHLY
    currency: str = "MXN"
    trial_days: int = 0
    package: Package | None = None
    coupon: Coupon | None = None
    periods: int = 1  # paid at once
    title: str = ""  # of the order, where the plan's name would not say enough

    @property
    def lines(self) -> list[QuoteLine]:
        return [line for service in self.services for line in service.lines]

    @property
    def plan(self) -> Plan:
        return self.services[0].plan

    @property
    def subscription(self) -> Subscription | None:
        return self.services[0].subscription

    @property
    def kind(self) -> Order.Kind:
        return Order.Kind.CHANGE if self.subscription else Order.Kind.SALE

    @property
    def description(self) -> str:
        if self.subscription is not None:
            return _("Recursos adicionales para %(name)s") % {"name": self.subscription.name}
        return self.title or str(self.package or self.plan)

    @property
    def today(self) -> Total:
        return with_tax(sum((line.amount for line in self.lines), ZERO))

    @property
    def recurring(self) -> Total:
        """Every period, when nothing passing (a trial, a coupon for some periods) helps any more."""
        return with_tax(self._recurring_before_coupon - (self._coupon_off if self._is_coupon_for_ever else ZERO))

    @property
    def while_coupon(self) -> Total | None:
        """Every period for as long as the coupon lasts, when that is longer than what is paid today and not for ever."""
        coupon = self.coupon
        if coupon is None or coupon.periods is None or self.coupon_periods_left == 0:
            return None
        return with_tax(self._recurring_before_coupon - self._coupon_off)

    @property
    def coupon_periods_left(self) -> int | None:
        """Periods after today's that the coupon helps: today's is none of it in a trial. None: all of them."""
        if self.coupon is None:
            return 0
        if self.coupon.periods is None:
            return None
        return self.coupon.periods - (0 if self.trial_days else 1)

    @property
    def _is_coupon_for_ever(self) -> bool:
        return self.coupon is not None and self.coupon.periods is None

    @property
    def _recurring_before_coupon(self) -> Decimal:
        return sum((line.recurring - line.package_off for line in self.lines), ZERO)

    @property
    def _coupon_off(self) -> Decimal:
        return sum((line.coupon_off for line in self.lines), ZERO)

    @property
    def setup(self) -> Decimal:
        return sum((line.setup - line.setup_off for line in self.lines), ZERO)

    @property
    def discount(self) -> Decimal:
        return sum((line.discount for line in self.lines), ZERO)

    @property
    def is_charged_when_ready(self) -> bool:
        """Whether all of it keeps the promise *No se cobra hasta que funcione*."""
        return all(service.plan.product.is_charged_when_ready for service in self.services)

    @property
    def grants(self) -> dict[str, int]:
        return add_up(self.lines)

    def billed(self) -> list[LineData]:
        return [
            data
            for service in self.services
            for line in service.lines
            for data in line.billed(service.plan.product, self.period)
        ]

    def as_shown(self) -> dict[str, Any]:
        """Everything that the customer agrees to, in plain values."""
        lines = {
            f"{number}:{line.code}": [
                line.description,
                line.units,
                str(line.price.amount),
                str(line.price.setup_fee),
                [list(pair) for pair in sorted(line.grants.items())],
                line.included_units,
            ]
            for number, service in enumerate(self.services)
            for line in service.lines
        }
        return {
            "lines": lines,
            "period": self.period.value,
            "periods": self.periods,
            "trial": self.trial_days,
            "coupon": self.coupon.name if self.coupon else "",
            "discount": str(self.discount),
            "total": str(self.today.total),
            "recurring": str(self.recurring.total),
            "tax_rate": str(self.today.tax_rate),
            "terms": self.terms.version,
        }


def add_up(lines: Sequence[QuoteLine]) -> dict[str, int]:
    """All that ``lines`` grant: resource code → amount."""
    granted: dict[str, int] = {}
    for line in lines:
        for resource, amount in line.grants.items():
            granted[resource] = granted.get(resource, 0) + amount
    return granted


def quote_sale(
    *,
    plan: Plan,
    units: Mapping[AddOn, int],
    terms: TermsVersion,
    book: PriceBook,
    period: BillingPeriod = BillingPeriod.MONTHLY,
    trial_days: int = 0,
    coupon: Coupon | None = None,
    periods: int = 1,
    label: str = "",
    title: str = "",
) -> Quote:
    """``plan`` (with its product loaded) and the chosen add-ons; what has no price in ``book`` is left out. ``label``
    names the subscription, ``title`` the order, where the plan's own name does not say enough."""
    service = service_of(plan, units, book, period, is_trial=trial_days > 0)
    lines = [replace(line, periods=periods) for line in service.lines]
    service = replace(service, lines=lines, label=label)
    quote = Quote([service], terms, period, book.currency, trial_days, periods=periods, title=title)
    return with_coupon(quote, coupon)


def service_of(
    plan: Plan, units: Mapping[AddOn, int], book: PriceBook, period: BillingPeriod, *, is_trial: bool = False
) -> QuoteService:
    """One service at the list's prices. ``plan`` must have one for ``period``."""
    price = book.of(plan, period)
    assert price is not None, "ask the book before"
    line = QuoteLine(plan, str(plan), price, is_trial=is_trial)
    return QuoteService(plan, [line, *_add_on_lines(units, book, period, is_trial=is_trial)])


def _add_on_lines(
    units: Mapping[AddOn, int], book: PriceBook, period: BillingPeriod, *, is_trial: bool
) -> list[QuoteLine]:
    priced = [(add_on, count, book.of(add_on, period)) for add_on, count in units.items() if count]
    return [
        QuoteLine(add_on, add_on.name, price, count, add_on.included_units, is_trial)
        for add_on, count, price in priced
        if price is not None
    ]


def with_package_price(quote: Quote, price: PriceTag) -> Quote:
    """``quote`` for the package's one price: what it saves is spread over the lines, to the centavo. A package never
    costs more than its parts."""
    lines = quote.lines
    recurring, setup = [line.recurring for line in lines], [line.setup for line in lines]
    saved = split(max(sum(recurring, ZERO) - price.amount, ZERO), recurring)
    setup_saved = split(max(sum(setup, ZERO) - price.setup_fee, ZERO), setup)
    priced = zip(lines, saved, setup_saved, strict=True)
    return _with_lines(quote, [replace(line, package_off=off, setup_off=setup_off) for line, off, setup_off in priced])


def with_coupon(quote: Quote, coupon: Coupon | None, products: frozenset[int] = frozenset()) -> Quote:
    """``quote`` with what the coupon takes off the lines of ``products`` (none: of all), spread to the centavo."""
    if coupon is None:
        return quote
    owners = [service.plan.product_id for service in quote.services for _line in service.lines]
    bases = [
        line.recurring - line.package_off if not products or owner in products else ZERO
        for line, owner in zip(quote.lines, owners, strict=True)
    ]
    offs = split(cents(coupon.off(sum(bases, ZERO))), bases)
    lines = [replace(line, coupon_off=off) for line, off in zip(quote.lines, offs, strict=True)]
    return _with_lines(replace(quote, coupon=coupon), lines)


def _with_lines(quote: Quote, lines: Sequence[QuoteLine]) -> Quote:
    rest = iter(lines)
    services = [replace(service, lines=[next(rest) for _line in service.lines]) for service in quote.services]
    return replace(quote, services=services)

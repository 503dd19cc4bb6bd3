"""What things cost one customer on one day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Account
from cloudpanel.core.money import ZERO
from marketplace.models import AddOn, BillingPeriod, Package, Plan, Price, PriceList

Priced = Plan | AddOn | Package
Thing = TypeVar("Thing", Plan, Package)


@dataclass(frozen=True, slots=True)
class PriceTag:
    """Per unit, before tax: ``amount`` every period, ``setup_fee`` once."""

    amount: Decimal
    setup_fee: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The prices in force of some things, by kind, number and period."""

    currency: str
    tags: Mapping[tuple[type, int, str], PriceTag]

    def of(self, item: Priced, period: BillingPeriod) -> PriceTag | None:
        """None when it is not sold by that period. An add-on without a yearly price costs twelve months."""
        found = self.tags.get((type(item), item.pk, period))
        if found is None and isinstance(item, AddOn) and period == BillingPeriod.YEARLY:
            monthly = self.tags.get((AddOn, item.pk, BillingPeriod.MONTHLY))
            return PriceTag(monthly.amount * period.months, monthly.setup_fee) if monthly else None
        return found

    def periods_of(self, item: Priced) -> list[BillingPeriod]:
        return [period for period in BillingPeriod if self.of(item, period)]

    def sold(self, items: Iterable[Thing]) -> list[Thing]:
        """Those that can be bought at all."""
        return [item for item in items if self.periods_of(item)]


def price_book(
    account: Account,
    *,
    plans: Iterable[Plan] = (),
    add_ons: Iterable[AddOn] = (),
    packages: Iterable[Package] = (),
    on: date | None = None,
) -> PriceBook:
    """The prices of these things for ``account``, its own list before the general one. One statement."""
    lists = PriceList.objects.in_force(account, on or timezone.localdate(), settings.CURRENCY)
    wanted = (
        Q(plan__in=[plan.pk for plan in plans])
        | Q(add_on__in=[add_on.pk for add_on in add_ons])
        | Q(package__in=[package.pk for package in packages])
    )
    rows = Price.objects.filter(wanted, price_list__in=lists).order_by(F("price_list__account").asc(nulls_first=True))
    tags: dict[tuple[type, int, str], PriceTag] = {}
    for row in rows:  # the account's own come last and stay
        kind, key = _thing_of(row)
        tags[kind, key, row.period] = PriceTag(row.amount, row.setup_fee)
    return PriceBook(settings.CURRENCY, tags)


def _thing_of(price: Price) -> tuple[type, int]:
    for kind, key in ((Plan, price.plan_id), (AddOn, price.add_on_id), (Package, price.package_id)):
        if key is not None:
            return kind, key
    raise AssertionError("price_of_one_thing")

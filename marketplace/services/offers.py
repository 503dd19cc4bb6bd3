"""What one customer can buy of a service or of a package, with today's prices for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.utils import timezone

from accounts.models import Account
from cloudpanel.core.money import ZERO
from marketplace.lifecycle import kinds_with_own_shop
from marketplace.models import AddOn, BillingPeriod, Package, PackageQuerySet, Plan, Product
from marketplace.services.catalogue import terms_in_force
from marketplace.services.price_book import PriceBook, PriceTag, price_book
from marketplace.services.pricing import Quote, QuoteService, service_of, with_package_price


@dataclass(frozen=True, slots=True)
class Offer:
    """A service on sale: plans with a price, add-ons, and the book that has their prices."""

    product: Product
    plans: list[Plan]
    add_ons: list[AddOn]
    book: PriceBook

    @property
    def periods(self) -> list[BillingPeriod]:
        """By which any plan can be paid."""
        return [period for period in BillingPeriod if any(self.book.of(plan, period) for plan in self.plans)]

    def prices_of(self, period: BillingPeriod) -> dict[AddOn, PriceTag]:
        """The add-ons that are sold by ``period``, with their prices."""
        tags = {add_on: self.book.of(add_on, period) for add_on in self.add_ons}
        return {add_on: tag for add_on, tag in tags.items() if tag is not None}


def offer_of(account: Account, family: str, service: str) -> Offer | None:
    """None when nothing of it is on sale. Three statements."""
    on_sale = Product.objects.on_sale().filter(family__slug=family, slug=service)
    plans = list(Plan.objects.filter(is_active=True, product__in=on_sale).select_related("product__family"))
    if not plans:
        return None
    product = plans[0].product
    add_ons = list(AddOn.objects.filter(product=product, is_active=True))
    book = price_book(account, plans=plans, add_ons=add_ons)
    sold = book.sold(plans)
    return Offer(product, sold, add_ons, book) if sold else None


@dataclass(frozen=True, slots=True)
class PackageOffer:
    """A package on sale: for each service in it its plan and the units of its add-ons."""

    package: Package
    contents: list[tuple[Plan, Mapping[AddOn, int]]]
    book: PriceBook

    @property
    def periods(self) -> list[BillingPeriod]:
        """By which the package and every plan in it can be paid."""
        return [
            period
            for period in self.book.periods_of(self.package)
            if all(self.book.of(plan, period) for plan, _units in self.contents)
        ]

    def price(self, period: BillingPeriod) -> PriceTag:
        price = self.book.of(self.package, period)
        assert price is not None, "one of periods"
        return price

    def services(self, period: BillingPeriod) -> list[QuoteService]:
        """What is in it, at the price of each by itself."""
        return [service_of(plan, units, self.book, period) for plan, units in self.contents]

    def saving(self, period: BillingPeriod) -> Decimal:
        """What it saves every period, before tax."""
        return max(sum((each.recurring for each in self.services(period)), ZERO) - self.price(period).amount, ZERO)

    def quote(self, period: BillingPeriod) -> Quote:
        terms = terms_in_force(self.package.terms_slug)
        whole = Quote(self.services(period), terms, period, self.book.currency, package=self.package)
        return with_package_price(whole, self.price(period))


def package_offer_of(account: Account, slug: str) -> PackageOffer | None:
    """None when it is not on sale, or any part of it cannot be delivered or has no price."""
    found = package_offers(account, Package.objects.filter(slug=slug))
    return found[0] if found else None


def package_offers(account: Account, among: PackageQuerySet | None = None) -> list[PackageOffer]:
    """The packages that can be bought. Four statements however many; one when there are none."""
    packages = list((Package.objects.all() if among is None else among).on_sale(timezone.localdate()).whole())
    if not packages:
        return []
    lines = [line for package in packages for line in package.lines.all()]
    plans = {line.plan for line in lines if line.plan}
    add_ons = {line.add_on for line in lines if line.add_on}
    book = price_book(account, plans=plans, add_ons=add_ons, packages=packages)
    on_sale = set(
        Product.objects.on_sale()
        .filter(pk__in={plan.product_id for plan in plans})
        .exclude(kind__in=kinds_with_own_shop())
        .values_list("pk", flat=True)
    )
    offers = [PackageOffer(package, contents_of(package), book) for package in packages]
    return [offer for offer in offers if offer.periods and _is_deliverable(offer, on_sale)]


def contents_of(package: Package) -> list[tuple[Plan, Mapping[AddOn, int]]]:
    """Plan and add-ons of each service. A service without a plan is left out: see the admin's check."""
    contents: list[tuple[Plan, Mapping[AddOn, int]]] = []
    for _number, group in groupby(package.lines.all(), key=lambda line: line.service):
        lines = list(group)
        plan = next((line.plan for line in lines if line.plan), None)
        if plan is not None:
            contents.append((plan, {line.add_on: line.units for line in lines if line.add_on}))
    return contents


def _is_deliverable(offer: PackageOffer, products: set[int]) -> bool:
    plans = [plan for plan, _units in offer.contents]
    belong = all(add_on.product_id == plan.product_id for plan, units in offer.contents for add_on in units)
    active = all(add_on.is_active for _plan, units in offer.contents for add_on in units)
    whole = len(plans) == len({line.service for line in offer.package.lines.all()})
    return bool(plans) and whole and belong and active and all(p.is_active and p.product_id in products for p in plans)


def lowest_prices(account: Account, products: Sequence[Product]) -> dict[int, tuple[Decimal, BillingPeriod]]:
    """Product number → the least that a plan of it costs ``account``, and by which period: monthly where there is one.
    Two statements; products whose plans have no price are left out."""
    plans = list(Plan.objects.filter(is_active=True, product__in=[product.pk for product in products]))
    book = price_book(account, plans=plans)
    found: dict[int, tuple[Decimal, BillingPeriod]] = {}
    for period in (BillingPeriod.YEARLY, BillingPeriod.MONTHLY):
        for product_id, amount in sorted(_amounts(plans, book, period), reverse=True):
            found[product_id] = amount, period
    return found


def _amounts(plans: Iterable[Plan], book: PriceBook, period: BillingPeriod) -> list[tuple[int, Decimal]]:
    tags = ((plan.product_id, book.of(plan, period)) for plan in plans)
    return [(product_id, tag.amount) for product_id, tag in tags if tag]

"""What mailboxes cost: nothing while they fit into the plan, and beyond it what its additional resources cost.

A template has no price of its own that could differ from the catalogue's: a mailbox takes one place and whole gigabytes, and
those are what the marketplace sells. So the price is always the one that the next invoice would bear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from cloudpanel.core.money import ZERO, cents, format_money
from exchange.models import MailboxTemplate
from exchange.services.capacity import MAILBOXES, STORAGE_GB, places_for
from marketplace.lifecycle import lifecycle_of
from marketplace.models import AddOn, BillingPeriod, Subscription
from marketplace.services.pieces import pieces_of, units_of
from marketplace.services.price_book import price_book


@dataclass(frozen=True, slots=True)
class Pack:
    """An additional resource as it is sold: ``amount`` per unit and period, before tax; ``owned`` units already."""

    add_on: AddOn
    amount: Decimal
    owned: int = 0

    @property
    def each(self) -> Decimal:
        """Of one mailbox, or one gigabyte; not rounded."""
        return self.amount / self.add_on.quantity

    def units_for(self, missing: int) -> int | None:
        """How many more units give ``missing``; None when that many are not sold."""
        units = -(-missing // self.add_on.quantity)
        units = max(units, self.add_on.min_units - self.owned)
        return units if self.owned + units <= self.add_on.max_units else None

    def charged(self, units: int) -> Decimal:
        """``units`` more, without those that are free."""
        free = max(self.add_on.included_units - self.owned, 0)
        return max(units - free, 0) * self.amount


@dataclass(frozen=True, slots=True)
class Need:
    """Units of one additional resource, and what they cost each period before tax."""

    name: str
    units: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """What taking ``wanted`` does to the invoice. ``missing`` is what the plan lacks; ``needs`` is empty when it lacks
    nothing, or when what it lacks is not sold (``is_sold``)."""

    subscription: Subscription
    wanted: Mapping[str, int]
    left: Mapping[str, int]
    missing: Mapping[str, int] = field(default_factory=dict)
    needs: Sequence[Need] = ()
    is_sold: bool = True

    @property
    def fits(self) -> bool:
        return not self.missing

    @property
    def amount(self) -> Decimal:
        """More per period, before tax."""
        return sum((need.amount for need in self.needs), ZERO)

    @property
    def wanted_words(self) -> str:
        return _words(self.subscription, self.wanted)

    @property
    def left_words(self) -> str:
        """After it."""
        rest = {resource: self.left[resource] - self.wanted.get(resource, 0) for resource in self.left}
        return _words(self.subscription, rest)

    @property
    def missing_words(self) -> str:
        return _words(self.subscription, self.missing)


@dataclass(frozen=True, slots=True)
class Rates:
    """``left`` holds what is limited; ``packs`` what more of it is sold as, the cheapest of each."""

    subscription: Subscription
    left: Mapping[str, int]
    packs: Mapping[str, Pack]

    @property
    def is_yearly(self) -> bool:
        return self.subscription.billing_period == BillingPeriod.YEARLY

    def price_of(self, template: MailboxTemplate) -> Decimal | None:
        """Of one more mailbox like this beyond the plan: its share of what is sold, per period and before tax. None when
        something of it is not sold."""
        limited = {name: amount for name, amount in places_for([template.quota_mb]).items() if name in self.left}
        if limited.keys() - self.packs.keys():
            return None
        return cents(sum((self.packs[name].each * amount for name, amount in limited.items()), ZERO))

    def in_words(self, template: MailboxTemplate) -> str:
        """Beside the template where it is chosen."""
        if self.cost_of(places_for([template.quota_mb])).fits:
            return _("incluido en su plan")
        price = self.price_of(template)
        if price is None:
            return _("no cabe en su plan")
        amount = format_money(price, self.subscription.currency)
        if self.is_yearly:
            return _("%(amount)s al año más IVA, más allá de su plan") % {"amount": amount}
        return _("%(amount)s al mes más IVA, más allá de su plan") % {"amount": amount}

    def each(self, resource: str) -> Decimal | None:
        """Of one mailbox, or one gigabyte."""
        pack = self.packs.get(resource)
        return cents(pack.each) if pack and resource in self.left else None

    def cost_of(self, wanted: Mapping[str, int]) -> Cost:
        missing = {
            resource: amount - self.left[resource]
            for resource, amount in wanted.items()
            if resource in self.left and amount > self.left[resource]
        }
        needs = [self._need(resource, amount) for resource, amount in missing.items()]
        sold = [need for need in needs if need is not None]
        is_sold = len(sold) == len(needs)
        return Cost(self.subscription, wanted, self.left, missing, sold if is_sold else [], is_sold)

    def _need(self, resource: str, missing: int) -> Need | None:
        pack = self.packs.get(resource)
        units = pack.units_for(missing) if pack else None
        return Need(pack.add_on.name, units, pack.charged(units)) if pack and units else None


def rates_of(subscription: Subscription) -> Rates:
    """In four statements (``account`` at hand)."""
    left = {row.resource: max(row.available, 0) for row in subscription.resources.all()}
    add_ons = list(
        AddOn.objects.filter(product=subscription.product_id, is_active=True, resource__in=[MAILBOXES, STORAGE_GB])
    )
    book = price_book(subscription.account, add_ons=add_ons)
    owned = units_of(pieces_of(subscription))
    period = BillingPeriod(subscription.billing_period)
    packs: dict[str, Pack] = {}
    for add_on in add_ons:
        tag = book.of(add_on, period)
        if tag is None:
            continue
        pack = Pack(add_on, tag.amount, owned.get(add_on.pk, 0))
        if add_on.resource not in packs or pack.each < packs[add_on.resource].each:
            packs[add_on.resource] = pack
    return Rates(subscription, left, packs)


def _words(subscription: Subscription, amounts: Mapping[str, int]) -> str:
    """``3 buzones, 15 GB de espacio``."""
    known = lifecycle_of(subscription).resources
    return ", ".join(known[name].describe(count) for name, count in amounts.items() if name in known)

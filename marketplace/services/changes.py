"""Another plan, more or fewer resources: what it costs for what is left of the period, and what it needs.

The change is written down when it is confirmed. What the subscription gets less of is taken in that moment, so that
nobody uses it meanwhile; what it gets more of comes when the remote side grants it, and so do the credit notes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.tax import Total, with_tax
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO, format_money
from marketplace.lifecycle import lifecycle_of
from marketplace.models import AddOn, BillingPeriod, Plan, Subscription, SubscriptionResource, TermsVersion
from marketplace.proration import Proration, prorate
from marketplace.services.giving_back import Credit, plan_credit
from marketplace.services.pieces import (
    Piece,
    pieces_of,
    price_of,
    priced,
    remainder_of,
    units_of,
    with_plan,
    with_units,
)
from marketplace.services.price_book import PriceBook, PriceTag, price_book

_SALT = "marketplace.change"


class Shown(Protocol):
    """What a customer sees before agreeing to it."""

    def as_shown(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Setup:
    """The set-up of new units of an add-on; charged once, never prorated, never given back."""

    description: str
    units: int
    fee: Decimal
    add_on_id: int

    @property
    def amount(self) -> Decimal:
        return self.units * self.fee


@dataclass(frozen=True, slots=True)
class ChangeQuote:
    """A change, worked out to the cent. All amounts in the subscription's currency; prices per its own period."""

    subscription: Subscription
    plan: Plan
    before: Sequence[Piece]
    after: Sequence[Piece]
    setups: Sequence[Setup]
    proration: Proration[Piece]
    credit: Credit  # when it is in the customer's favour
    included_before: Mapping[str, int]
    included_after: Mapping[str, int]
    terms: TermsVersion

    @property
    def is_nothing(self) -> bool:
        return not self.proration.credits and not self.proration.charges

    @property
    def net(self) -> Decimal:
        """Before tax; negative: in the customer's favour."""
        return self.proration.net + sum((setup.amount for setup in self.setups), ZERO)

    @property
    def today(self) -> Total:
        """What is invoiced now; below zero what becomes *saldo a favor*."""
        return with_tax(self.net) if self.net >= 0 else self.credit.as_total()

    @property
    def price_before(self) -> Total:
        """Of a whole period."""
        return with_tax(price_of(self.before))

    @property
    def price_after(self) -> Total:
        return with_tax(price_of(self.after))

    @property
    def grants(self) -> dict[str, int]:
        """What there will be more of."""
        return {
            code: amount - self.included_before.get(code, 0)
            for code, amount in self.included_after.items()
            if amount > self.included_before.get(code, 0)
        }

    def as_shown(self) -> dict[str, Any]:
        """Everything that the customer agrees to, in plain values."""
        return {
            "after": [piece.as_json() for piece in self.after],
            "lines": [str(line.amount) for line in (*self.proration.credits, *self.proration.charges)],
            "total": str(self.today.total),
            "terms": self.terms.version,
        }


@dataclass(frozen=True, slots=True)
class SubscriptionOffer:
    """What a subscription may become: the plans and add-ons that are sold by its period, and what it has."""

    plans: Sequence[Plan]
    add_ons: Sequence[AddOn]
    prices: Mapping[AddOn, PriceTag]
    owned: Mapping[int, int]
    book: PriceBook
    period: BillingPeriod
    subscription: Subscription

    def price_of(self, plan: Plan) -> Decimal:
        """Per period, before tax; that of the present plan is what was agreed."""
        if plan.pk == self.subscription.plan_id:
            return price_of(piece for piece in pieces_of(self.subscription) if piece.plan_id)
        tag = self.book.of(plan, self.period)
        return tag.amount if tag else ZERO


def offer_for(subscription: Subscription) -> SubscriptionOffer:
    """The present plan and the add-ons that there are can be kept also when they are not sold any more."""
    period = BillingPeriod(subscription.billing_period)
    owned = units_of(pieces_of(subscription))
    plans = list(Plan.objects.filter(Q(is_active=True) | Q(pk=subscription.plan_id), product=subscription.product_id))
    mine = Q(is_active=True) | Q(pk__in=list(owned))
    add_ons = list(AddOn.objects.filter(mine, product=subscription.product_id))
    book = price_book(subscription.account, plans=plans, add_ons=add_ons)
    tags = {add_on: book.of(add_on, period) for add_on in add_ons if add_on.is_active}
    return SubscriptionOffer(
        plans=[plan for plan in plans if plan.pk == subscription.plan_id or book.of(plan, period)],
        add_ons=[add_on for add_on in add_ons if add_on.pk in owned or tags.get(add_on)],
        prices={add_on: tag for add_on, tag in tags.items() if tag},
        owned=owned,
        book=book,
        period=period,
        subscription=subscription,
    )


def quote_change(
    *, subscription: Subscription, plan: Plan, units: Mapping[AddOn, int], terms: TermsVersion
) -> ChangeQuote:
    """``subscription`` (with its account) under ``plan``, with so many units of each add-on in all; add-ons that are not
    mentioned stay as they are. Raises BusinessError when something of it is not sold, or when it would not hold what is
    used: the sentence says what has to go first."""
    before = pieces_of(subscription)
    book = price_book(subscription.account, plans=[plan], add_ons=list(units))
    after = _wanted(subscription, before, plan, units, book)
    included = dict(subscription.resources.values_list("resource", "included"))
    becomes = _included_after(subscription, included, before, after, plan)
    _require_room(subscription, becomes)
    proration = prorate(priced(before), priced(after), remainder_of(subscription))
    setups = _setups(subscription, before, after, units, book)
    net = proration.net + sum((setup.amount for setup in setups), ZERO)
    return ChangeQuote(
        subscription=subscription,
        plan=plan,
        before=before,
        after=after,
        setups=setups,
        proration=proration,
        credit=plan_credit(subscription, -net),
        included_before=included,
        included_after=becomes,
        terms=terms,
    )


def seal(quote: Shown) -> str:
    """What was shown, for a hidden field, signed."""
    return signing.dumps(quote.as_shown(), salt=_SALT, compress=True)


def differences(sealed: str, quote: Shown) -> list[str]:
    """What changed since the customer saw ``sealed``, in sentences; empty when ``quote`` is exactly that."""
    try:
        shown = signing.loads(sealed, salt=_SALT)
    except signing.BadSignature:
        return [_("No reconocemos lo que se le mostró. Revise el cambio y confírmelo de nuevo.")]
    now = quote.as_shown()
    if shown == now:
        return []
    if shown["total"] != now["total"]:
        totals = {"before": format_money(Decimal(shown["total"])), "after": format_money(Decimal(now["total"]))}
        return [_("El importe de hoy era %(before)s y ahora es %(after)s.") % totals]
    return [_("Lo que se le mostró ya no es lo que hay: revise el cambio y confírmelo de nuevo.")]


def _wanted(
    subscription: Subscription, before: Sequence[Piece], plan: Plan, units: Mapping[AddOn, int], book: PriceBook
) -> list[Piece]:
    period = BillingPeriod(subscription.billing_period)
    after = list(before)
    if plan.pk != subscription.plan_id:
        tag = book.of(plan, period)
        if tag is None or plan.product_id != subscription.product_id:
            raise BusinessError(
                _("Ese plan no se ofrece para su suscripción; elija otro."), field="plan", code="not_sold"
            )
        after = with_plan(after, plan, tag.amount)
    owned = units_of(before)
    for add_on, wanted in units.items():
        tag = book.of(add_on, period)
        if wanted > owned.get(add_on.pk, 0) and tag is None:
            raise BusinessError(_("«%(name)s» ya no está a la venta.") % {"name": add_on.name}, code="not_sold")
        after = with_units(after, add_on, wanted, tag.amount if tag else ZERO)
    return after


def _setups(
    subscription: Subscription,
    before: Sequence[Piece],
    after: Sequence[Piece],
    units: Mapping[AddOn, int],
    book: PriceBook,
) -> list[Setup]:
    had, has = units_of(before), units_of(after)
    setups = []
    for add_on in units:
        more = has.get(add_on.pk, 0) - had.get(add_on.pk, 0)
        tag = book.of(add_on, BillingPeriod(subscription.billing_period))
        if more > 0 and tag is not None and tag.setup_fee:
            text = _("Alta de %(name)s") % {"name": add_on.name}
            setups.append(Setup(text, more, tag.setup_fee, add_on.pk))
    return setups


def _included_after(
    subscription: Subscription, included: Mapping[str, int], before: Sequence[Piece], after: Sequence[Piece], plan: Plan
) -> dict[str, int]:
    """Under the same plan the difference of the add-ons; under another one all that it and the add-ons bring."""
    had, has = units_of(before), units_of(after)
    add_ons = AddOn.objects.in_bulk(had.keys() | has.keys())
    if plan.pk != subscription.plan_id:
        amounts = dict.fromkeys(included, 0) | dict(plan.resources)
        changes = has
    else:
        amounts = dict(included)
        changes = {pk: has.get(pk, 0) - had.get(pk, 0) for pk in had.keys() | has.keys()}
    for pk, units in changes.items():
        add_on = add_ons[pk]
        amounts[add_on.resource] = max(amounts.get(add_on.resource, 0) + add_on.quantity * units, 0)
    return amounts


def _require_room(subscription: Subscription, becomes: Mapping[str, int]) -> None:
    """A smaller one must hold what is used now."""
    for row in subscription.resources.all():
        amount = becomes.get(row.resource, 0)
        if row.used > amount:
            raise no_room(subscription, row, amount)


def no_room(subscription: Subscription, row: SubscriptionResource, amount: int) -> BusinessError:
    """Why fewer are not possible, and what to do about it."""
    words = lifecycle_of(subscription).resources.get(row.resource)
    describe = words.describe if words else str
    texts = {"used": describe(row.used), "amount": describe(amount), "over": describe(row.used - amount)}
    return BusinessError(
        _("Usa %(used)s y quedarían %(amount)s. Libere %(over)s en el panel del servicio y vuelva a intentarlo.")
        % texts,
        code="in_use",
    )

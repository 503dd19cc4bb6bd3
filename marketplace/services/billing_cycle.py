"""Another billing cycle, monthly or yearly: what is paid and will not be used is given back, and a whole new period begins
today at today's prices of that cycle. Both invoices would otherwise charge the same days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from billing.services.documents import lock_accounts
from billing.tax import Total, with_tax
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO
from cloudpanel.core.sequences import next_values
from marketplace.models import (
    AddOn,
    BillingPeriod,
    Order,
    OrderItem,
    OrderLine,
    Subscription,
    SubscriptionDiscount,
    SubscriptionItem,
    TermsVersion,
)
from marketplace.periods import period_from
from marketplace.proration import Proration, prorate
from marketplace.services.changing import lock_for_change, require_changeable
from marketplace.services.giving_back import Credit, give_back, plan_credit
from marketplace.services.pieces import Piece, pieces_of, price_of, priced, remainder_of
from marketplace.services.price_book import price_book
from marketplace.services.purchases import find_order
from marketplace.services.renewal_lines import PeriodCharge, charge_for
from marketplace.services.renewals import renew
from marketplace.services.subscriptions import log_subscription

_ORDER_NUMBER = "marketplace_order_number_seq"


@dataclass(frozen=True, slots=True)
class CycleQuote:
    """A change of cycle, worked out to the cent, in the subscription's currency. ``ending`` are the discounts that were
    promised for some periods of the present cycle, or as an amount of each of them."""

    subscription: Subscription
    cycle: BillingPeriod
    before: Sequence[Piece]
    proration: Proration[Piece]
    credit: Credit
    charge: PeriodCharge
    ending: Sequence[SubscriptionDiscount]
    terms: TermsVersion

    @property
    def after(self) -> Sequence[Piece]:
        return self.charge.pieces

    @property
    def given_back(self) -> Total:
        """Zero, or below zero."""
        return self.credit.as_total()

    @property
    def last_day(self) -> date:
        return self.charge.period.end - timedelta(days=1)

    @property
    def discount(self) -> Decimal:
        """What lasting discounts take off the new period, before tax."""
        return self.charge.gross - self.charge.subtotal

    @property
    def saved(self) -> Decimal:
        """By how much a year is cheaper than its months at the present price, with tax; zero or less when it is not."""
        months = self.cycle.months // BillingPeriod(self.subscription.billing_period).months
        return months * with_tax(price_of(self.before)).total - with_tax(price_of(self.after)).total if months else ZERO

    @property
    def difference(self) -> Decimal:
        """With tax: what is still to be paid after the credit; negative when more is given back than charged."""
        return self.charge.total.total - self.credit.total

    def as_shown(self) -> dict[str, Any]:
        """Everything that the customer agrees to, in plain values."""
        return {
            "cycle": self.cycle.value,
            "after": [piece.as_json() for piece in self.after],
            "lines": [str(self.given_back.total), str(self.charge.total.total)],
            "total": str(self.difference),
            "terms": self.terms.version,
        }


def other_cycle(subscription: Subscription) -> BillingPeriod:
    return next(cycle for cycle in BillingPeriod if cycle != subscription.billing_period)


def is_offered(subscription: Subscription) -> bool:
    """Whether ``subscription`` (with plan and account) may change its cycle today."""
    runs = subscription.state == Subscription.State.ACTIVE and subscription.period is not None
    return (
        runs
        and not subscription.is_trial
        and _prices(subscription, pieces_of(subscription), other_cycle(subscription)) is not None
    )


def quote_cycle(*, subscription: Subscription, terms: TermsVersion) -> CycleQuote:
    """The change to the other cycle, today. Raises BusinessError: ``not_active``, ``in_trial``, ``not_sold`` (the plan or one
    of its add-ons is not sold by that cycle)."""
    if subscription.state != Subscription.State.ACTIVE or subscription.period is None:
        raise BusinessError(
            subscription.closed_reason or _("La suscripción no tiene un periodo en curso."), code="not_active"
        )
    if subscription.is_trial:
        raise BusinessError(_("Podrá cambiarlo cuando termine el periodo de prueba."), code="in_trial")
    cycle, today, before = other_cycle(subscription), subscription.today(), pieces_of(subscription)
    prices = _prices(subscription, before, cycle)
    if prices is None:
        raise BusinessError(
            _("Su plan o uno de sus recursos no se vende con el otro periodo de pago."), code="not_sold"
        )
    after = [replace(piece, unit_price=price) for piece, price in zip(before, prices, strict=True)]
    discounts = [each for each in subscription.discounts.all() if each.periods_left != 0]
    lasting = [each for each in discounts if each.periods_left is None and each.percent is not None]
    proration = prorate(priced(before), [], remainder_of(subscription))
    return CycleQuote(
        subscription=subscription,
        cycle=cycle,
        before=before,
        proration=proration,
        credit=plan_credit(subscription, -proration.net),
        charge=charge_for(subscription, period_from(today, cycle.months, today.day), after, lasting),
        ending=[each for each in discounts if each not in lasting],
        terms=terms,
    )


def change_cycle(*, actor: Actor, quote: CycleQuote, token: UUID) -> Order:
    """Carries out ``quote``: one order with what is given back, and the first period of the new cycle invoiced. The same
    ``token`` again gives the first order and charges nothing. Raises BusinessError: ``stale`` (the subscription is not what
    it was), ``change_open``, ``not_sold``."""
    account = quote.subscription.account
    try:
        with transaction.atomic():
            lock_accounts([account.pk])
            return find_order(account, token) or _carry_out(actor, quote, token)
    except IntegrityError as error:
        if "order_once_per_purchase" not in str(error):
            raise
        return Order.objects.get(account=account, token=token)


def order_of_new_period(order: Order) -> Order:
    """What is to be paid after ``change_cycle`` gave ``order``: the renewal beside it; itself when the period is free."""
    renewals = Order.objects.filter(kind=Order.Kind.RENEWAL, items__subscription__in=order.subscriptions.all())
    return renewals.filter(pk__gt=order.pk).order_by("pk").first() or order


def _carry_out(actor: Actor, shown: CycleQuote, token: UUID) -> Order:
    subscription = lock_for_change(shown.subscription)
    require_changeable(subscription)
    quote = quote_cycle(subscription=subscription, terms=shown.terms)
    if quote.as_shown() != shown.as_shown():
        raise BusinessError(_("La suscripción cambió mientras tanto: revise el cambio de nuevo."), code="stale")
    order, lines = _place(actor, quote, token)
    if quote.credit.parts:
        source = f"order:{order.public_id}"
        give_back(actor=actor, credit=quote.credit, lines=lines, source=source, reason=order.description)
    before = {"cycle": subscription.billing_period, "price": str(subscription.price)}
    _write(quote)
    after = {"cycle": subscription.billing_period, "price": str(subscription.price)}
    log_subscription("cycle_changed", subscription, actor=actor, before=before, after=after)
    whole = Subscription.objects.select_related("account", "product").prefetch_related("items", "discounts")
    renew(actor=actor, subscriptions=[whole.get(pk=subscription.pk)])
    return order


def _write(quote: CycleQuote) -> None:
    """The subscription under the new cycle, with nothing paid ahead."""
    subscription = quote.subscription
    for item, piece in zip(subscription.items.all(), quote.after, strict=True):
        SubscriptionItem.objects.filter(pk=item.pk).update(unit_price=piece.unit_price)
    SubscriptionDiscount.objects.filter(pk__in=[each.pk for each in quote.ending]).update(periods_left=0)
    subscription.billing_period, subscription.price = quote.cycle, price_of(quote.after)
    subscription.begin_anew(subscription.today())
    subscription.save(update_fields=["billing_period", "price", *Subscription.PERIOD_FIELDS])


def _place(actor: Actor, quote: CycleQuote, token: UUID) -> tuple[Order, Sequence[OrderLine]]:
    """An order of kind CHANGE that is carried out as it is placed. The new period has an order of its own: its renewal."""
    subscription, total = quote.subscription, quote.given_back
    (number,) = next_values(_ORDER_NUMBER)
    words = (
        _("Cambio de %(name)s a pago anual")
        if quote.cycle == BillingPeriod.YEARLY
        else _("Cambio de %(name)s a pago mensual")
    )
    order = Order.objects.create(
        public_id=uuid4(),
        number=number,
        account=subscription.account,
        created_by=actor.user,
        token=token,
        kind=Order.Kind.CHANGE,
        state=Order.State.COMPLETED,
        completed_at=timezone.now(),
        description=(words % {"name": subscription.name})[:200],
        period=quote.cycle,
        currency=subscription.currency,
        subtotal=total.subtotal,
        tax_rate=total.tax_rate,
        tax=total.tax,
        total=total.total,
        recurring_total=quote.charge.total.total,
        terms=quote.terms,
        terms_accepted_by=actor.name[:254],
    )
    item = OrderItem.objects.create(order=order, subscription=subscription, completed_at=timezone.now())
    lines = OrderLine.objects.bulk_create(_credit_lines(order, item, quote))
    log_action(
        actor=actor,
        account=order.account_id,
        action="marketplace.order.placed",
        target=order,
        after={
            "kind": order.kind,
            "description": order.description,
            "total": str(order.total),
            "terms": quote.terms.version,
        },
    )
    return order, lines


def _credit_lines(order: Order, item: OrderItem, quote: CycleQuote) -> list[OrderLine]:
    subscription = quote.subscription
    return [
        OrderLine(
            order=order,
            item=item,
            kind=OrderLine.Kind.CREDIT,
            plan_id=line.thing.plan_id,
            add_on_id=line.thing.add_on_id,
            description=line.thing.description[:200],
            units=line.thing.units,
            included_units=line.thing.included_units,
            unit_price=line.thing.unit_price,
            amount=line.amount,
            period_start=subscription.today(),
            period_end=subscription.billed_until,
        )
        for line in quote.proration.credits
    ]


def _prices(subscription: Subscription, pieces: Sequence[Piece], cycle: BillingPeriod) -> list[Decimal] | None:
    """What one unit of each costs by ``cycle`` today; None when one of them is not sold by it."""
    add_ons = AddOn.objects.in_bulk([piece.add_on_id for piece in pieces if piece.add_on_id])
    book = price_book(subscription.account, plans=[subscription.plan], add_ons=add_ons.values())
    things = [add_ons[piece.add_on_id] if piece.add_on_id else subscription.plan for piece in pieces]
    tags = [book.of(thing, cycle) for thing in things if thing.is_active]
    return [tag.amount for tag in tags if tag] if len(tags) == len(pieces) and all(tags) else None

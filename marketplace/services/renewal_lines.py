"""What one period of a subscription costs, with what is taken off it: the lines of its order and of its invoice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal

from billing.services.lines import LineData
from billing.tax import Total, with_tax
from cloudpanel.core.money import ZERO, cents
from marketplace.models import Order, OrderItem, OrderLine, Subscription, SubscriptionDiscount
from marketplace.periods import Period
from marketplace.services.pieces import Piece
from marketplace.services.splitting import split

FRACTION, CENT = Decimal("0.00000001"), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PeriodCharge:
    """One period of one subscription. Amounts before tax; ``discounts`` are those of the lines, in their order."""

    subscription: Subscription
    period: Period
    pieces: Sequence[Piece]
    discounts: Sequence[Decimal] = field(default_factory=list)
    periods: int = 1  # in ``period``, paid at once
    is_amount_off: bool = False  # what was taken off would be the same of anything else

    @property
    def gross(self) -> Decimal:
        return self.periods * sum((piece.amount for piece in self.pieces), ZERO)

    @property
    def discount(self) -> Decimal:
        return sum(self.discounts, ZERO)

    @property
    def subtotal(self) -> Decimal:
        return self.gross - self.discount

    @property
    def total(self) -> Total:
        return with_tax(self.subtotal)

    @property
    def discount_fraction(self) -> Decimal:
        """By how much the period is cheaper; rounded up, so that nobody gets back more than was charged."""
        gross = ZERO if self.is_amount_off else self.gross
        return min((self.discount / gross).quantize(FRACTION, rounding=ROUND_UP), Decimal(1)) if gross else ZERO

    @property
    def off(self) -> Decimal:
        """The amount by which each period is cheaper, where it is an amount; rounded up for the same reason."""
        return (self.discount / self.periods).quantize(CENT, rounding=ROUND_UP) if self.is_amount_off else ZERO

    def invoice_lines(self) -> list[LineData]:
        product = self.subscription.product
        return [
            LineData(
                description=piece.description,
                unit_price=piece.unit_price,
                quantity=self.periods * piece.charged_units,
                discount=off,
                kind="period",
                sat_product_code=product.sat_product_code,
                sat_unit_code=product.sat_unit_code,
                period_start=self.period.start,
                period_end=self.period.end,
            )
            for piece, off in zip(self.pieces, self.discounts, strict=True)
            if piece.amount
        ]

    def order_lines(self, order: Order, item: OrderItem) -> list[OrderLine]:
        return [
            OrderLine(
                order=order,
                item=item,
                plan_id=piece.plan_id,
                add_on_id=piece.add_on_id,
                description=piece.description,
                units=piece.units,
                included_units=piece.included_units,
                unit_price=piece.unit_price,
                discount=off,
                amount=self.periods * piece.amount - off,
                period_start=self.period.start,
                period_end=self.period.end,
            )
            for piece, off in zip(self.pieces, self.discounts, strict=True)
        ]


def charge_for(
    subscription: Subscription,
    period: Period,
    pieces: Sequence[Piece],
    discounts: Iterable[SubscriptionDiscount],
    periods: int = 1,
) -> PeriodCharge:
    """``period`` of ``subscription`` at its own prices. Discounts come one after the other, never below zero, and help
    the first of several periods only."""
    gross = sum((piece.amount for piece in pieces), ZERO)
    left, is_amount_off = gross, False
    for discount in discounts:
        is_amount_off |= discount.percent is None
        wanted = discount.amount if discount.percent is None else cents(gross * discount.percent / 100)
        left -= min(wanted or ZERO, left)
    off = split(gross - left, [piece.amount for piece in pieces])
    return PeriodCharge(subscription, period, pieces, off, periods, is_amount_off)

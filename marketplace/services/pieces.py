"""What a subscription is made of, as values: to compare, to price and to write down in a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cloudpanel.core.money import ZERO
from marketplace.models import AddOn, Plan, Subscription, SubscriptionItem
from marketplace.proration import Remainder, Rest


@dataclass(frozen=True, slots=True)
class Piece:
    """One item: a plan, or units of an add-on at one price. ``unit_price`` per period, before tax."""

    description: str
    unit_price: Decimal
    units: int = 1
    included_units: int = 0
    plan_id: int | None = None
    add_on_id: int | None = None

    @classmethod
    def of(cls, item: SubscriptionItem) -> Piece:
        return cls(item.description, item.unit_price, item.units, item.included_units, item.plan_id, item.add_on_id)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Piece:
        return cls(**{**data, "unit_price": Decimal(data["unit_price"])})

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "unit_price": str(self.unit_price)}

    @property
    def charged_units(self) -> int:
        return max(self.units - self.included_units, 0)

    @property
    def amount(self) -> Decimal:
        """For a whole period."""
        return self.charged_units * self.unit_price


def pieces_of(subscription: Subscription) -> list[Piece]:
    """In the order in which they were bought."""
    return [Piece.of(item) for item in subscription.items.all()]


def price_of(pieces: Iterable[Piece]) -> Decimal:
    return sum((piece.amount for piece in pieces), ZERO)


def priced(pieces: Iterable[Piece]) -> list[tuple[Piece, Decimal]]:
    """As ``prorate`` wants them."""
    return [(piece, piece.amount) for piece in pieces]


def units_of(pieces: Iterable[Piece]) -> dict[int, int]:
    """Add-on → units."""
    units: dict[int, int] = {}
    for piece in pieces:
        if piece.add_on_id is not None:
            units[piece.add_on_id] = units.get(piece.add_on_id, 0) + piece.units
    return units


def with_units(pieces: Sequence[Piece], add_on: AddOn, wanted: int, unit_price: Decimal) -> list[Piece]:
    """``pieces`` with ``wanted`` units of ``add_on``: more cost what they cost now, and fewer leave what was bought
    last, so that giving back what was just bought costs what it cost."""
    others = [piece for piece in pieces if piece.add_on_id != add_on.pk]
    mine = [piece for piece in pieces if piece.add_on_id == add_on.pk]
    missing = wanted - sum(piece.units for piece in mine)
    if missing > 0:
        free = 0 if mine else add_on.included_units
        mine = _joined(mine, Piece(add_on.name, unit_price, missing, free, add_on_id=add_on.pk))
    while missing < 0:
        last = mine.pop()
        if last.units + missing > 0:
            mine.append(_resized(last, last.units + missing))
        missing = min(missing + last.units, 0)
    return [*others, *mine]


def with_plan(pieces: Sequence[Piece], plan: Plan, unit_price: Decimal) -> list[Piece]:
    """``pieces`` under another plan."""
    return [Piece(str(plan), unit_price, plan_id=plan.pk), *(piece for piece in pieces if piece.plan_id is None)]


def remainder_of(subscription: Subscription, day: date | None = None) -> Remainder:
    """What is invoiced and not used from ``day`` on (today); a subscription without a period is charged whole ones."""
    today, period = day or subscription.today(), subscription.period
    if period is None:
        return Remainder([Rest(1, 1)])
    rests = [Rest.of(period, today, subscription.period_discount, subscription.period_off)]
    ahead = subscription.periods_ahead
    return Remainder(
        [*rests, *(Rest.of(each, today, subscription.next_discount, subscription.next_off) for each in ahead)]
    )


def _joined(mine: list[Piece], new: Piece) -> list[Piece]:
    if mine and mine[-1].unit_price == new.unit_price:
        return [*mine[:-1], _resized(mine[-1], mine[-1].units + new.units)]
    return [*mine, new]


def _resized(piece: Piece, units: int) -> Piece:
    return Piece(piece.description, piece.unit_price, units, piece.included_units, piece.plan_id, piece.add_on_id)

"""What a change costs for the rest of a period, to the cent. Pure functions: no clock, no database.

The rest of a period is counted in days, the day of the change included. Each item is prorated and rounded by itself as
a function of nothing but the item, the day and the period; a change is the difference of two such sums. That is why a
change and its reverse on the same day cancel out to the cent, and why three changes cost what the direct one would.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from cloudpanel.core.money import ZERO, cents
from marketplace.periods import Period

Thing = TypeVar("Thing")  # whatever the caller prices: hashable


@dataclass(frozen=True, slots=True)
class Rest:
    """``days_left`` of ``days``. ``discount`` is the fraction by which this period is cheaper than its list price: 0 as a
    rule, 0.1 under a coupon, 1 in a trial; ``off`` an amount by which the whole period is cheaper, whatever is in it.
    Nobody gets back what was not charged."""

    days_left: int
    days: int
    discount: Decimal = Decimal(0)
    off: Decimal = ZERO

    @classmethod
    def of(cls, period: Period, day: date, discount: Decimal = Decimal(0), off: Decimal = ZERO) -> Rest:
        return cls(period.days_left(day), period.days, discount, off)

    def share(self, amount: Decimal) -> Decimal:
        """The part of ``amount`` (one whole period, before tax) that falls on the rest, rounded half up."""
        return cents(amount * (1 - self.discount) * self.days_left / self.days)

    def taken_off(self, prices: Sequence[Decimal]) -> Decimal:
        """What of ``off`` falls on the rest, as far as these prices have something to take it from."""
        return min(cents(self.off * self.days_left / self.days), sum(map(self.share, prices), ZERO))


@dataclass(frozen=True, slots=True)
class Remainder:
    """All that is invoiced and not yet used: the rest of the current period, and the next one when it is invoiced."""

    rests: Sequence[Rest]

    def share(self, amount: Decimal) -> Decimal:
        """Of an ``amount`` per period; each period is rounded by itself."""
        return sum((rest.share(amount) for rest in self.rests), ZERO)

    def taken_off(self, prices: Sequence[Decimal]) -> Decimal:
        return sum((rest.taken_off(prices) for rest in self.rests), ZERO)


@dataclass(frozen=True, slots=True)
class ProratedLine(Generic[Thing]):
    """``amount`` before tax; negative for what is given back."""

    thing: Thing
    amount: Decimal

    @property
    def is_credit(self) -> bool:
        return self.amount < 0


@dataclass(frozen=True, slots=True)
class Proration(Generic[Thing]):
    """Credits for what goes, charges for what comes; what stays is in neither."""

    credits: Sequence[ProratedLine[Thing]]
    charges: Sequence[ProratedLine[Thing]]

    @property
    def credit(self) -> Decimal:
        """Zero or negative."""
        return sum((line.amount for line in self.credits), ZERO)

    @property
    def charge(self) -> Decimal:
        return sum((line.amount for line in self.charges), ZERO)

    @property
    def net(self) -> Decimal:
        """What the change costs before tax; negative: in the customer's favour."""
        return self.credit + self.charge


def prorate(
    before: Iterable[tuple[Thing, Decimal]], after: Iterable[tuple[Thing, Decimal]], rest: Rest | Remainder
) -> Proration[Thing]:
    """``before`` and ``after`` are (thing, price of a whole period). Equal pairs on both sides stay untouched.

    An amount off goes along with the change: of a credit or a charge it takes only what it helps less or more than before.
    """
    was, will = Counter(before), Counter(after)
    credits = [ProratedLine(thing, -rest.share(price)) for thing, price in (was - will).elements()]
    charges = [ProratedLine(thing, rest.share(price)) for thing, price in (will - was).elements()]
    less = rest.taken_off([price for _thing, price in was.elements()])
    less -= rest.taken_off([price for _thing, price in will.elements()])
    return Proration(_nearer_zero(credits, max(less, ZERO)), _nearer_zero(charges, max(-less, ZERO)))


def _nearer_zero(lines: Sequence[ProratedLine[Thing]], amount: Decimal) -> list[ProratedLine[Thing]]:
    """``amount`` (at most their sum) less in the lines, from the first one on."""
    done = []
    for line in lines:
        part = min(amount, abs(line.amount))
        amount -= part
        done.append(ProratedLine(line.thing, line.amount + part if line.is_credit else line.amount - part))
    return done

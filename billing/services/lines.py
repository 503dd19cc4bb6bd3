"""Lines and their tax. The tax of a document is rounded once per rate, on the sum of the lines (CFDI 4.0, Anexo 20), and
spread over the lines by largest remainder: lines always sum to the document, to the centavo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from django.conf import settings

from cloudpanel.core.money import CENT, ZERO, cents


@dataclass(frozen=True, slots=True)
class LineData:
    """One line to be billed.

    ``unit_price`` is before tax; a negative one is a credit inside the document (a proration), as long as the whole stays
    at zero or above. ``discount`` is positive, in whole cents, off the line. ``tax_rate`` None and empty codes: the
    platform's.
    """

    description: str
    unit_price: Decimal
    quantity: Decimal | int = 1
    discount: Decimal = ZERO
    tax_rate: Decimal | None = None
    kind: str = ""
    sat_product_code: str = ""
    sat_unit_code: str = ""
    period_start: date | None = None
    period_end: date | None = None

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.unit_price) - self.discount

    @property
    def rate(self) -> Decimal:
        return Decimal(settings.VAT_RATE) if self.tax_rate is None else self.tax_rate


def taxes_of(lines: Sequence[LineData]) -> list[Decimal]:
    """The tax of each line; the sum for each rate is the rounded tax of its sum."""
    taxes = [ZERO] * len(lines)
    for rate in {line.rate for line in lines}:
        places = [place for place, line in enumerate(lines) if line.rate == rate]
        exact = [lines[place].amount * rate for place in places]
        for place, tax in zip(places, spread(cents(sum(exact, ZERO)), exact), strict=True):
            taxes[place] = tax
    return taxes


def spread(total: Decimal, exact: Sequence[Decimal]) -> list[Decimal]:
    """``exact`` rounded to whole cents that sum to ``total`` (which is their sum, rounded): all are rounded down, and
    the cents that are missing go to the largest remainders."""
    floors = [amount.quantize(CENT, rounding=ROUND_FLOOR) for amount in exact]
    missing = int((total - sum(floors, ZERO)) / CENT)
    by_remainder = sorted(range(len(exact)), key=lambda place: exact[place] - floors[place], reverse=True)
    for place in by_remainder[:missing]:
        floors[place] += CENT
    return floors

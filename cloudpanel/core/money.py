"""Money is Decimal, rounded to cents once per line, half up as Mexican invoices (CFDI 4.0) do."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    """``amount`` rounded to two decimals, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)

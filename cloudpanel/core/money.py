"""Money is Decimal, rounded to cents once per line, half up as Mexican invoices (CFDI 4.0) do."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    """``amount`` rounded to two decimals, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def format_money(amount: Decimal, currency: str = "MXN") -> str:
    """``1234.5`` → ``$1,234.50 MXN`` (es-MX)."""
    sign = "-" if amount < 0 else ""
    return f"{sign}${number_format(abs(amount), decimal_pos=2, use_l10n=True, force_grouping=True)} {currency}"

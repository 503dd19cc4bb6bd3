"""IVA (Ley del Impuesto al Valor Agregado, art. 1): 16 % by default, on the sum of the lines, rounded once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from cloudpanel.core.money import cents


def percent(rate: Decimal) -> str:
    """``Decimal("0.1600")`` → ``"16"``; ``Decimal("0.085")`` → ``"8.5"``."""
    return f"{(rate * 100).normalize():f}"


@dataclass(frozen=True, slots=True)
class Total:
    """Amounts in the panel's currency. ``total == subtotal + tax`` always."""

    subtotal: Decimal
    tax_rate: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.tax

    @property
    def percent(self) -> str:
        return percent(self.tax_rate)


def with_tax(subtotal: Decimal, rate: Decimal | None = None) -> Total:
    """``subtotal`` with its IVA; ``rate`` is a fraction (0.16), the platform's by default."""
    rate = Decimal(settings.VAT_RATE) if rate is None else rate
    subtotal = cents(subtotal)
    return Total(subtotal=subtotal, tax_rate=rate, tax=cents(subtotal * rate))

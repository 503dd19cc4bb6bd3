"""Filters and tags that every template has without loading them."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str = "MXN") -> str:
    """``1234.5`` → ``$1,234.50 MXN`` (es-MX)."""
    if amount is None:
        return ""
    sign = "-" if amount < 0 else ""
    return f"{sign}${number_format(abs(amount), decimal_pos=2, use_l10n=True, force_grouping=True)} {currency}"

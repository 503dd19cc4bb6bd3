"""Filters and tags that every template has without loading them."""

from __future__ import annotations

from decimal import Decimal

from django import template

from cloudpanel.core.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str = "MXN") -> str:
    """``1234.5`` → ``$1,234.50 MXN`` (es-MX)."""
    return "" if amount is None else format_money(amount, currency)

"""Dividing money without losing a centavo."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from billing.services.lines import spread
from cloudpanel.core.money import ZERO


def split(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """``total`` in parts proportional to ``weights`` (amounts in whole cents): they sum to it exactly, and none is larger
    than its weight as long as ``total`` is not larger than all of them."""
    whole = sum(weights, ZERO)
    if not whole or not total:
        return [ZERO] * len(weights)
    return spread(total, [total * weight / whole for weight in weights])

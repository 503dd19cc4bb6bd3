"""Years as registries count them."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime


def add_years(moment: datetime, years: int) -> datetime:
    """29 February becomes the 28th where there is none."""
    year = moment.year + years
    return moment.replace(year=year, day=min(moment.day, monthrange(year, moment.month)[1]))


def years_between(earlier: datetime, later: datetime) -> int:
    """Whole years, to the nearest: two clocks may differ by hours."""
    return max(0, round((later - earlier).days / 365.25))

"""Billing periods as pure arithmetic of days: end of month, leap years, and whose midnight it is.

A period is ``[start, end)``: ``end`` is the first day of the next one, so periods neither overlap nor leave a day out.
Days are those of the customer's own time zone; a period never depends on the hour.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """``end`` is exclusive. ValueError when it is not after ``start``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a period of no days: {self.start} to {self.end}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def days_left(self, day: date) -> int:
        """Days from ``day`` on, itself included; all of them before the period, none after it."""
        return min(max((self.end - day).days, 0), self.days)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end


def day_in(zone: str, instant: datetime) -> date:
    """The calendar day that ``instant`` (aware) is in ``zone``: 23:30 in Tijuana is already tomorrow in Cancún."""
    return instant.astimezone(ZoneInfo(zone)).date()


def add_months(day: date, months: int, anchor: int) -> date:
    """The day ``anchor`` of the month that lies ``months`` later, or that month's last day: with anchor 31 the
    periods begin on 31 January, 28 February, 31 March. ``anchor`` is what keeps February from shortening March."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(anchor, monthrange(year, month + 1)[1]))


def period_from(start: date, months: int, anchor: int) -> Period:
    """The period of ``months`` that begins on ``start``."""
    return Period(start, add_months(start, months, anchor))


def period_for(start: date, today: date, months: int, anchor: int) -> tuple[Period, int]:
    """The period to charge next when all is paid until ``start``, and how many whole periods before it are over.

    Normally that is the one that begins on ``start``. When the panel was off for months the periods that are over by
    now are counted and left out: see docs/decisions.md.
    """
    skipped, period = 0, period_from(start, months, anchor)
    while period.end <= today:
        skipped, period = skipped + 1, period_from(period.end, months, anchor)
    return period, skipped

"""Keeps a sick or busy back end from being overrun: how many calls at once, and a pause after repeated failures.

The ``DriverHealth`` row is the lock under which calls in flight are counted (:mod:`.claims` takes it), so the limit
holds across all workers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from cloudpanel.provisioning.models import DriverHealth

PAUSE_AFTER = 5  # transient failures in a row, of whatever jobs
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)
NO_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Gate:
    """What a driver admits now. While it recovers (``is_probe``) one call at a time goes through."""

    calls_at_once: int
    is_probe: bool = False
    was_failing: bool = False

    @classmethod
    def of(cls, driver: str, failures: int) -> Gate:
        if failures >= PAUSE_AFTER:
            return cls(calls_at_once=1, is_probe=True, was_failing=True)
        return cls(calls_at_once=calls_at_once(driver), was_failing=failures > 0)


def calls_at_once(driver: str) -> int:
    """``settings.DRIVERS[driver]["concurrency"]``; without one there is no limit."""
    return _entry(driver).get("concurrency") or NO_LIMIT


def note_success(driver: str) -> None:
    """The other side answered (a refusal is an answer too): the pause is over."""
    DriverHealth.objects.filter(Q(consecutive_failures__gt=0) | Q(open_until__isnull=False), pk=driver).update(
        consecutive_failures=0, open_until=None, changed_at=timezone.now()
    )


def note_failure(driver: str, error: str, *, now: datetime) -> None:
    """Counts one failure and pauses the queue at the fifth in a row. Calls that were already under way when the pause
    began do not prolong it."""
    closed = DriverHealth.objects.filter(Q(open_until__isnull=True) | Q(open_until__lte=now), pk=driver)
    closed.update(consecutive_failures=F("consecutive_failures") + 1, last_error=error, changed_at=now)
    failures = closed.values_list("consecutive_failures", flat=True).first()
    if failures is not None and failures >= PAUSE_AFTER:
        closed.update(open_until=now + pause_after(driver, failures))


def pause_after(driver: str, failures: int) -> timedelta:
    """Doubles with each failed probe, from ``settings.DRIVERS[driver]["pause"]`` seconds (15)."""
    first = timedelta(seconds=_entry(driver).get("pause", FIRST_PAUSE.total_seconds()))
    doublings = min(max(failures - PAUSE_AFTER, 0), 20)
    return min(first * (1 << doublings), LONGEST_PAUSE)


def _entry(driver: str) -> dict[str, Any]:
    entry: dict[str, Any] = settings.DRIVERS.get(driver, {})
    return entry

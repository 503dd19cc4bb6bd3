"""Measures two ways of doing a thing as a ratio.

The machines' speed swings by a factor of two within seconds, so absolute figures mean nothing: ours and the baseline take
turns in one run, each pair gives one ratio, and the median of those is held against the bar. A miss by less than
``NOISE`` is reported as NEAR and does not fail the run.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal

NOISE = 0.30
Unit = Literal["s", "ms", "/s", "SQL"]
Work = Callable[[], float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    """``value`` for ours ÷ baseline. ``at_least`` for rates (more is better), otherwise at most (less is better)."""

    value: float
    at_least: bool = False

    def is_met(self, ratio: float, *, slack: float = 0.0) -> bool:
        if self.at_least:
            return ratio >= self.value * (1 - slack)
        return ratio <= self.value * (1 + slack)

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Outcome:
    label: str
    ours: float
    baseline: float
    ratio: float
    spread: tuple[float, float]
    bar: Bar
    unit: Unit

    @property
    def verdict(self) -> str:
        if self.bar.is_met(self.ratio):
            return "PASS"
        return "NEAR" if self.bar.is_met(self.ratio, slack=NOISE) else "FAIL"

    def __str__(self) -> str:
        low, high = self.spread
        return (
            f"{self.verdict}  {self.label}: ratio {self.ratio:.2f} (bar {self.bar}; rounds {low:.2f} to {high:.2f}); "
            f"ours {self.ours:.4g} {self.unit}, baseline {self.baseline:.4g} {self.unit}"
        )


def compare(
    label: str, *, ours: Work, baseline: Work, bar: Bar, rounds: int = 7, warm_up: int = 1, unit: Unit = "s"
) -> Outcome:
    """Runs both in turn, ``rounds`` times, and prints the line.

    Each is a function without arguments that does one round. It gives what it measured (in ``unit``), or None: then the
    seconds that it took are the measure.
    """
    for _ in range(warm_up):
        _measure(ours)
        _measure(baseline)
    pairs = []
    for number in range(rounds):
        if number % 2:
            second = _measure(baseline)
            first = _measure(ours)
        else:
            first = _measure(ours)
            second = _measure(baseline)
        pairs.append((first, second))
    ratios = [first / second for first, second in pairs]
    outcome = Outcome(
        label=label,
        ours=median(first for first, _ in pairs),
        baseline=median(second for _, second in pairs),
        ratio=median(ratios),
        spread=(min(ratios), max(ratios)),
        bar=bar,
        unit=unit,
    )
    print(outcome, flush=True)
    return outcome


def _measure(work: Work) -> float:
    gc.collect()
    started = time.perf_counter()
    measured = work()
    return time.perf_counter() - started if measured is None else measured

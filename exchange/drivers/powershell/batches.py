"""Many at once: on as many sessions as there are, every one tried, each answered for itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from cloudpanel.provisioning.errors import DriverError, StillRunning
from exchange.drivers.base import Outcome
from exchange.drivers.powershell.failures import ExchangeError, translated
from exchange.drivers.powershell.settings import PROVIDER, ExchangeSettings

T = TypeVar("T")


@contextmanager
def in_words() -> Iterator[None]:
    """What Exchange refused and nobody expected, in the engine's words."""
    try:
        yield
    except ExchangeError as error:
        raise translated(error) from error


def each(
    settings: ExchangeSettings,
    things: Iterable[T],
    work: Callable[[T], Outcome],
    *,
    id_of: Callable[[T], UUID],
    same: Callable[[T], Hashable],
) -> dict[UUID, Outcome | DriverError]:
    """One after another for those that want the ``same`` thing. What the time does not suffice for is StillRunning."""
    ends_at = time.monotonic() + settings.batch_timeout
    queues: dict[Hashable, list[T]] = {}
    for thing in things:
        queues.setdefault(same(thing), []).append(thing)
    results: dict[UUID, Outcome | DriverError] = {}

    def walk(queue: list[T]) -> None:
        for thing in queue:
            try:
                if time.monotonic() > ends_at:
                    raise StillRunning("not reached in this batch", poll_after=1, provider=PROVIDER)
                with in_words():
                    results[id_of(thing)] = work(thing)
            except DriverError as error:
                results[id_of(thing)] = error

    _spread(settings, queues.values(), walk)
    return results


def every(settings: ExchangeSettings, things: Iterable[T], work: Callable[[T], object]) -> None:
    """Every one is tried; then the first failure is raised. StillRunning when the time did not suffice."""
    ends_at = time.monotonic() + settings.batch_timeout
    failures: list[DriverError] = []

    def one(thing: T) -> None:
        try:
            if time.monotonic() > ends_at:
                raise StillRunning("not reached in this batch", poll_after=1, provider=PROVIDER)
            with in_words():
                work(thing)
        except DriverError as error:
            failures.append(error)

    _spread(settings, things, one)
    if failures:
        raise min(failures, key=lambda error: isinstance(error, StillRunning))


def _spread(settings: ExchangeSettings, things: Iterable[Any], work: Callable[[Any], None]) -> None:
    with ThreadPoolExecutor(settings.connections) as threads:
        list(threads.map(work, things))


def tolerating(kind: str, call: Callable[[], object]) -> None:
    """``kind`` is a property of ExchangeError that makes it a success."""
    try:
        call()
    except ExchangeError as error:
        if not getattr(error, kind):
            raise

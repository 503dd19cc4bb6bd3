"""The sessions' Redis client: sessions are kept in PostgreSQL, so a Redis that is away or frozen must cost nobody more
than a third of a second, and one request in five seconds.

A session that was changed or ended meanwhile would still stand in Redis as it was before: such keys are remembered, and
deleted as soon as Redis answers again.
"""

from __future__ import annotations

import threading
from typing import Any

from redis import ConnectionError, Redis, TimeoutError

from cloudpanel.core.resting import Rest

REST = 5.0  # seconds
MAX_OUTDATED = 100_000
_rest = Rest(REST)
_outdated: set[str | bytes] = set()
_lock = threading.Lock()


class RestingRedis(Redis):
    """Raises ``ConnectionError`` at once while Redis rests; django-redis then goes on without it."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if _rest.is_on:
            _note_outdated(args)
            raise ConnectionError("Redis did not answer a moment ago; it is left alone.")
        try:
            self._delete_outdated()
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except (ConnectionError, TimeoutError):
            _rest.begin()
            _note_outdated(args)
            raise

    def _delete_outdated(self) -> None:
        while _outdated:
            with _lock:
                some = list(_outdated)[:1_000]
            super().execute_command("DEL", *some)  # type: ignore[no-untyped-call]
            with _lock:
                _outdated.difference_update(some)


def _note_outdated(args: tuple[Any, ...]) -> None:
    """A write that did not reach Redis."""
    if args[0] not in {"GET", "EXISTS", "TTL"} and len(args) > 1 and len(_outdated) < MAX_OUTDATED:
        with _lock:
            _outdated.add(args[1])

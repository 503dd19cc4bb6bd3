"""Holding what was claimed: a thread that prolongs this process's leases, and the time limit of one call.

Three lines of defence against a call that never ends. At ``Operation.time_limit`` an alarm interrupts it, and the job
is retried. If the call cannot be interrupted (stuck inside a C library), its lease is no longer prolonged, so the sweep
gives the job to another worker. And Celery's own ``task_time_limit`` ends the stuck process.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from uuid import UUID

from django.db import Error, connection, transaction
from django.utils import timezone

from cloudpanel.provisioning.health import note_worker
from cloudpanel.provisioning.models import Job, JobState

logger = logging.getLogger(__name__)
BEATS_PER_LEASE = 4


class CallTimedOut(BaseException):
    """The call took longer than ``Operation.time_limit``. Not an ``Exception``, so that no driver swallows it."""


@dataclass(frozen=True, slots=True)
class _Held:
    lease: timedelta
    give_up_at: float  # monotonic seconds


class Heartbeat:
    """Prolongs the leases held by this process. Its thread starts at the first lease, anew after a fork."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[UUID, _Held] = {}
        self._thread: threading.Thread | None = None

    @contextmanager
    def holding(self, token: UUID, *, lease: timedelta, limit: timedelta) -> Iterator[None]:
        give_up_at = time.monotonic() + (limit + lease).total_seconds()  # one lease more, for settling
        with self._changed:
            self._held[token] = _Held(lease, give_up_at)
            self._ensure_thread()
        try:
            yield
        finally:
            with self._changed:
                del self._held[token]

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._beat, name="lease-heartbeat", daemon=True)
            self._thread.start()

    def _beat(self) -> None:
        while True:
            with self._changed:
                shortest = min((held.lease for held in self._held.values()), default=timedelta(seconds=4))
                self._changed.wait((shortest / BEATS_PER_LEASE).total_seconds())
                alive = {t: held.lease for t, held in self._held.items() if held.give_up_at > time.monotonic()}
            if alive:
                self._prolong(alive)

    def _prolong(self, leases: dict[UUID, timedelta]) -> None:
        """On this thread's own connection. A database that is away is no reason to die: the lease outlasts a few beats,
        and what is lost beyond that the sweep puts right."""
        try:
            for token, lease in leases.items():
                _prolong_one(token, lease)
            note_worker()
        except Error:
            logger.exception("The leases could not be prolonged")
        finally:
            connection.close()


@transaction.atomic
def _prolong_one(token: UUID, lease: timedelta) -> None:
    """What is locked is being settled: waiting for it could end in a deadlock with a batch."""
    held = Job.objects.filter(state=JobState.RUNNING, lease_token=token)
    free = held.select_for_update(skip_locked=True).values("pk")
    held.filter(pk__in=free).update(lease_until=timezone.now() + lease)


heartbeat = Heartbeat()


def _start_anew() -> None:
    heartbeat.__init__()  # type: ignore[misc] # a forked child inherits neither the thread nor the leases


os.register_at_fork(after_in_child=_start_anew)


@contextmanager
def time_limit(limit: timedelta) -> Iterator[None]:
    """Raises CallTimedOut inside the block after ``limit``. Only a process's main thread can be interrupted; elsewhere
    the lease alone limits the call."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGALRM, _time_out)
    signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _time_out(number: int, frame: FrameType | None) -> None:
    raise CallTimedOut

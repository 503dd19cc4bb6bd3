"""Holding what was claimed: a thread that prolongs this process's leases, and the time limit of one call.

Three lines of defence against a call that never ends. At ``Operation.time_limit`` an alarm interrupts it, and the job
is retried. If the call cannot be interrupted (stuck inside a C library), its lease is no longer prolonged, so the sweep
gives the job to another worker. And Celery's own ``task_time_limit`` ends the stuck process.
"""

from __future__ import annotations

import logging
import math
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


@dataclass(slots=True)
class _Held:
    """Moments are in monotonic seconds."""

    lease: timedelta
    give_up_at: float
    next_beat_at: float

    def plan(self) -> None:
        self.next_beat_at = time.monotonic() + self.lease.total_seconds() / BEATS_PER_LEASE


class Heartbeat:
    """Prolongs the leases held by this process. Its thread starts at the first lease, anew after a fork."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[UUID, _Held] = {}
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def holding(self, token: UUID, *, lease: timedelta, limit: timedelta) -> Iterator[None]:
        give_up_at = time.monotonic() + (limit + lease).total_seconds()  # one lease more, for settling
        held = _Held(lease, give_up_at, 0.0)
        held.plan()
        with self._changed:
            self._held[token] = held
            self._ensure_thread()
            if held.next_beat_at < self._wakes_at:
                self._changed.notify()
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
            due = self._await_due()
            if due:
                _prolong(due)

    def _await_due(self) -> dict[UUID, timedelta]:
        """Sleeps until the next beat of any lease, or until one with an earlier beat comes."""
        with self._changed:
            self._wakes_at = min((held.next_beat_at for held in self._held.values()), default=math.inf)
            wait = self._wakes_at - time.monotonic()
            if wait > 0:
                self._changed.wait(None if math.isinf(wait) else wait)
            now = time.monotonic()
            due = {token: held for token, held in self._held.items() if held.next_beat_at <= now < held.give_up_at}
            for held in self._held.values():
                if held.next_beat_at <= now:
                    held.plan()
            return {token: held.lease for token, held in due.items()}


def _prolong(leases: dict[UUID, timedelta]) -> None:
    """On this thread's own connection. A database that is away is no reason to die: the lease outlasts a few beats, and
    what is lost beyond that the sweep puts right."""
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

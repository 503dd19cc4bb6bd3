"""Taking jobs for work. One statement takes them, counts the attempt and writes its row; SKIP LOCKED lets any number
of workers ask at once."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from cloudpanel.provisioning.circuit import Gate
from cloudpanel.provisioning.models import DriverHealth, Job, JobState
from cloudpanel.provisioning.operations import Operation, get_operation

logger = logging.getLogger(__name__)

# The oldest due job of each driver that is not paused, and how many calls of that driver are in flight.
DUE = """
SELECT health.driver, due.operation, due.id, health.consecutive_failures,
       (SELECT count(DISTINCT lease_token) FROM provisioning_job
        WHERE state = 'running' AND driver = health.driver)
FROM provisioning_driverhealth health
CROSS JOIN LATERAL (
    SELECT id, operation, run_after FROM provisioning_job
    WHERE state = 'queued' AND driver = health.driver AND run_after <= %(now)s
    ORDER BY run_after, id LIMIT 1
) due
WHERE health.open_until IS NULL OR health.open_until <= %(now)s
ORDER BY due.run_after, due.id
"""

# The driver of one job, locked unless it is paused.
GATE = """
SELECT consecutive_failures FROM provisioning_driverhealth
WHERE driver = %(driver)s AND (open_until IS NULL OR open_until <= %(now)s)
FOR UPDATE
"""

# Under the driver's lock, so that nobody else counts the calls in flight meanwhile. A batch holds one lease token and is
# one call. The names of the people come along for the action log.
CLAIM = """
WITH due AS (
    SELECT id FROM provisioning_job
    WHERE state = 'queued' AND run_after <= %(now)s AND driver = %(driver)s AND operation = %(operation)s
      AND (%(only)s IS NULL OR id = %(only)s)
      AND (SELECT count(DISTINCT lease_token) FROM provisioning_job
           WHERE state = 'running' AND driver = %(driver)s) < %(calls_at_once)s
    ORDER BY run_after, id LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE provisioning_job job
    SET state = 'running', attempts = job.attempts + 1, lease_token = %(token)s, lease_until = %(lease_until)s,
        started_at = coalesce(job.started_at, %(now)s)
    FROM due WHERE job.id = due.id
    RETURNING job.*
), tried AS (
    INSERT INTO provisioning_jobattempt (job_id, number, worker, outcome, started_at, detail)
    SELECT id, attempts, %(worker)s, 'running', %(now)s, '' FROM claimed
)
SELECT claimed.*, requester.name AS requester_name, requester.email AS requester_email,
       support.name AS support_name, support.email AS support_email
FROM claimed
LEFT JOIN accounts_user requester ON requester.id = claimed.requested_by_id
LEFT JOIN accounts_user support ON support.id = claimed.on_behalf_by_id
ORDER BY claimed.run_after, claimed.id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Jobs that this process holds: one job, or a batch of one operation. ``spec`` is None when the operation's name
    leads nowhere."""

    token: uuid.UUID
    jobs: list[Job]
    spec: Operation | None
    gate: Gate

    @property
    def driver(self) -> str:
        return self.jobs[0].driver


def claim_job(job_id: int) -> Claim | None:
    """This job, unless it is not due, is in other hands, or its driver admits no more."""
    found = Job.objects.filter(pk=job_id, state=JobState.QUEUED, run_after__lte=timezone.now())
    row = found.values_list("driver", "operation").first()
    return _claim(row[0], row[1], only=job_id) if row else None


def claim_next() -> Claim | None:
    """The job that has been due for longest, or a batch of its kind. None when no driver admits anything."""
    for driver, operation, _job_id in due_jobs():
        return _claim(driver, operation)
    return None


def due_jobs() -> Iterator[tuple[str, str, int]]:
    """Driver, operation and id of the oldest due job of each driver that admits one more call."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": timezone.now()})
        rows = cursor.fetchall()
    for driver, operation, job_id, failures, running in rows:
        if running < Gate.of(driver, failures).calls_at_once:
            yield driver, operation, job_id


@transaction.atomic(savepoint=False)
def _claim(driver: str, operation: str, *, only: int | None = None) -> Claim | None:
    now = timezone.now()
    gate = _pass_gate(driver, now)
    if gate is None:
        return None
    spec = spec_of(operation)
    batched = spec is not None and spec.run_many is not None and only is None and not gate.is_probe
    token = uuid.uuid4()
    values = {
        "now": now,
        "driver": driver,
        "operation": operation,
        "only": only,
        "calls_at_once": gate.calls_at_once,
        "limit": spec.batch_size if spec is not None and batched else 1,
        "token": str(token),
        "lease_until": now + (spec.lease if spec is not None else timedelta(minutes=1)),
        "worker": worker_name(),
    }
    jobs = list(Job.objects.raw(CLAIM, values))
    return Claim(token, jobs, spec, gate) if jobs else None


def _pass_gate(driver: str, now: datetime) -> Gate | None:
    """Locks the driver's row until the end of the transaction; None while its queue is paused."""
    with connection.cursor() as cursor:
        cursor.execute(GATE, {"driver": driver, "now": now})
        row = cursor.fetchone()
        if row is None and meet_drivers([driver]):
            cursor.execute(GATE, {"driver": driver, "now": now})
            row = cursor.fetchone()
    return Gate.of(driver, row[0]) if row else None


def meet_drivers(drivers: Iterable[str]) -> bool:
    """Sees to it that each has its row. Whether there were new ones."""
    known = set(DriverHealth.objects.filter(pk__in=drivers).values_list("pk", flat=True))
    new = [DriverHealth(driver=driver) for driver in set(drivers) - known]
    DriverHealth.objects.bulk_create(new, ignore_conflicts=True)
    return bool(new)


def spec_of(operation: str) -> Operation | None:
    """None when the name leads nowhere, or to a module that cannot be loaded: one such job must not stop the others."""
    try:
        return get_operation(operation)
    except Exception:
        logger.exception("There is no operation %r", operation)
        return None


def worker_name() -> str:
    return f"{socket.gethostname()[:80]}:{os.getpid()}"

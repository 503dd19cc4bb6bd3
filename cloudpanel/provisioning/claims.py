"""Taking jobs for work. One statement takes them, counts the attempt and writes its row; SKIP LOCKED lets any number
of workers ask at once."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from cloudpanel.provisioning.circuit import PAUSE_AFTER, Gate, calls_at_once
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

# Two statements in one message. Under the driver's lock nobody else counts the calls in flight, and the second statement
# sees all that happened before the lock was ours. A batch holds one lease token and is one call; a driver that recovers
# gets one job at a time. The names of the people come along for the action log. ANY (ARRAY(...)) because the planner
# cannot tell how many LIMIT lets through, and would read the whole table for a join.
CLAIM = """
SELECT 1 FROM provisioning_driverhealth WHERE driver = %(driver)s FOR UPDATE;
WITH gate AS (
    SELECT consecutive_failures, consecutive_failures >= %(pause_after)s AS is_probe,
           (SELECT count(DISTINCT lease_token) FROM provisioning_job
            WHERE state = 'running' AND driver = %(driver)s) AS in_flight
    FROM provisioning_driverhealth
    WHERE driver = %(driver)s AND (open_until IS NULL OR open_until <= %(now)s)
), due AS (
    SELECT id FROM provisioning_job
    WHERE state = 'queued' AND run_after <= %(now)s AND driver = %(driver)s AND operation = %(operation)s
      AND (%(only)s IS NULL OR id = %(only)s)
      AND (NOT %(in_turn)s OR operation = (
          SELECT operation FROM provisioning_job
          WHERE state = 'queued' AND run_after <= %(now)s AND driver = %(driver)s ORDER BY run_after, id LIMIT 1))
      AND (SELECT in_flight < CASE WHEN is_probe THEN 1 ELSE %(calls_at_once)s END FROM gate)
    ORDER BY run_after, id LIMIT (SELECT CASE WHEN is_probe THEN 1 ELSE %(limit)s END FROM gate)
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE provisioning_job job
    SET state = 'running', attempts = job.attempts + 1, lease_token = %(token)s, lease_until = %(lease_until)s,
        started_at = coalesce(job.started_at, %(now)s)
    WHERE job.id = ANY (ARRAY(SELECT id FROM due))
    RETURNING job.*
), tried AS (
    INSERT INTO provisioning_jobattempt (job_id, number, worker, outcome, started_at, detail)
    SELECT id, attempts, %(worker)s, 'running', %(now)s, '' FROM claimed
)
SELECT claimed.*, gate.consecutive_failures AS driver_failures,
       requester.name AS requester_name, requester.email AS requester_email,
       support.name AS support_name, support.email AS support_email
FROM claimed
CROSS JOIN gate
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

    @property
    def operation(self) -> str:
        return self.jobs[0].operation


def claim_job(job_id: int) -> Claim | None:
    """This job, unless it is not due, is in other hands, or its driver admits no more."""
    found = Job.objects.filter(pk=job_id, state=JobState.QUEUED, run_after__lte=timezone.now())
    row = found.values_list("driver", "operation").first()
    if row is None:
        return None
    driver, operation = row
    claim = _claim(driver, operation, only=job_id)
    if claim is None and meet_drivers([driver]):
        claim = _claim(driver, operation, only=job_id)
    return claim


def claim_next(before: Claim | None = None, *, group_size: Callable[[str], int] = lambda name: 1) -> Claim | None:
    """The job that has been due for longest, or a batch of its kind. None when no driver admits anything.

    ``before`` is what this worker has just done: while its driver's next job is of the same kind, it goes on with that,
    which spares looking at the other drivers until its turn is over. ``group_size`` says how many jobs of an operation
    without ``run_many`` are taken at once, to be called one after the other.
    """
    if before is not None:
        claim = _claim(before.driver, before.operation, group=group_size(before.operation), in_turn=True)
        if claim is not None:
            return claim
    for driver, operation, _job_id in due_jobs():
        return _claim(driver, operation, group=group_size(operation))
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
def _claim(
    driver: str, operation: str, *, only: int | None = None, group: int = 1, in_turn: bool = False
) -> Claim | None:
    now = timezone.now()
    spec = spec_of(operation)
    is_batch = spec is not None and spec.run_many is not None and only is None
    limit = spec.batch_size if spec is not None and is_batch else group
    token = uuid.uuid4()
    values = {
        "now": now,
        "driver": driver,
        "operation": operation,
        "only": only,
        "in_turn": in_turn,
        "pause_after": PAUSE_AFTER,
        "calls_at_once": calls_at_once(driver),
        "limit": limit,
        "token": str(token),
        "lease_until": now + (spec.lease if spec is not None else timedelta(minutes=1)),
        "worker": worker_name(),
    }
    jobs: list[Any] = list(Job.objects.raw(CLAIM, values))
    return Claim(token, jobs, spec, Gate.of(driver, jobs[0].driver_failures)) if jobs else None


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

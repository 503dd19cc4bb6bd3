"""Finds what nobody looks after: jobs whose process went silent, jobs beyond their deadline, drivers without a row."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.settling import expire_deadline, expire_lease

AT_ONCE = 200

MEET_DRIVERS = """
INSERT INTO provisioning_driverhealth (driver, consecutive_failures, last_error, changed_at)
SELECT DISTINCT driver, 0, '', now() FROM provisioning_job
WHERE state = 'queued' AND driver NOT IN (SELECT driver FROM provisioning_driverhealth)
ON CONFLICT DO NOTHING
"""


def sweep() -> None:
    """Two sweeps at once do no harm: each settlement is conditional."""
    now = timezone.now()
    silent = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    for job in silent.order_by("lease_until")[:AT_ONCE]:
        expire_lease(job)
    overdue = Job.objects.filter(state=JobState.QUEUED, deadline_at__lt=now)
    for job in overdue.order_by("deadline_at")[:AT_ONCE]:
        expire_deadline(job)
    with connection.cursor() as cursor:
        cursor.execute(MEET_DRIVERS)

"""Finds what nobody looks after: jobs whose process went silent, jobs beyond their deadline, drivers without a row."""

from __future__ import annotations

from django.utils import timezone

from cloudpanel.provisioning.claims import meet_drivers
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.settling import expire_deadline, expire_lease

AT_ONCE = 200


def sweep() -> None:
    """Two sweeps at once do no harm: each settlement is conditional."""
    now = timezone.now()
    silent = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    for job in silent.order_by("lease_until")[:AT_ONCE]:
        expire_lease(job)
    overdue = Job.objects.filter(state=JobState.QUEUED, deadline_at__lt=now)
    for job in overdue.order_by("deadline_at")[:AT_ONCE]:
        expire_deadline(job)
    meet_drivers(Job.objects.filter(state=JobState.QUEUED).values_list("driver", flat=True).distinct())

"""Attempts are for finding out what went wrong lately; the Job row, which keeps the outcome, stays."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from cloudpanel.provisioning.models import JobAttempt

KEPT = timedelta(days=90)
AT_ONCE = 5000


def prune_attempts() -> int:
    """Deletes the oldest attempts of long ago, a portion at each call (``settings.PERIODIC``). Returns how many."""
    oldest = JobAttempt.objects.order_by("pk").values_list("pk", "finished_at")[:AT_ONCE]  # by age, as they were made
    over = timezone.now() - KEPT
    gone = [pk for pk, finished_at in oldest if finished_at is not None and finished_at < over]
    JobAttempt.objects.filter(pk__in=gone).delete()
    return len(gone)

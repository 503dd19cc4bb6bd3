"""Whether workers are at work: the dispatcher's task leaves a mark each time a worker carries it out,
and so does a worker that is busy with a long call."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from cloudpanel.provisioning.claims import worker_name
from cloudpanel.provisioning.models import WorkerHeartbeat

NAME = "worker"


def note_worker() -> None:
    WorkerHeartbeat.objects.update_or_create(name=NAME, defaults={"worker": worker_name(), "seen_at": timezone.now()})


def worker_seen_at() -> datetime | None:
    """When a worker last answered beat's call (every few seconds); None when none ever did. Kept in PostgreSQL: it is
    true without Redis."""
    return WorkerHeartbeat.objects.filter(name=NAME).values_list("seen_at", flat=True).first()

"""What the panel does by itself every so often: ``settings.PERIODIC``, dotted path → seconds between two runs.

Called with every beat of ``dispatch_due_jobs``. Each function runs in one worker at a time and must be short and
repeatable: whatever may fail or take long at another system is a Job that such a function enqueues.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from cloudpanel.provisioning.models import PeriodicRun

logger = logging.getLogger(__name__)


def run_periodic() -> None:
    """Runs all that is due. One that fails is reported and waits for its next turn; the others go on."""
    now = timezone.now()
    known = dict(PeriodicRun.objects.values_list("name", "due_at"))
    for name, seconds in settings.PERIODIC.items():
        if name not in known:
            PeriodicRun.objects.bulk_create([PeriodicRun(name=name, due_at=now)], ignore_conflicts=True)
        elif known[name] > now:
            continue
        if _claim(name, now, timedelta(seconds=seconds)):
            _run(name)


def _claim(name: str, now: datetime, interval: timedelta) -> bool:
    due = PeriodicRun.objects.filter(Q(pk=name), Q(due_at__lte=now))
    return bool(due.update(due_at=now + interval, started_at=now))


def _run(name: str) -> None:
    error = ""
    try:
        import_string(name)()
    except Exception as problem:
        logger.exception("%s failed", name)
        error = f"{type(problem).__name__}: {problem}"
    PeriodicRun.objects.filter(pk=name).update(error=error)

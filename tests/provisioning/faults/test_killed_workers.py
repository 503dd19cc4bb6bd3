"""kill -9, at each of the moments where it could hurt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection, transaction

from cloudpanel.local.places import ROOT
from cloudpanel.provisioning.models import Job, JobState

pytestmark = pytest.mark.slow


def test_killed_during_the_call_the_job_goes_to_another_process(world):
    world.ensure_worker()
    job = world.enqueue("a", "wait", "ok", operation="brief_lease")
    os.kill(world.until_called("a"), signal.SIGKILL)
    world.assert_done_once(job)
    assert list(job.attempt_log.order_by("id").values_list("outcome", flat=True)) == ["lost", "succeeded"]


def test_the_whole_worker_killed_during_the_call_another_worker_takes_over(world):
    world.ensure_worker()
    job = world.enqueue("a", "made, then wait", "ok", operation="brief_lease")
    world.until_called("a")
    world.until(lambda: world.recorder.effects("a"), "the effect")
    world.kill_workers()
    world.start_worker()
    world.assert_done_once(job)


def test_killed_after_the_call_and_before_the_settle(world):
    world.ensure_worker()
    job = world.enqueue("a", "wait", "ok", operation="brief_lease")
    caller = world.until_called("a")
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)  # nobody can settle now
        world.recorder.open_gate("a")
        world.until(_somebody_waits_for_us, "the settlement's attempt")
        os.kill(caller, signal.SIGKILL)
    world.assert_done_once(job)


def _somebody_waits_for_us() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 AND query LIKE '%answer%'"
        )
        return cursor.fetchone() is not None


ENQUEUE_AND_DIE = """
import os, signal, django
django.setup()
from accounts.actors import SYSTEM
from cloudpanel.provisioning import services
services.ring = lambda job_id: os.kill(os.getpid(), signal.SIGKILL)
services.enqueue(actor=SYSTEM, account=None, operation="tests.provisioning.faults.record", lock_key="a")
"""


def test_killed_between_commit_and_dispatch_the_job_is_found_by_itself(world):
    world.kill_workers()
    died = subprocess.run([sys.executable, "-c", ENQUEUE_AND_DIE], env=world.environment(), cwd=ROOT, check=False)
    assert died.returncode == -signal.SIGKILL
    job = Job.objects.get()
    assert job.state == JobState.QUEUED
    world.ensure_worker()
    world.assert_done_once(job)

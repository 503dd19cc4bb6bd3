"""The other system hangs, answers garbage, is down for a while, or bears no crowd."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cloudpanel.provisioning.models import DriverHealth, Failure, Job, JobState

pytestmark = pytest.mark.slow


def outcomes(job):
    return list(job.attempt_log.order_by("id").values_list("outcome", flat=True))


def test_a_hanging_call_is_interrupted_and_the_job_goes_on(world):
    world.ensure_worker()
    job = world.enqueue("a", "hang", "ok", operation="impatient")
    world.assert_done_once(job)
    assert outcomes(job) == ["transient", "succeeded"]
    assert job.attempt_log.first().detail == "TransientError: No answer within 1 s."


def test_a_call_that_takes_longer_than_its_lease_keeps_it(world):
    world.ensure_worker()
    job = world.enqueue("a", "wait", operation="brief_lease")
    world.until_called("a")
    first = Job.objects.get(pk=job.pk).lease_until
    world.until(lambda: Job.objects.get(pk=job.pk).lease_until > first + timedelta(seconds=3), "a second lease")
    world.recorder.open_gate("a")
    world.assert_done_once(job)
    assert outcomes(job) == ["succeeded"]


def test_a_call_that_nothing_interrupts_loses_its_lease_and_its_process(world):
    world.ensure_worker()
    job = world.enqueue("a", "hang deaf", "ok", operation="impatient")
    deaf = world.until_called("a")
    world.assert_done_once(job)
    assert outcomes(job) == ["lost", "succeeded"]
    world.until(lambda: not alive(deaf), "the end of the stuck process")


def alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_garbage_ends_as_an_internal_failure_that_support_can_read(world):
    world.ensure_worker()
    job = world.until_state(world.enqueue("a", operation="garbage"), JobState.FAILED)
    assert (job.failure, outcomes(job)) == (Failure.INTERNAL, ["internal"])
    assert "2989" in job.error_detail
    assert "Soporte" in job.user_message


def test_a_driver_that_is_down_for_a_while_pauses_its_queue_and_burns_no_attempts(world):
    world.ensure_worker()
    jobs = [world.enqueue(f"a-{number}", "down") for number in range(12)]
    world.until(
        lambda: DriverHealth.objects.filter(driver="recorder", consecutive_failures__gt=6).exists(), "the pause"
    )
    world.recorder.open_gate("up")
    for job in jobs:
        world.assert_done_once(job)
    assert max(Job.objects.values_list("attempts", flat=True)) <= 4
    health = DriverHealth.objects.get(driver="recorder")
    assert (health.consecutive_failures, health.open_until) == (0, None)


def test_one_call_at_a_time_for_a_driver_that_bears_no_more(world):
    world.ensure_worker()
    jobs = [world.enqueue(f"a-{number}", operation="single") for number in range(15)]
    for job in jobs:
        world.assert_done_once(job)
    assert world.recorder.greatest_crowd() == 1

"""Redis and PostgreSQL go away and come back; the messages are lost, doubled and late."""

from __future__ import annotations

import time

import pytest
import redis
from celery import current_app

from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.wake import ENOUGH

pytestmark = pytest.mark.slow


def test_redis_stopped_and_emptied_while_jobs_are_queued_and_running(world):
    world.ensure_worker()
    running = world.enqueue("running", "wait")
    world.until_called("running")
    world.redis.stop()
    world.recorder.open_gate("running")
    world.assert_done_once(running)
    queued = [world.enqueue(f"queued-{number}") for number in range(5)]
    world.redis.start(dies_with_parent=True)  # it keeps nothing on disk: it comes back empty
    for job in queued:
        world.assert_done_once(job)


def test_without_redis_a_request_is_neither_refused_nor_kept_waiting(world):
    world.redis.stop()
    started = time.monotonic()
    jobs = [world.enqueue(f"a-{number}") for number in range(3)]
    assert time.monotonic() - started < 2
    assert {job.state for job in jobs} == {JobState.QUEUED}


def test_nobody_rings_when_enough_rings_are_unheard(world):
    world.kill_workers()
    jobs = [world.enqueue(f"a-{number}") for number in range(ENOUGH + 5)]
    with redis.Redis.from_url(world.redis.url) as broker:
        assert broker.llen("celery") == ENOUGH
    world.start_worker()
    for job in jobs:
        world.assert_done_once(job)


def test_the_same_message_delivered_three_times_does_the_work_once(world):
    world.kill_workers()
    job = world.enqueue("a", "wait")
    for _ in range(3):
        current_app.send_task("provisioning.run_job", args=[job.pk])
    world.start_worker(processes=3)
    world.until_called("a")
    for _ in range(3):
        current_app.send_task("provisioning.run_job", args=[job.pk])
    world.recorder.open_gate("a")
    world.assert_done_once(job)
    assert (len(world.recorder.callers("a")), job.attempts) == (1, 1)


def test_postgresql_restarted_during_the_call_the_answer_is_still_settled(world):
    world.ensure_worker()
    job = world.enqueue("a", "wait")
    world.until_called("a")
    world.postgres.stop()
    world.recorder.open_gate("a")
    world.postgres.start(dies_with_parent=True)
    world.assert_done_once(job)
    assert len(world.recorder.callers("a")) == 1
    world.assert_done_once(world.enqueue("b"))


def test_two_workers_racing_share_the_jobs_and_repeat_none(world):
    world.kill_workers()
    jobs = [world.enqueue(f"a-{number}") for number in range(40)]
    for job in jobs:
        current_app.send_task("provisioning.run_job", args=[job.pk])
    world.start_worker(processes=2)
    world.start_worker(processes=2, beat=False)
    for job in jobs:
        world.assert_done_once(job)
        assert len(world.recorder.callers(job.lock_key)) == 1
    assert {Job.objects.get(pk=job.pk).attempts for job in jobs} == {1}
    assert world.recorder.greatest_crowd() <= 3  # the driver's limit, across both workers

"""Whoever loses the lease has lost the say; nothing waits for ever."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from cloudpanel.provisioning.claims import claim_job, claim_next
from cloudpanel.provisioning.errors import TransientError
from cloudpanel.provisioning.health import note_worker, worker_seen_at
from cloudpanel.provisioning.leases import CallTimedOut, time_limit
from cloudpanel.provisioning.models import Failure, Job, JobState
from cloudpanel.provisioning.operations import Result
from cloudpanel.provisioning.settling import persist
from cloudpanel.provisioning.sweep import sweep
from cloudpanel.provisioning.worker import carry_out, run


def lapse(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def settled(job):
    job.refresh_from_db()
    return job


def outcomes(job):
    return list(job.attempt_log.order_by("id").values_list("outcome", flat=True))


def test_a_claimed_job_is_nobody_elses(new_job):
    job = new_job()
    assert claim_job(job.pk).jobs == [job]
    assert claim_job(job.pk) is None
    assert claim_next() is None


def test_the_job_somebody_rang_for_comes_first(new_job, script, monkeypatch):
    monkeypatch.setattr("cloudpanel.provisioning.worker.ring", lambda job_id: None)
    for number in range(3):
        new_job(lock=f"viejo:{number}")
    run(new_job(lock="urgente").pk)
    assert script.calls == ["urgente", "viejo:0", "viejo:1", "viejo:2"]


@pytest.mark.parametrize("answer", [Result("tarde"), TransientError("tarde"), ValueError("tarde")])
def test_a_zombie_changes_nothing(answer, new_job, script):
    job = new_job(answer, Result("a tiempo"))
    zombie = claim_job(job.pk)
    lapse(job)
    sweep()
    Job.objects.update(run_after=timezone.now())
    other = claim_job(job.pk)
    carry_out(zombie, lambda before: None)
    assert (settled(job).state, job.lease_token, script.settled) == (JobState.RUNNING, other.token, [])
    carry_out(other, lambda before: None)
    assert (settled(job).state, job.provider_ref) == (JobState.SUCCEEDED, "a tiempo")
    assert outcomes(job) == ["lost", "succeeded"]


def test_a_lease_that_was_prolonged_in_time_is_left_alone(new_job):
    job = new_job()
    claim_job(job.pk)
    sweep()
    assert settled(job).state == JobState.RUNNING


def test_a_job_lost_too_often_fails_and_says_so(new_job, script):
    job = new_job(operation="fragile")
    for _ in range(2):
        Job.objects.update(run_after=timezone.now())
        claim_job(job.pk)
        lapse(job)
        sweep()
    assert (settled(job).state, job.failure) == (JobState.FAILED, Failure.LOST)
    assert "interrumpió" in job.user_message
    assert script.settled == [("cosa:1", "failed")]


def test_a_job_that_waits_beyond_its_deadline_fails(new_job, script):
    job = new_job()
    Job.objects.update(deadline_at=timezone.now() - timedelta(seconds=1), run_after=timezone.now() + timedelta(hours=1))
    sweep()
    assert (settled(job).state, job.failure) == (JobState.FAILED, Failure.EXHAUSTED)
    assert script.settled == [("cosa:1", "failed")]


def test_no_retry_is_planned_beyond_the_deadline(new_job, run_jobs):
    job = new_job(TransientError("ocupado", retry_after=3600))
    Job.objects.update(deadline_at=timezone.now() + timedelta(minutes=30))
    run_jobs()
    assert (settled(job).state, job.failure, job.attempts) == (JobState.FAILED, Failure.EXHAUSTED, 1)


def test_the_alarm_reaches_a_call_that_hides_from_exceptions():
    with pytest.raises(CallTimedOut), time_limit(timedelta(milliseconds=20)):
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue


@pytest.mark.django_db(transaction=True)
def test_a_database_that_comes_back_gets_the_settlement_again(monkeypatch):
    monkeypatch.setattr("cloudpanel.provisioning.settling.time.sleep", lambda seconds: None)
    failures = [OperationalError("server closed the connection"), OperationalError("the same")]

    def write() -> str:
        if failures:
            raise failures.pop()
        return "written"

    assert persist(write) == "written"


def test_a_worker_leaves_a_sign_of_life(db):
    assert worker_seen_at() is None
    note_worker()
    note_worker()
    assert timezone.now() - worker_seen_at() < timedelta(minutes=1)

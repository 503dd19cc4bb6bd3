"""A sick back end pauses its own queue, burns no attempts, and is asked by one job at a time whether it is back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cloudpanel.provisioning.circuit import PAUSE_AFTER, pause_after
from cloudpanel.provisioning.claims import claim_job, claim_next
from cloudpanel.provisioning.errors import PermanentError, TransientError
from cloudpanel.provisioning.models import DriverHealth, Job, JobState
from cloudpanel.provisioning.operations import Result
from cloudpanel.provisioning.sweep import sweep
from cloudpanel.provisioning.worker import carry_out

DOWN = TransientError("connection refused")


@pytest.fixture
def mail_is_down(new_job, run_jobs):
    """Five jobs have failed in a row."""
    for number in range(PAUSE_AFTER):
        new_job(DOWN, lock=f"caído:{number}")
    run_jobs(honour_run_after=True)
    return DriverHealth.objects.get(driver="mail")


def half_open() -> None:
    DriverHealth.objects.update(open_until=timezone.now())
    Job.objects.update(run_after=timezone.now())


def test_five_failures_in_a_row_pause_the_queue(mail_is_down, new_job, run_jobs):
    assert mail_is_down.open_until > timezone.now()
    assert "connection refused" in mail_is_down.last_error
    job = new_job(lock="otro")
    assert claim_job(job.pk) is None
    assert run_jobs(honour_run_after=True) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


def test_other_drivers_go_on(mail_is_down, new_job, run_jobs):
    job = new_job(operation="batch", lock="otro")
    run_jobs(honour_run_after=True)
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED


def test_after_the_pause_one_job_asks_whether_it_is_back(mail_is_down):
    half_open()
    probe = claim_next()
    assert probe.gate.is_probe
    assert claim_next() is None
    before = probe.jobs[0].attempts
    carry_out(probe, lambda before: None)
    probe.jobs[0].refresh_from_db()
    mail_is_down.refresh_from_db()
    assert probe.jobs[0].attempts == before - 1  # a failed probe is not charged to the job
    assert mail_is_down.open_until > timezone.now()
    assert mail_is_down.consecutive_failures == PAUSE_AFTER + 1


@pytest.mark.parametrize("answer", [Result(), PermanentError("No.")])
def test_any_answer_of_the_other_side_ends_the_pause(answer, mail_is_down, run_jobs, script):
    script.answers.clear()
    script.answers["caído:0"] = [answer]
    half_open()
    assert run_jobs(honour_run_after=True) == PAUSE_AFTER
    mail_is_down.refresh_from_db()
    assert (mail_is_down.consecutive_failures, mail_is_down.open_until) == (0, None)


def test_failures_with_successes_between_them_are_no_outage(new_job, run_jobs):
    for number in range(PAUSE_AFTER * 2):
        new_job(DOWN if number % 2 else Result(), lock=f"a:{number}")
    run_jobs(honour_run_after=True)
    assert DriverHealth.objects.get(driver="mail").open_until is None


def test_no_more_calls_at_once_than_the_driver_bears(new_job, settings):
    settings.DRIVERS = {**settings.DRIVERS, "mail": {**settings.DRIVERS["mail"], "concurrency": 2}}
    jobs = [new_job(lock=f"a:{number}") for number in range(3)]
    assert [claim_job(job.pk) is None for job in jobs] == [False, False, True]


def test_a_full_driver_does_not_hold_up_the_others(new_job, settings):
    settings.DRIVERS = {**settings.DRIVERS, "mail": {**settings.DRIVERS["mail"], "concurrency": 1}}
    for number in range(2):
        new_job(lock=f"a:{number}")
    later = new_job(operation="batch", lock="b")
    sweep()
    assert claim_next().driver == "mail"
    assert claim_next().jobs == [later]


def test_pauses_grow_and_end():
    pauses = [pause_after("mail", PAUSE_AFTER + extra) for extra in range(10)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=15), timedelta(minutes=5))

"""Claim, call, settle: the five ways in which a driver call ends, and the ones that nobody foresaw."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.log_macs import CONTENT_FIELDS, is_mac_of
from accounts.models import ActionLogEntry, Notification
from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, StillRunning, TransientError
from cloudpanel.provisioning.models import Failure, JobSecret, JobState
from cloudpanel.provisioning.operations import Result


def settled(job):
    job.refresh_from_db()
    return job


def outcomes(job):
    return list(job.attempt_log.order_by("id").values_list("number", "outcome"))


def test_success_moves_the_resource_and_keeps_what_the_other_side_said(new_job, run_jobs, script):
    job = new_job(Result("ref-1", {"quota": 5}))
    run_jobs()
    assert settled(job).state == JobState.SUCCEEDED
    assert (job.provider_ref, job.result, job.attempts) == ("ref-1", {"quota": 5}, 1)
    assert script.settled == [("cosa:1", "succeeded")]
    assert outcomes(job) == [(1, "succeeded")]


def test_a_busy_other_side_is_asked_again_later(new_job, run_jobs):
    job = new_job(TransientError("ocupado"), Result())
    assert run_jobs(honour_run_after=True) == 1
    assert settled(job).state == JobState.QUEUED
    assert job.run_after > job.created_at
    run_jobs()
    assert settled(job).state == JobState.SUCCEEDED
    assert outcomes(job) == [(1, "transient"), (2, "succeeded")]
    assert job.error_detail == ""


def test_attempts_run_out_and_the_requester_is_told(new_job, run_jobs, administrator):
    job = new_job(TransientError("ocupado"), operation="fragile")
    assert run_jobs() == 2
    assert (settled(job).state, job.failure) == (JobState.FAILED, Failure.EXHAUSTED)
    assert "TransientError: ocupado" in job.error_detail
    note = Notification.objects.get()
    assert (note.user, note.title, note.body) == (administrator, "Requiere atención: Frágil", job.user_message)


def test_a_refusal_is_final_and_its_sentence_reaches_the_customer(new_job, run_jobs, script):
    job = new_job(PermanentError("El buzón está lleno.", "552"))
    assert run_jobs() == 1
    assert (settled(job).state, job.failure) == (JobState.FAILED, Failure.PERMANENT)
    assert job.user_message == "El buzón está lleno."
    assert script.settled == [("cosa:1", "failed")]


def test_wrong_settings_fail_at_once_and_say_whose_turn_it_is(new_job, run_jobs):
    job = new_job(ConfigurationError("bad dsn"))
    assert run_jobs() == 1
    assert (settled(job).state, job.failure) == (JobState.FAILED, Failure.CONFIGURATION)
    assert "Soporte" in job.user_message


def test_waiting_for_slow_work_costs_no_attempts_and_one_attempt_row(new_job, run_jobs):
    job = new_job(*[StillRunning(poll_after=5, provider_ref="op-7")] * 20, Result())
    assert run_jobs() == 21
    assert (settled(job).state, job.attempts, job.provider_ref) == (JobState.SUCCEEDED, 1, "op-7")
    assert outcomes(job) == [(1, "still_running"), (1, "succeeded")]


@pytest.mark.parametrize(
    "garbage",
    [
        ValueError("boom"),
        ValidationError("no"),
        None,
        {"ref": 1},
        Result("x" * 201),
        Result("", {"a": object()}),
        Result("a\0b"),
        Result("", ["no", "dict"]),
        PermanentError("", "\0"),
        TransientError("x", retry_after=float("nan")),
        TransientError("x", retry_after=-1e300),
        StillRunning(poll_after="mañana"),
    ],
)
def test_garbage_never_stops_the_worker(garbage, new_job, run_jobs):
    job, healthy = new_job(garbage), new_job(lock="cosa:2")
    run_jobs(honour_run_after=True)
    assert settled(healthy).state == JobState.SUCCEEDED
    assert settled(job).state in {JobState.FAILED, JobState.QUEUED}
    assert job.state == JobState.QUEUED or job.user_message


def test_an_unforeseen_error_keeps_its_traceback_for_support(new_job, run_jobs):
    job = new_job(ValueError("boom"))
    assert run_jobs() == 1
    assert (settled(job).failure, outcomes(job)) == (Failure.INTERNAL, [(1, "internal")])
    assert "Traceback" in job.error_detail
    assert "boom" in job.error_detail
    assert "boom" not in job.user_message


@pytest.mark.parametrize("answer", [Result(), PermanentError("No.")])
def test_a_resource_that_refuses_the_outcome_leaves_an_internal_failure(answer, new_job, run_jobs, script):
    def break_(job):
        raise RuntimeError("callback")

    script.in_callback = break_
    job = new_job(answer)
    assert run_jobs() == 1
    assert (settled(job).state, job.failure) == (JobState.FAILED, Failure.INTERNAL)
    assert "callback" in job.error_detail


def test_a_notification_without_its_link_is_better_than_none(new_job, run_jobs):
    job = new_job(PermanentError("No."), operation="lost_page")
    run_jobs()
    assert (settled(job).failure, Notification.objects.get().url) == (Failure.PERMANENT, "")


@pytest.mark.parametrize("name", ["tests.provisioning.nada", "no.hay.tal.app", "tests.provisioning.script", "x"])
def test_a_name_that_leads_nowhere_is_a_configuration_failure(name, new_job, run_jobs):
    job = new_job()
    type(job).objects.filter(pk=job.pk).update(operation=name)
    run_jobs()
    assert (settled(job).state, job.failure) == (JobState.FAILED, Failure.CONFIGURATION)
    assert name in job.error_detail


def test_the_secret_reaches_the_driver_and_goes_when_the_job_settles(new_job, run_jobs, script):
    new_job(TransientError("x"), Result(), secret={"password": "muy secreta"})
    run_jobs(honour_run_after=True)
    assert JobSecret.objects.count() == 1
    run_jobs()
    assert script.secrets == [{"password": "muy secreta"}] * 2
    assert not JobSecret.objects.exists()


def test_the_secret_never_shows_in_an_error(new_job, run_jobs):
    job = new_job(ValueError("connect(muy secreta) failed"), secret={"password": "muy secreta"})
    run_jobs()
    assert "connect(•••) failed" in settled(job).error_detail
    assert "muy secreta" not in job.error_detail + job.attempt_log.get().detail


def test_a_secret_that_no_key_opens_is_a_configuration_failure(new_job, run_jobs, script):
    job = new_job(secret="x")
    JobSecret.objects.update(payload=b"not a token")
    run_jobs()
    assert (settled(job).state, job.failure, script.calls) == (JobState.FAILED, Failure.CONFIGURATION, [])


def test_the_outcome_is_logged_in_the_name_of_whoever_asked(new_job, run_jobs, administrator, account):
    job = new_job()
    run_jobs()
    line = ActionLogEntry.objects.get(action="provisioning.job.succeeded")
    assert (line.account, line.actor_id, line.object_id) == (account, administrator.pk, str(job.public_id))
    assert (line.object_name, line.origin) == ("Efecto", "trabajador")
    assert is_mac_of(line.mac, [getattr(line, name) for name in CONTENT_FIELDS])

"""People stop jobs and try them again; each move is one conditional change with a line in the action log."""

from __future__ import annotations

import pytest

from accounts.models import ActionLogEntry
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.claims import claim_job
from cloudpanel.provisioning.errors import PermanentError, StillRunning, TransientError
from cloudpanel.provisioning.models import Job, JobSecret, JobState
from cloudpanel.provisioning.operations import Result
from cloudpanel.provisioning.services import cancel_job, retry_job
from cloudpanel.provisioning.worker import carry_out


def settled(job):
    job.refresh_from_db()
    return job


def actions(job):
    lines = ActionLogEntry.objects.filter(object_id=str(job.public_id)).order_by("id")
    return [action.rpartition(".")[2] for action in lines.values_list("action", flat=True)]


def test_a_waiting_job_is_cancelled_at_once(new_job, actor, script, run_jobs):
    job = cancel_job(actor=actor, job=new_job(secret="contraseña"))
    assert (job.state, script.settled) == (JobState.CANCELLED, [("cosa:1", "cancelled")])
    assert not JobSecret.objects.exists()
    assert actions(job) == ["cancelled"]
    assert run_jobs() == 0


@pytest.mark.parametrize("answer", [TransientError("ocupado"), StillRunning()])
def test_a_running_job_is_asked_and_not_tried_again(answer, new_job, actor, script):
    job = new_job(answer)
    claim = claim_job(job.pk)
    cancel_job(actor=actor, job=settled(job))
    assert job.state == JobState.RUNNING
    carry_out(claim, lambda before: None)
    assert settled(job).state == JobState.CANCELLED
    assert script.settled == [("cosa:1", "cancelled")]
    assert actions(job) == ["cancel_requested", "cancelled"]


def test_a_cancel_that_comes_too_late_changes_nothing(new_job, actor):
    job = new_job(Result())
    claim = claim_job(job.pk)
    cancel_job(actor=actor, job=job)
    carry_out(claim, lambda before: None)
    assert settled(job).state == JobState.SUCCEEDED


def test_a_resource_that_is_gone_does_not_prevent_the_cancel(new_job, actor, script):
    def gone(job):
        raise LookupError("no such mailbox")

    script.in_callback = gone
    assert cancel_job(actor=actor, job=new_job()).state == JobState.CANCELLED


def test_what_is_over_cannot_be_cancelled(new_job, actor, run_jobs):
    job = new_job()
    run_jobs()
    with pytest.raises(BusinessError, match="ya no se puede cancelar"):
        cancel_job(actor=actor, job=job)


def test_a_failed_job_is_tried_again_from_the_start(new_job, actor, run_jobs, script):
    job = new_job(PermanentError("No."), Result())
    run_jobs()
    retry_job(actor=actor, job=job)
    assert (job.state, job.attempts, job.failure, job.user_message) == (JobState.QUEUED, 0, "", "")
    run_jobs()
    assert settled(job).state == JobState.SUCCEEDED
    assert script.settled == [("cosa:1", "failed"), ("cosa:1", "queued"), ("cosa:1", "succeeded")]
    assert actions(job) == ["failed", "retried", "succeeded"]


def test_only_a_failed_job_is_tried_again(new_job, actor):
    with pytest.raises(BusinessError) as refused:
        retry_job(actor=actor, job=new_job())
    assert refused.value.code == "not_failed"


def test_a_newer_job_on_the_same_thing_is_not_crossed(new_job, actor, run_jobs):
    old = new_job(PermanentError("No."))
    run_jobs()
    new_job()
    with pytest.raises(BusinessError) as refused:
        retry_job(actor=actor, job=old)
    assert refused.value.code == "operation_in_progress"
    assert settled(old).state == JobState.FAILED


def test_a_job_whose_secret_is_gone_needs_a_new_one(new_job, actor, run_jobs, script):
    job = new_job(PermanentError("No."), Result(), secret="vieja")
    run_jobs()
    with pytest.raises(BusinessError) as refused:
        retry_job(actor=actor, job=settled(job))
    assert refused.value.code == "secret_needed"
    retry_job(actor=actor, job=job, secret="nueva")
    run_jobs()
    assert script.secrets == ["vieja", "nueva"]


def test_a_second_job_on_the_same_thing_is_refused(new_job):
    new_job()
    with pytest.raises(BusinessError, match="Ya hay una operación en curso"):
        new_job()
    assert Job.objects.count() == 1


def test_asking_for_a_job_is_one_insert(new_job, django_assert_num_queries):
    with django_assert_num_queries(3):  # with the savepoint that keeps a refusal from spoiling the caller's transaction
        new_job()

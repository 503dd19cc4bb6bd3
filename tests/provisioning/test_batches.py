"""Jobs of one kind are claimed, run and settled together, and fail one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ActionLogEntry
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError, TransientError
from cloudpanel.provisioning.models import Job, JobAttempt, JobSecret, JobState
from cloudpanel.provisioning.operations import Result
from cloudpanel.provisioning.services import NewJob, enqueue_many
from cloudpanel.provisioning.worker import drain


@pytest.fixture
def new_batch(actor, account, script):
    def make(count: int, **options: object) -> list[Job]:
        news = [NewJob(f"cosa:{number}", {"cosa": number}, **options) for number in range(count)]
        return enqueue_many(actor=actor, account=account, operation="tests.provisioning.batch", jobs=news)

    return make


def states() -> dict[str, str]:
    return dict(Job.objects.order_by("pk").values_list("lock_key", "state"))


def test_a_batch_is_one_call_and_everything_of_each_job_is_written(new_batch, run_jobs, script):
    new_batch(50, secret={"clave": "secreta"})
    assert run_jobs() == 50
    assert script.batches == [50]
    assert set(states().values()) == {JobState.SUCCEEDED}
    assert len(script.settled) == JobAttempt.objects.filter(outcome="succeeded").count() == 50
    assert ActionLogEntry.objects.filter(action="provisioning.job.succeeded").count() == 50
    assert not JobSecret.objects.exists()


def test_a_large_batch_is_cut_into_chunks(new_batch, run_jobs, script):
    new_batch(450)
    run_jobs()
    assert script.batches == [200, 200, 50]


def test_statements_do_not_grow_with_the_batch(new_batch):
    def statements(count: int) -> int:
        new_batch(count)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            drain(turn=timedelta(minutes=1))
        Job.objects.all().delete()
        return len(caught)

    assert statements(20) == statements(200)


def test_each_failure_is_its_own(new_batch, run_jobs, script):
    script.answers["cosa:1"] = [PermanentError("No se puede.")]
    script.answers["cosa:2"] = [TransientError("ocupado"), Result()]
    script.answers["cosa:3"] = [None]
    new_batch(5)
    run_jobs(honour_run_after=True)
    assert states() == {
        "cosa:0": "succeeded",
        "cosa:1": "failed",
        "cosa:2": "queued",
        "cosa:3": "failed",
        "cosa:4": "succeeded",
    }
    run_jobs()
    assert states()["cosa:2"] == "succeeded"


def test_one_resource_that_refuses_does_not_hold_up_the_others(new_batch, run_jobs, script):
    def refuse(job):
        if job.lock_key == "cosa:1":
            raise RuntimeError("no")

    script.in_callback = refuse
    new_batch(4)
    run_jobs()
    assert list(states().values()) == ["succeeded", "failed", "succeeded", "succeeded"]
    assert script.calls.count("cosa:0") == 1


def test_many_jobs_are_one_insert_and_all_or_none(new_batch, actor, account, script):
    with CaptureQueriesContext(connection) as caught:
        new_batch(30)
    assert len([q for q in caught if q["sql"].startswith("INSERT")]) == 1
    with pytest.raises(BusinessError) as refused:
        enqueue_many(
            actor=actor,
            account=account,
            operation="tests.provisioning.batch",
            jobs=[NewJob("cosa:nueva"), NewJob("cosa:7")],
        )
    assert refused.value.code == "operation_in_progress"
    assert Job.objects.count() == 30

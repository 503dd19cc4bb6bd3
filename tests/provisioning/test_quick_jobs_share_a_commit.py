"""An operation that proved quick is claimed and settled in small groups; each job is still called by itself."""

from __future__ import annotations

import pytest

from cloudpanel.provisioning import calls
from cloudpanel.provisioning.calls import GROUP, call, pace
from cloudpanel.provisioning.claims import claim_next
from cloudpanel.provisioning.errors import PermanentError, TransientError
from cloudpanel.provisioning.models import Job, JobAttempt, JobState
from cloudpanel.provisioning.sweep import sweep
from cloudpanel.provisioning.worker import carry_out

NAME = "tests.provisioning.effect"


@pytest.fixture
def quick_jobs(new_job):
    def make(*answers: object) -> list[Job]:
        jobs = [new_job(*([answer] if answer else []), lock=f"a:{number}") for number, answer in enumerate(answers)]
        sweep()
        pace.note(NAME, 0.001)
        return jobs

    return make


def take_group():
    return claim_next(group_size=pace.group_size)


def states() -> list[str]:
    return list(Job.objects.order_by("id").values_list("state", flat=True))


def test_a_group_is_taken_only_of_what_is_quick(quick_jobs):
    quick_jobs(*[None] * 20)
    assert len(take_group().jobs) == GROUP
    pace.note(NAME, 1.0)
    assert len(take_group().jobs) == 1


def test_a_failure_in_a_group_is_its_own(quick_jobs):
    quick_jobs(None, PermanentError("No."), None, TransientError("ocupado"), None)
    carry_out(take_group(), lambda before: None)
    assert states() == ["succeeded", "failed", "succeeded", "queued", "succeeded"]


def test_what_a_slow_group_did_not_reach_goes_back_as_it_was(quick_jobs, monkeypatch, script):
    monkeypatch.setattr(calls, "GROUP_TIME", -1.0)
    quick_jobs(None, None, None)
    carry_out(take_group(), lambda before: None)
    assert states() == ["succeeded", "queued", "queued"]
    assert script.calls == ["a:0"]
    assert list(Job.objects.filter(state=JobState.QUEUED).values_list("attempts", "lease_token")) == [(0, None)] * 2
    assert JobAttempt.objects.count() == 1


def test_one_resource_that_refuses_leaves_the_others_of_the_group_done(quick_jobs, script):
    def refuse(job):
        if job.lock_key == "a:1":
            raise RuntimeError("no")

    script.in_callback = refuse
    quick_jobs(None, None, None)
    claim = take_group()
    carry_out(claim, lambda before: None)
    assert states() == ["succeeded", "failed", "succeeded"]
    assert script.calls == ["a:0", "a:1", "a:2"]


def test_a_slow_call_ends_the_groups_of_its_operation(quick_jobs):
    quick_jobs(None)
    claim = take_group()
    call(claim)
    pace.note(NAME, calls.QUICK)
    assert pace.group_size(NAME) == 1

"""Writing down how a try ended: job, attempt, resource, action log, secret and notification in one transaction.

Everything is fenced by the lease token: a process that lost its lease can change nothing any more.
"""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.action_log import COLUMNS, LINES, lines_as_json, log_actions
from cloudpanel.provisioning import circuit
from cloudpanel.provisioning.calls import Unreached
from cloudpanel.provisioning.claims import Claim, spec_of
from cloudpanel.provisioning.errors import PermanentError, StillRunning, TransientError
from cloudpanel.provisioning.models import Job, JobAttempt, JobSecret, JobState
from cloudpanel.provisioning.operations import Operation, Result
from cloudpanel.provisioning.reports import outcome_lines, tell_people, tell_staff
from cloudpanel.provisioning.retry import Circumstances, DeadlinePassed, Decision, LeaseExpired, decide
from cloudpanel.provisioning.secrets import without_secret

logger = logging.getLogger(__name__)
T = TypeVar("T")
NextClaim = Callable[[Claim | None], Claim | None]
PATIENCE = timedelta(seconds=30)  # with a database that is away; after it the lease expires and the sweep takes over

SUCCEED = f"""
WITH answer AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(references)s::text[], %(results)s::jsonb[]) AS a(id, reference, result)
), settled AS (
    UPDATE provisioning_job job
    SET state = 'succeeded', result = answer.result, finished_at = %(now)s, lease_until = NULL, lease_token = NULL,
        provider_ref = CASE WHEN answer.reference = '' THEN job.provider_ref ELSE answer.reference END,
        failure = '', user_message = '', error_detail = ''
    FROM answer
    WHERE job.id = answer.id AND job.state = 'running' AND job.lease_token = %(token)s
    RETURNING job.id, job.public_id, job.provider_ref
), logged AS (
    INSERT INTO accounts_actionlogentry ({", ".join(COLUMNS)})
    SELECT {", ".join(f"line.{column}" for column in COLUMNS)}
    FROM {LINES} line JOIN settled ON settled.public_id = line.object_id::uuid
), tried AS (
    UPDATE provisioning_jobattempt attempt SET outcome = 'succeeded', finished_at = %(now)s
    FROM settled WHERE attempt.job_id = settled.id AND attempt.outcome = 'running'
), forgotten AS (
    DELETE FROM provisioning_jobsecret secret USING settled WHERE secret.job_id = settled.id
)
SELECT id, provider_ref FROM settled
"""  # noqa: S608 - names of columns, no values


class LeaseLost(Exception):
    """Somebody else has this job now, or it is settled. Whatever we know of it no longer counts."""


class GarbageAnswer(Exception):
    """The operation gave something that is not a Result, or a Result that cannot be stored."""


def settle_claim(claim: Claim, answers: Mapping[int, object], next_claim: NextClaim) -> Claim | None:
    """Settles every job of the claim and takes what comes next.

    When all went well both are one transaction: one commit for each job, group or batch.
    """
    checked = {job.pk: _checked(answers.get(job.pk)) for job in claim.jobs}
    results = {pk: answer for pk, answer in checked.items() if isinstance(answer, Result)}
    others = [job for job in claim.jobs if job.pk not in results]
    if not others and not claim.gate.was_failing:
        settled, following = _try_together(claim, results, next_claim)
        if settled:
            return following
    elif results:
        settled, _ = _try_together(claim, results, _stop)
    else:
        settled = True
    for job in others if settled else claim.jobs:
        if isinstance(checked[job.pk], Unreached):
            persist(partial(_give_back, job, claim.token))
        else:
            settle(job, checked[job.pk], token=claim.token, is_probe=claim.gate.is_probe)
    return persist(lambda: next_claim(None))


def _stop(before: Claim | None) -> None:
    return None


def _try_together(claim: Claim, results: Mapping[int, Result], next_claim: NextClaim) -> tuple[bool, Claim | None]:
    """Whether the successes could be settled in one go; if not, one of them must be found out."""
    try:
        return True, persist(lambda: _settle_together_and_claim(claim, results, next_claim))
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Settling %s jobs together failed; one by one tells which", len(results))
        return False, None


@transaction.atomic
def _settle_together_and_claim(claim: Claim, results: Mapping[int, Result], next_claim: NextClaim) -> Claim | None:
    assert claim.spec is not None
    settle_successes(claim.spec, [job for job in claim.jobs if job.pk in results], results, claim.token)
    if claim.gate.was_failing:
        circuit.note_success(claim.driver)
    return next_claim(claim)


@transaction.atomic
def _give_back(job: Job, token: UUID) -> None:
    """To the queue, as if it had never been claimed."""
    ours = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, lease_token=token)
    if ours.update(state=JobState.QUEUED, lease_token=None, lease_until=None, attempts=F("attempts") - 1):
        JobAttempt.objects.filter(job=job, outcome=JobAttempt.Outcome.RUNNING).delete()


def settle_successes(spec: Operation, jobs: Sequence[Job], results: Mapping[int, Result], token: UUID) -> None:
    """In the caller's transaction, with a fixed number of statements besides those of ``succeeded``."""
    now = timezone.now()
    values: dict[str, Any] = {
        "ids": [job.pk for job in jobs],
        "references": [results[job.pk].provider_ref for job in jobs],
        "results": [json.dumps(results[job.pk].data) for job in jobs],
        "token": str(token),
        "now": now,
        "lines": lines_as_json(outcome_lines(jobs, spec, JobState.SUCCEEDED)),
    }
    with connection.cursor() as cursor:
        cursor.execute(SUCCEED, values)
        settled = dict(cursor.fetchall())
    for job in jobs:
        if job.pk not in settled:
            logger.warning("Job %s was settled by somebody else; our answer does not count", job.pk)
    mine = [job for job in jobs if job.pk in settled]
    for job in mine:
        job.state, job.finished_at, job.lease_until, job.lease_token = JobState.SUCCEEDED, now, None, None
        job.result, job.provider_ref = results[job.pk].data, settled[job.pk]
        job.failure = job.user_message = job.error_detail = ""
    if spec.succeeded_many is not None:
        spec.succeeded_many(mine)
    else:
        for job in mine:
            spec.succeeded(job)


def settle(job: Job, answer: object, *, token: UUID | None, is_probe: bool = False) -> None:
    """One job, whatever the answer. ``token`` is the lease that we hold, None for one that waits in the queue.
    A callback of the operation that raises turns the outcome into *internal*."""
    checked = _checked(answer)
    try:
        persist(lambda: _settle_one(job, checked, token, is_probe=is_probe))
    except LeaseLost:
        level = logging.DEBUG if isinstance(checked, LeaseExpired | DeadlinePassed) else logging.WARNING
        logger.log(level, "Job %s was settled by somebody else; our answer does not count", job.pk)
    except (OperationalError, InterfaceError):
        raise
    except Exception as raised:
        logger.exception("The outcome of job %s (%s) could not be applied", job.pk, job.operation)
        broken = raised
        persist(lambda: _settle_one(job, broken, token, callbacks_may_fail=True))


@transaction.atomic
def _settle_one(
    job: Job,
    answer: Result | BaseException,
    token: UUID | None,
    *,
    is_probe: bool = False,
    callbacks_may_fail: bool = False,
) -> None:
    now = timezone.now()
    spec = spec_of(job.operation)
    decision = _decide(job, answer, token, spec, now=now, is_probe=is_probe)
    _write(job, decision, answer, now=now)
    if not job.is_active:
        JobSecret.objects.filter(job=job).delete()
        _move_resource(spec, job, may_fail=callbacks_may_fail)
        log_actions(outcome_lines([job], spec, JobState(job.state)))
    if job.state == JobState.FAILED:
        tell_people(job, spec)
    _note_health(job, answer, now=now)
    tell_staff(job, spec)


def _decide(
    job: Job,
    answer: Result | BaseException,
    token: UUID | None,
    spec: Operation | None,
    *,
    now: datetime,
    is_probe: bool,
) -> Decision:
    """Locks the job, if it is still ours, and asks the retry policy."""
    state = JobState.QUEUED if token is None else JobState.RUNNING
    # The sweep waits for nobody: a job that is locked is being settled.
    ours = Job.objects.select_for_update(skip_locked=isinstance(answer, LeaseExpired | DeadlinePassed)).filter(
        pk=job.pk, state=state, lease_token=token
    )
    if isinstance(answer, LeaseExpired):
        ours = ours.filter(lease_until__lt=now)
    current = ours.values("attempts", "max_attempts", "deadline_at", "cancel_requested_at").first()
    if current is None:
        raise LeaseLost
    seen = Circumstances(
        attempts=current["attempts"],
        max_attempts=current["max_attempts"],
        now=now,
        deadline_at=current["deadline_at"],
        is_probe=is_probe,
        cancel_requested=current["cancel_requested_at"] is not None,
    )
    if spec is not None:
        seen = replace(seen, first_wait=spec.first_wait)
    decision = decide(answer, seen)
    job.attempts = seen.attempts if decision.charged else seen.attempts - 1
    return decision


def _write(job: Job, decision: Decision, answer: Result | BaseException, *, now: datetime) -> None:
    detail = _storable(without_secret(job, _detail(decision, answer)))
    job.state, job.lease_token, job.lease_until = decision.state, None, None
    job.failure, job.user_message = decision.failure or "", _storable(decision.user_message)
    job.error_detail = "" if decision.state == JobState.SUCCEEDED else detail
    job.provider_ref = _storable(decision.provider_ref) or job.provider_ref
    job.run_after = decision.run_after or job.run_after
    job.finished_at = None if job.is_active else now
    if isinstance(answer, Result):
        job.result = answer.data
    job.save(
        update_fields=[
            *("state", "lease_token", "lease_until", "failure", "user_message", "error_detail", "provider_ref"),
            *("run_after", "finished_at", "result", "attempts"),
        ]
    )
    attempts = JobAttempt.objects.filter(job=job)
    if decision.outcome == JobAttempt.Outcome.STILL_RUNNING:
        attempts.filter(outcome=decision.outcome).delete()  # a poll that goes on for hours keeps one row
    attempts.filter(outcome=JobAttempt.Outcome.RUNNING).update(outcome=decision.outcome, finished_at=now, detail=detail)


def _move_resource(spec: Operation | None, job: Job, *, may_fail: bool) -> None:
    if spec is None:
        return
    callback = {
        JobState.SUCCEEDED: spec.succeeded,
        JobState.FAILED: spec.failed,
        JobState.CANCELLED: spec.cancelled or spec.failed,
    }[JobState(job.state)]
    if may_fail:
        tell_resource(callback, job)
    else:
        callback(job)


def tell_resource(callback: Callable[[Job], None], job: Job) -> None:
    """When nothing is left but to settle the job's own rows, a callback that raises must not prevent it."""
    try:
        with transaction.atomic():
            callback(job)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("The resource of job %s (%s) could not be told", job.pk, job.operation)


def _note_health(job: Job, answer: Result | BaseException, *, now: datetime) -> None:
    """At the end of the transaction: this row is the lock for which every claim of the driver waits."""
    if isinstance(answer, TransientError):
        circuit.note_failure(job.driver, _storable(str(answer)), now=now)
    elif isinstance(answer, Result | StillRunning | PermanentError):
        circuit.note_success(job.driver)


def expire_lease(job: Job) -> None:
    """For the sweep: the process that held the job is gone, or its call never ends."""
    settle(job, LeaseExpired("The process that ran the job went silent."), token=job.lease_token)


def expire_deadline(job: Job) -> None:
    settle(job, DeadlinePassed("The job waited in the queue beyond its deadline."), token=None)


def persist(write: Callable[[], T]) -> T:
    """Runs a transaction again while PostgreSQL restarts or chose it as a deadlock's victim."""
    end = time.monotonic() + PATIENCE.total_seconds()
    pause = 0.05
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or time.monotonic() + pause > end:
                raise
            logger.warning("The database did not take it, again in %.1f s: %s", pause, error)
            connection.close()
            time.sleep(pause)
            pause = min(pause * 2, 2.0)


def _checked(answer: object) -> Result | BaseException:
    if isinstance(answer, Result):
        try:
            json.dumps(answer.data)
            fits = isinstance(answer.provider_ref, str) and len(answer.provider_ref) <= 200
            storable = "\\u0000" not in json.dumps(answer.data) and "\0" not in answer.provider_ref
        except (TypeError, ValueError) as error:
            return GarbageAnswer(f"The result cannot be stored: {error}")
        if fits and storable and isinstance(answer.data, dict):
            return answer
        return GarbageAnswer(f"The result cannot be stored: {answer!r}"[:2000])
    if isinstance(answer, BaseException):
        return answer
    return GarbageAnswer(f"The operation answered {answer!r} instead of a Result"[:2000])


def _detail(decision: Decision, answer: Result | BaseException) -> str:
    """Support staff get the traceback of what nobody expected."""
    if decision.outcome == JobAttempt.Outcome.INTERNAL and isinstance(answer, BaseException) and answer.__traceback__:
        return "".join(traceback.format_exception(answer))
    return decision.detail


def _storable(text: str) -> str:
    """PostgreSQL's text has no NUL; what the other side sent may."""
    return text.replace("\0", "�")[:20_000]

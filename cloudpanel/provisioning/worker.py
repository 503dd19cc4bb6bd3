"""Claim, call the driver outside any transaction, settle; then the next one. This is all that a worker does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.db import connection

from cloudpanel.core.crypto import InvalidToken, decrypt
from cloudpanel.provisioning.claims import Claim, claim_job, claim_next, due_jobs
from cloudpanel.provisioning.errors import ConfigurationError, TransientError
from cloudpanel.provisioning.leases import CallTimedOut, heartbeat, time_limit
from cloudpanel.provisioning.operations import JobRun, Operation
from cloudpanel.provisioning.secrets import encrypted_secrets
from cloudpanel.provisioning.settling import NextClaim, persist, settle_claim
from cloudpanel.provisioning.wake import ring

logger = logging.getLogger(__name__)
# One ring serves many due jobs, but whoever rang for one job must not wait behind thousands of another's.
TURN = timedelta(seconds=2)


def run(job_id: int) -> None:
    """Carries out this job (if it is due and free) and then whatever else is due, for one TURN."""
    _take_turn(lambda: claim_job(job_id))


def run_due() -> None:
    """Carries out what is due, the oldest first, for one TURN."""
    _take_turn(claim_next)


def _take_turn(first: Callable[[], Claim | None]) -> None:
    """Wakes a colleague when there is more than one can do, and at the end of the turn goes to the back of the queue."""

    def first_and_call_for_help() -> Claim | None:
        claim = first()
        if claim is not None:
            _ring_for_the_rest()
        return claim

    drain(first_and_call_for_help, turn=TURN)
    _ring_for_the_rest()


def _ring_for_the_rest() -> None:
    for _driver, _operation, job_id in due_jobs():
        ring(job_id)
        return


def drain(first: Callable[[], Claim | None] = claim_next, *, turn: timedelta) -> int:
    """Job after job until nothing is due or the turn is over. Returns how many were tried."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    end = time.monotonic() + turn.total_seconds()
    done = 0
    claim = persist(first)
    while claim is not None:
        done += len(claim.jobs)
        in_turn = time.monotonic() < end
        claim = carry_out(claim, claim_next if in_turn else _nothing)
    return done


def _nothing(before: Claim | None) -> None:
    return None


def carry_out(claim: Claim, next_claim: NextClaim) -> Claim | None:
    """Calls the driver and settles, holding the lease all the while. Returns the next claim."""
    spec = claim.spec
    if spec is None:
        unknown = ConfigurationError(f"There is no operation {claim.jobs[0].operation!r} in this installation.")
        return settle_claim(claim, {job.pk: unknown for job in claim.jobs}, next_claim)
    with heartbeat.holding(claim.token, lease=spec.lease, limit=spec.time_limit):
        answers = _answers(claim, spec)
        return settle_claim(claim, answers, next_claim)


def _answers(claim: Claim, spec: Operation) -> dict[int, object]:
    """What each job's call gave: a Result, or whatever was raised."""
    answers: dict[int, object] = {}
    runs: list[JobRun] = []
    secrets = encrypted_secrets(claim.jobs)
    for job in claim.jobs:
        try:
            runs.append(JobRun(job, decrypt(secrets[job.pk]) if job.pk in secrets else None))
        except (InvalidToken, ValueError):
            answers[job.pk] = ConfigurationError("No key of FIELD_ENCRYPTION_KEYS opens the secret of this job.")
    if not runs:
        return answers
    try:
        with time_limit(spec.time_limit):
            if len(claim.jobs) > 1 and spec.run_many is not None:
                return {**answers, **_mapping(spec.run_many(runs))}
            return {**answers, runs[0].job.pk: spec.run(runs[0])}
    except CallTimedOut:
        error: Exception = TransientError(f"No answer within {spec.time_limit.total_seconds():.0f} s.")
    except Exception as raised:  # noqa: BLE001 - any other escape is the outcome "internal": recorded, not re-raised
        error = raised
    return answers | {run.job.pk: error for run in runs}


def _mapping(answers: object) -> Mapping[int, object]:
    return answers if isinstance(answers, Mapping) else {}

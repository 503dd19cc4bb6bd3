"""Claim, call the driver outside any transaction, settle; then the next one. This is all that a worker does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection

from cloudpanel.provisioning.calls import call, pace
from cloudpanel.provisioning.claims import Claim, claim_job, claim_next, due_jobs
from cloudpanel.provisioning.leases import heartbeat
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
    _take_turn(_next)


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


def drain(first: Callable[[], Claim | None] | None = None, *, turn: timedelta) -> int:
    """Job after job until nothing is due or the turn is over. Returns how many were tried."""
    freshen_connection()
    end = time.monotonic() + turn.total_seconds()
    done = 0
    claim = persist(first or _next)
    while claim is not None:
        done += len(claim.jobs)
        in_turn = time.monotonic() < end
        claim = carry_out(claim, _next if in_turn else _nothing)
    return done


def freshen_connection() -> None:
    """What a restart of PostgreSQL left behind is closed, as Django does at the beginning of a request."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def _nothing(before: Claim | None) -> None:
    return None


def carry_out(claim: Claim, next_claim: NextClaim) -> Claim | None:
    """Calls the driver and settles, holding the lease all the while. Returns the next claim."""
    spec = claim.spec
    if spec is None:
        return settle_claim(claim, call(claim), next_claim)
    with heartbeat.holding(claim.token, lease=spec.lease, limit=spec.time_limit):
        return settle_claim(claim, call(claim), next_claim)


def _next(before: Claim | None = None) -> Claim | None:
    return claim_next(before, group_size=pace.group_size)

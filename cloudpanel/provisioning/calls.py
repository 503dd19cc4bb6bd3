"""Calling the driver: every way in which it can end becomes an answer for each job, and nothing escapes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

from cloudpanel.core.crypto import InvalidToken, decrypt
from cloudpanel.provisioning.claims import Claim
from cloudpanel.provisioning.errors import ConfigurationError, TransientError
from cloudpanel.provisioning.leases import CallTimedOut, time_limit
from cloudpanel.provisioning.operations import JobRun, Operation
from cloudpanel.provisioning.secrets import encrypted_secrets

QUICK = 0.02  # seconds for one call
GROUP = 8  # jobs of a quick operation that are claimed, and settled, together
GROUP_TIME = 0.25  # seconds after which a group is settled as far as it came


class Unreached(Exception):
    """The group took longer than expected: this job was not begun and goes back to the queue as it was."""


class Pace:
    """How long the calls of each operation took lately, in this process."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(lambda: 1.0)

    def note(self, operation: str, seconds: float) -> None:
        self._seconds[operation] = seconds

    def group_size(self, operation: str) -> int:
        """One, unless the last call was quick: then the cost of a commit is shared by several jobs."""
        return GROUP if self._seconds[operation] < QUICK else 1


pace = Pace()


def call(claim: Claim) -> dict[int, object]:
    """What each job's call gave: a Result, or whatever was raised. Outside any transaction."""
    spec = claim.spec
    if spec is None:
        unknown = ConfigurationError(f"There is no operation {claim.jobs[0].operation!r} in this installation.")
        return {job.pk: unknown for job in claim.jobs}
    answers: dict[int, object] = {}
    runs = list(_readable(claim, answers))
    if spec.run_many is not None and len(runs) > 1:
        return answers | _call_together(spec, runs)
    end = time.monotonic() + GROUP_TIME
    for number, run in enumerate(runs):
        if number and time.monotonic() > end:
            answers[run.job.pk] = Unreached()
            continue
        began = time.monotonic()
        answers[run.job.pk] = _guarded(spec, partial(spec.run, run))
        pace.note(run.job.operation, time.monotonic() - began)
    return answers


def _readable(claim: Claim, answers: dict[int, object]) -> Iterator[JobRun]:
    """The jobs whose secret can be read; the others are answered already."""
    secrets = encrypted_secrets(claim.jobs)
    for job in claim.jobs:
        try:
            yield JobRun(job, decrypt(secrets[job.pk]) if job.pk in secrets else None)
        except (InvalidToken, ValueError):
            answers[job.pk] = ConfigurationError("No key of FIELD_ENCRYPTION_KEYS opens the secret of this job.")


def _call_together(spec: Operation, runs: Sequence[JobRun]) -> dict[int, object]:
    assert spec.run_many is not None
    given = _guarded(spec, partial(spec.run_many, runs))
    if isinstance(given, Mapping):
        return {run.job.pk: given.get(run.job.pk) for run in runs}
    return {run.job.pk: given for run in runs}


def _guarded(spec: Operation, work: Callable[[], object]) -> object:
    try:
        with time_limit(spec.time_limit):
            return work()
    except CallTimedOut:
        return TransientError(f"No answer within {spec.time_limit / timedelta(seconds=1):.0f} s.")
    except Exception as raised:  # noqa: BLE001 - any other escape is the outcome "internal": recorded, not re-raised
        return raised

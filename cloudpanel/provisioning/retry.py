"""What follows from the way a driver call ended. Pure: a decision as data, nothing sleeps and nothing is written."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, StillRunning, TransientError
from cloudpanel.provisioning.models import Failure, JobAttempt, JobState
from cloudpanel.provisioning.operations import Result

LONGEST_WAIT = timedelta(minutes=15)
LONGEST_ASKED = timedelta(days=1)
SHORTEST_POLL = timedelta(seconds=1)  # "ask again at once" must not make us spin

MESSAGES = {
    Failure.EXHAUSTED: _("El otro sistema no respondió a tiempo. Soporte puede intentarlo de nuevo."),
    Failure.CONFIGURATION: _("Hay un problema de configuración de nuestro lado. Soporte ya puede verlo."),
    Failure.INTERNAL: _("Ocurrió un error de nuestro lado. Soporte ya puede verlo."),
    Failure.LOST: _("La operación se interrumpió varias veces. Soporte puede intentarlo de nuevo."),
}


class LeaseExpired(Exception):
    """The process that ran the job went silent for longer than its lease."""


class DeadlinePassed(Exception):
    """The job waited in the queue beyond its deadline."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the job goes. ``run_after`` is set only for ``QUEUED``; ``charged`` False gives the attempt back."""

    state: JobState
    outcome: JobAttempt.Outcome
    failure: Failure | None = None
    user_message: str = ""
    detail: str = ""
    run_after: datetime | None = None
    provider_ref: str = ""
    charged: bool = True


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the policy looks at besides the answer. ``attempts`` includes the one that just ended."""

    attempts: int
    max_attempts: int
    now: datetime
    deadline_at: datetime
    is_probe: bool = False  # it only tested whether a paused driver is back: not charged to the job
    cancel_requested: bool = False
    first_wait: timedelta = timedelta(seconds=5)


def decide(
    answer: Result | BaseException, seen: Circumstances, *, jitter: Callable[[], float] = random.random
) -> Decision:
    """Success, try again at a named moment, or never. ``jitter`` gives numbers in [0, 1].

    Total: whatever a driver puts into its exceptions, there is a decision."""
    match answer:
        case Result():
            return Decision(JobState.SUCCEEDED, JobAttempt.Outcome.SUCCEEDED, provider_ref=answer.provider_ref)
        case StillRunning():
            return _later(answer, seen, JobAttempt.Outcome.STILL_RUNNING, _poll_wait(answer), charged=False)
        case TransientError():
            wait = back_off(seen, jitter, at_least=answer.retry_after)
            return _later(answer, seen, JobAttempt.Outcome.TRANSIENT, wait, charged=not seen.is_probe)
        case LeaseExpired():
            return _later(answer, seen, JobAttempt.Outcome.LOST, back_off(seen, jitter), charged=True)
        case DeadlinePassed():
            return _never(Failure.EXHAUSTED, JobAttempt.Outcome.TRANSIENT, answer)
        case PermanentError():
            return _never(Failure.PERMANENT, JobAttempt.Outcome.PERMANENT, answer, answer.user_message)
        case ConfigurationError():
            return _never(Failure.CONFIGURATION, JobAttempt.Outcome.CONFIGURATION, answer)
        case _:
            return _never(Failure.INTERNAL, JobAttempt.Outcome.INTERNAL, answer)


def back_off(seen: Circumstances, jitter: Callable[[], float], *, at_least: float | None = None) -> timedelta:
    """Doubles from ``first_wait`` to :data:`LONGEST_WAIT`; half of it is left to chance, so that jobs which
    failed together do not come back together. Never sooner than the other side asked (``at_least`` seconds)."""
    doublings = min(max(seen.attempts - 1, 0), 20)
    full = min(seen.first_wait * (1 << doublings), max(LONGEST_WAIT, seen.first_wait))
    wait = full / 2 + full / 2 * jitter()
    return max(wait, _duration(at_least)) if at_least is not None else wait


def _poll_wait(answer: StillRunning) -> timedelta:
    return max(_duration(answer.poll_after), SHORTEST_POLL)


def _duration(seconds: object) -> timedelta:
    """Drivers pass on what the other side says: nonsense counts as nothing, and a day is the longest."""
    if not isinstance(seconds, int | float) or not seconds > 0:  # also NaN
        return timedelta(0)
    return timedelta(seconds=min(float(seconds), LONGEST_ASKED.total_seconds()))


def _later(
    answer: Exception, seen: Circumstances, outcome: JobAttempt.Outcome, wait: timedelta, *, charged: bool
) -> Decision:
    if seen.cancel_requested:
        return Decision(JobState.CANCELLED, outcome, detail=_explain(answer), provider_ref=_reference(answer))
    run_after = seen.now + wait
    if run_after > seen.deadline_at or (charged and seen.attempts >= seen.max_attempts):
        failure = Failure.LOST if outcome == JobAttempt.Outcome.LOST else Failure.EXHAUSTED
        return _never(failure, outcome, answer)
    return Decision(
        JobState.QUEUED,
        outcome,
        detail=_explain(answer),
        run_after=run_after,
        provider_ref=_reference(answer),
        charged=charged,
    )


def _never(failure: Failure, outcome: JobAttempt.Outcome, answer: BaseException, user_message: str = "") -> Decision:
    message = str(user_message or MESSAGES.get(failure, MESSAGES[Failure.INTERNAL]))
    return Decision(
        JobState.FAILED, outcome, failure, message, detail=_explain(answer), provider_ref=_reference(answer)
    )


def _explain(answer: BaseException) -> str:
    return f"{type(answer).__name__}: {answer}" if str(answer) else type(answer).__name__


def _reference(answer: BaseException) -> str:
    return str(answer.provider_ref)[:200] if isinstance(answer, StillRunning) else ""

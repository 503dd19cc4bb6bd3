"""Whatever ends a call, the policy decides; and every decision is an allowed move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, StillRunning, TransientError
from cloudpanel.provisioning.models import ALLOWED_MOVES, JobState
from cloudpanel.provisioning.operations import Result
from cloudpanel.provisioning.retry import LONGEST_ASKED, LONGEST_WAIT, Circumstances, LeaseExpired, decide

NOW = datetime(2026, 1, 1, tzinfo=UTC)
anything = st.one_of(st.none(), st.floats(), st.integers(), st.text(), st.booleans())
answers = st.one_of(
    st.builds(Result, provider_ref=st.text()),
    st.builds(TransientError, st.text(), retry_after=anything),
    st.builds(StillRunning, st.text(), poll_after=anything, provider_ref=st.text()),
    st.builds(PermanentError, st.text()),
    st.builds(ConfigurationError, st.text()),
    st.builds(LeaseExpired),
    st.builds(ValueError, st.text()),
    st.builds(KeyboardInterrupt),
)
circumstances = st.builds(
    Circumstances,
    attempts=st.integers(0, 40),
    max_attempts=st.integers(1, 20),
    now=st.just(NOW),
    deadline_at=st.timedeltas(timedelta(days=-2), timedelta(days=2)).map(lambda delta: NOW + delta),
    is_probe=st.booleans(),
    cancel_requested=st.booleans(),
)
luck = st.floats(0, 1, exclude_max=True)


@given(answers, circumstances, luck)
def test_every_answer_has_a_decision_that_is_an_allowed_move(answer, seen, jitter):
    decision = decide(answer, seen, jitter=lambda: jitter)
    assert decision.state in ALLOWED_MOVES[JobState.RUNNING]
    assert (decision.run_after is not None) == (decision.state == JobState.QUEUED)
    assert (decision.failure is not None) == (decision.state == JobState.FAILED)
    assert decision.user_message or decision.state != JobState.FAILED


@given(answers, circumstances, luck)
def test_a_new_try_is_soon_in_time_and_never_in_the_past(answer, seen, jitter):
    decision = decide(answer, seen, jitter=lambda: jitter)
    if decision.run_after is not None:
        assert NOW < decision.run_after <= min(seen.deadline_at, NOW + max(LONGEST_ASKED, LONGEST_WAIT))
        assert not seen.cancel_requested
        assert seen.attempts < seen.max_attempts or not decision.charged


@given(st.integers(1, 30), luck)
def test_the_other_side_is_never_asked_sooner_than_it_wished(attempts, jitter):
    seen = Circumstances(attempts, 40, NOW, NOW + timedelta(days=3))
    decision = decide(TransientError("x", retry_after=7200), seen, jitter=lambda: jitter)
    assert decision.run_after >= NOW + timedelta(seconds=7200)


@given(st.floats(min_value=1, max_value=86400), st.integers(1, 200))
def test_waiting_for_slow_work_is_never_charged(poll_after, attempts):
    seen = Circumstances(attempts, 1, NOW, NOW + timedelta(days=3))
    assert not decide(StillRunning(poll_after=poll_after), seen).charged


class JobLife(RuleBasedStateMachine):
    """A job under any sequence of answers ends, and stays where it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.attempts, self.now = JobState.QUEUED, 0, NOW
        self.deadline_at = NOW + timedelta(hours=24)

    @rule(answer=answers, jitter=luck, is_probe=st.booleans(), cancel=st.booleans())
    def try_once(self, answer, jitter, is_probe, cancel) -> None:
        if self.state != JobState.QUEUED:
            return
        self.attempts += 1
        seen = Circumstances(self.attempts, 8, self.now, self.deadline_at, is_probe, cancel)
        decision = decide(answer, seen, jitter=lambda: jitter)
        assert decision.state in ALLOWED_MOVES[JobState.RUNNING]
        self.state = decision.state
        self.attempts -= not decision.charged
        self.now = decision.run_after or self.now

    @invariant()
    def it_never_outlives_its_attempts_or_its_deadline(self) -> None:
        assert self.attempts <= 8
        assert self.now <= self.deadline_at


TestJobLife = JobLife.TestCase

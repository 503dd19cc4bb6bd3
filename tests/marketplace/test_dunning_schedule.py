"""Nobody is suspended without having been warned as many days before as the schedule says."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from marketplace.dunning_schedule import SCHEDULE, Act, day_of, first_day, planned

DUE = date(2026, 12, 1)
delays = st.lists(st.integers(0, 90), min_size=len(SCHEDULE), max_size=len(SCHEDULE))


def test_the_schedule_goes_forward_and_ends_with_the_end():
    assert [step.day for step in SCHEDULE] == sorted({step.day for step in SCHEDULE})
    assert SCHEDULE[-1].act == Act.TERMINATE
    acts = [step.act for step in SCHEDULE]
    assert acts.index(Act.WARN) < acts.index(Act.SUSPEND) < acts.index(Act.WARN_OF_END) < acts.index(Act.TERMINATE)


def test_on_time_each_step_has_its_day():
    done = None
    for index, step in enumerate(SCHEDULE):
        done = day_of(index, DUE, done)
        assert done == DUE + timedelta(days=step.day)


@given(delays)
def test_late_runs_keep_the_distance_between_steps(late):
    done = first_day(DUE) + timedelta(days=late[0])
    for index in range(1, len(SCHEDULE)):
        nominal = SCHEDULE[index].day - SCHEDULE[index - 1].day
        carried_out = day_of(index, DUE, done) + timedelta(days=late[index])
        assert (carried_out - done).days >= nominal
        done = carried_out


def test_what_will_happen_is_foretold():
    assert planned(Act.SUSPEND, 1, DUE, date(2026, 12, 1)) == date(2026, 12, 9)
    assert planned(Act.SUSPEND, 1, DUE, date(2027, 1, 10)) == date(2027, 1, 18)
    assert planned(Act.SUSPEND, 5, DUE, date(2026, 12, 24)) is None

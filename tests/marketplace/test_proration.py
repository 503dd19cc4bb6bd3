"""A change and its reverse cancel out, to the cent, whatever the month, the year and the prices."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.periods import Period, add_months, day_in, period_for, period_from
from marketplace.proration import Rest, prorate

days = st.dates(date(2023, 1, 1), date(2032, 12, 31))
lengths = st.sampled_from([1, 12])
prices = st.decimals(Decimal("0.00"), Decimal("99999.99"), places=2)
discounts = st.decimals(Decimal(0), Decimal(1), places=4)
things = st.lists(st.tuples(st.sampled_from("abcde"), prices), max_size=6)


@st.composite
def rests(draw):
    period = period_from(start := draw(days), draw(lengths), start.day)
    on = period.start + timedelta(days=draw(st.integers(0, period.days)))
    return Rest.of(period, on, *draw(st.one_of(st.tuples(discounts), st.tuples(st.just(Decimal(0)), prices))))


@given(things, things, rests())
def test_a_change_and_its_reverse_cancel_out(before, after, rest):
    there, back = prorate(before, after, rest), prorate(after, before, rest)
    assert there.net + back.net == 0
    assert (there.credit, there.charge) == (-back.charge, -back.credit)


@given(things, things, things, rests())
def test_two_steps_cost_what_the_direct_way_costs(first, second, third, rest):
    steps = prorate(first, second, rest).net + prorate(second, third, rest).net
    assert steps == prorate(first, third, rest).net


@given(things, rests())
def test_changing_nothing_costs_nothing(same, rest):
    nothing = prorate(same, list(reversed(same)), rest)
    assert (nothing.credits, nothing.charges) == ([], [])


@given(prices, days, lengths)
def test_the_whole_rest_is_the_whole_price_and_none_is_nothing(price, start, months):
    period = period_from(start, months, start.day)
    assert Rest.of(period, period.start).share(price) == price
    assert Rest.of(period, period.end).share(price) == 0


@given(things, rests())
def test_nobody_gets_back_more_than_was_charged(items, rest):
    given_back = -prorate(items, [], rest).net
    assert 0 <= given_back <= sum((price for _thing, price in items), Decimal(0))


@given(things, things, days)
def test_in_a_trial_every_change_is_free(before, after, start):
    period = period_from(start, 1, start.day)
    assert prorate(before, after, Rest.of(period, start, Decimal(1))).net == 0


def test_an_amount_off_stays_what_it_is_under_a_dearer_plan():
    whole = Rest(30, 30, off=Decimal(100))
    up = prorate([("básico", Decimal(100))], [("empresarial", Decimal(1000))], whole)
    assert (up.credit, up.charge, up.net) == (-100, 1000, 900)


def test_an_amount_off_helps_as_far_as_there_is_something_to_pay():
    whole = Rest(30, 30, off=Decimal(300))
    down = prorate([("empresarial", Decimal(1000))], [("básico", Decimal(100))], whole)
    assert (down.credit, down.charge) == (-800, 100)  # 700 were paid, and nothing is owed for the smaller plan


@given(days, lengths, st.integers(1, 40))
def test_periods_follow_each_other_without_gap_and_keep_their_day(start, months, count):
    anchor, day = start.day, start
    for _ in range(count):
        period = period_from(day, months, anchor)
        assert period.days in ({28, 29, 30, 31} if months == 1 else {365, 366})
        day = period.end
        assert day.day == min(anchor, monthrange(day.year, day.month)[1])


@pytest.mark.parametrize(
    ("start", "months", "anchor", "end"),
    [
        (date(2027, 1, 31), 1, 31, date(2027, 2, 28)),
        (date(2027, 2, 28), 1, 31, date(2027, 3, 31)),
        (date(2028, 1, 30), 1, 30, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, 29, date(2029, 2, 28)),
        (date(2031, 2, 28), 12, 29, date(2032, 2, 29)),
        (date(2026, 12, 15), 1, 15, date(2027, 1, 15)),
    ],
)
def test_ends_of_months_and_leap_years(start, months, anchor, end):
    assert add_months(start, months, anchor) == end


def test_half_of_a_month_costs_half():
    rest = Rest.of(Period(date(2026, 11, 1), date(2026, 12, 1)), date(2026, 11, 16))
    proration = prorate([("básico", Decimal("199.00"))], [("profesional", Decimal("399.00"))], rest)
    assert (proration.credit, proration.charge, proration.net) == (
        Decimal("-99.50"),
        Decimal("199.50"),
        Decimal("100.00"),
    )


def test_the_last_evening_of_a_month_belongs_to_the_customers_own_day():
    instant = datetime(2026, 12, 1, 5, 30, tzinfo=UTC)
    assert day_in("America/Tijuana", instant) == date(2026, 11, 30)
    assert day_in("America/Cancun", instant) == date(2026, 12, 1)


def test_after_months_of_silence_only_the_current_period_is_charged():
    period, skipped = period_for(date(2026, 1, 31), date(2026, 5, 10), 1, 31)
    assert (period, skipped) == (Period(date(2026, 4, 30), date(2026, 5, 31)), 3)


@given(days, lengths, st.integers(-60, 2000))
def test_the_period_to_charge_is_never_over(start, months, later):
    today = start + timedelta(days=later)
    period, skipped = period_for(start, today, months, start.day)
    assert period.end > today
    assert skipped == 0 or period.start <= today


def test_a_period_without_days_is_refused():
    with pytest.raises(ValueError, match="no days"):
        Period(date(2026, 1, 1), date(2026, 1, 1))

"""How the panel asks for what is overdue: the schedule as data, and when each step is due. No database, no clock.

Days count from the due date. A step is never nearer to the one before it than the schedule says: when the panel was
off, everything that follows moves with it, so that nobody is suspended on the day of the first reminder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Act(StrEnum):
    REMIND = "remind"  # it will be due soon
    COLLECT = "collect"  # charge the default payment method; without one, say that it is due or overdue
    WARN = "warn"  # try once more; the last word before the suspension
    SUSPEND = "suspend"  # nobody can use the service; nothing is lost
    WARN_OF_END = "warn_of_end"  # the last word before the data goes
    TERMINATE = "terminate"


@dataclass(frozen=True, slots=True)
class Step:
    day: int  # relative to the due date
    act: Act


SCHEDULE: Sequence[Step] = (
    Step(-3, Act.REMIND),
    Step(0, Act.COLLECT),
    Step(3, Act.COLLECT),
    Step(5, Act.WARN),
    Step(8, Act.SUSPEND),
    Step(23, Act.WARN_OF_END),
    Step(38, Act.TERMINATE),
)


def first_day(due: date, schedule: Sequence[Step] = SCHEDULE) -> date:
    """When the first step is due."""
    return due + timedelta(days=schedule[0].day)


def day_of(index: int, due: date, previous_on: date | None, schedule: Sequence[Step] = SCHEDULE) -> date:
    """When step ``index`` is due, the one before it having been carried out on ``previous_on``."""
    planned = due + timedelta(days=schedule[index].day)
    if index == 0 or previous_on is None:
        return planned
    distance = schedule[index].day - schedule[index - 1].day
    return max(planned, previous_on + timedelta(days=distance))


def planned(act: Act, index: int, due: date, next_on: date, schedule: Sequence[Step] = SCHEDULE) -> date | None:
    """When ``act`` will happen if nobody pays, step ``index`` being next on ``next_on``; None when it is past."""
    day = next_on
    for number in range(index, len(schedule)):
        if number > index:
            day = day_of(number, due, day, schedule)
        if schedule[number].act == act:
            return day
    return None

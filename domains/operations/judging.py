"""When a domain counts as proved: pure arithmetic over what the servers answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domains.drivers.observer import Answer, Note, Seen

PROVED, PARTIAL, OTHER, CROWDED = "proved", "partial", "other", "crowded"
KNOWING = frozenset({Note.FOUND, Note.NO_NAME, Note.NO_RECORD})
CROWD = 4000  # characters of TXT records at one name that make the right one hard to find
MOST_VALUES, LONGEST_VALUE = 12, 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """``outcome`` is ``proved``, ``partial``, ``other``, ``crowded`` or a Note."""

    outcome: str
    is_proved: bool


def judge(seen: Seen, is_ours: Callable[[str], bool]) -> Verdict:
    """More than half of the zone's own servers that know anything must have it: one wrong or late server of three does not
    stand in the way, and one that somebody took over proves nothing. When those are not most of the servers that the
    zone names, a public resolver must see it too; when none can be reached, more than half of the resolvers."""

    def has(answer: Answer) -> bool:
        return any(is_ours(value.strip()) for value in answer.values)

    knowing = [answer for answer in seen.authorities if answer.note in KNOWING]
    having = sum(has(answer) for answer in knowing)
    through_resolvers = sum(has(answer) for answer in seen.resolvers)
    if knowing:
        is_confirmed = having * 2 > len(seen.authorities) or through_resolvers > 0
        is_proved = having * 2 > len(knowing) and is_confirmed
    else:
        is_proved = through_resolvers * 2 > len(seen.resolvers)
    if is_proved:
        return Verdict(PROVED, is_proved=True)
    if having or through_resolvers:
        return Verdict(PARTIAL, is_proved=False)
    if any(answer.note is Note.NO_ZONE for answer in seen.authorities):
        return Verdict(str(Note.NO_ZONE), is_proved=False)
    told = seen.authorities if knowing else (*seen.authorities, *seen.resolvers)
    found = [answer for answer in told if answer.note is Note.FOUND]
    if found:
        size = max(sum(len(value) for value in answer.values) for answer in found)
        return Verdict(CROWDED if size > CROWD else OTHER, is_proved=False)
    return Verdict(_commonest(told), is_proved=False)


def _commonest(answers: Sequence[Answer]) -> str:
    """Of those who said anything, if any did."""
    counted = Counter(answer.note for answer in answers if answer.note is not Note.SILENCE)
    return str(counted.most_common(1)[0][0]) if counted else str(Note.SILENCE)


def as_rows(
    txt: Seen, cname: Seen, has_txt: Callable[[str], bool], has_cname: Callable[[str], bool]
) -> list[dict[str, Any]]:
    """What the row remembers, one entry for each server: short, and without what PostgreSQL cannot keep."""
    return [
        {
            "server": one.server,
            "is_authority": one.is_authority,
            "txt": _entry(one, has_txt),
            "cname": _entry(other, has_cname),
        }
        for one, other in zip(txt.answers, cname.answers, strict=True)
    ]


def _entry(answer: Answer, is_ours: Callable[[str], bool]) -> dict[str, Any]:
    values = [value[:LONGEST_VALUE].replace("\x00", "") for value in answer.values]
    ours = [is_ours(value.strip()) for value in answer.values]
    return {
        "note": str(answer.note),
        "values": values[:MOST_VALUES],
        "count": len(values),
        "alias": answer.alias[:LONGEST_VALUE],
        "is_ours": any(ours),
    }

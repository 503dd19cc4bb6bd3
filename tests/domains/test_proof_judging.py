"""How many servers must have the record, and which reason is told when they have not."""

from __future__ import annotations

import pytest

from domains.drivers.observer import Answer, Note, Seen
from domains.operations.judging import judge

WHO = {"+": (Note.FOUND, ("ours",)), "-": (Note.FOUND, ("other",)), "0": (Note.NO_NAME, ()), "t": (Note.SILENCE, ()),
       "l": (Note.LAME, ()), "c": (Note.LOOP, ()), "z": (Note.NO_ZONE, ())}  # fmt: skip


def seen(authorities: str, resolvers: str) -> Seen:
    own = [Answer("ns", *WHO[sign], is_authority=True) for sign in authorities]
    return Seen((*own, *[Answer("8.8.8.8", *WHO[sign]) for sign in resolvers]))


@pytest.mark.parametrize(
    ("authorities", "resolvers", "outcome"),
    [
        ("+++", "000", "proved"),  # the resolvers remember that it was not there
        ("++-", "000", "proved"),  # one wrong server of three
        ("+-", "+++", "partial"),
        ("+--", "+++", "partial"),
        ("+", "ttt", "proved"),
        ("+t", "+00", "proved"),  # a dead server, and a resolver that sees it too
        ("+tt", "000", "partial"),  # one server alone may have been taken over
        ("ttt", "++0", "proved"),  # our own way to port 53 is closed
        ("ttt", "+00", "partial"),
        ("ttt", "000", "no_name"),
        ("tl", "ttt", "lame"),
        ("ct", "ttt", "loop"),
        ("z", "000", "no_zone"),
        ("ttt", "ttt", "silence"),
        ("", "", "silence"),
        ("-0t", "000", "other"),
    ],
)
def test_most_of_those_who_know_must_have_it(authorities, resolvers, outcome):
    verdict = judge(seen(authorities, resolvers), lambda value: value == "ours")
    assert (verdict.outcome, verdict.is_proved) == (outcome, outcome == "proved")

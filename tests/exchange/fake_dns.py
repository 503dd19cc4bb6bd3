"""Name servers of which the test says what they answer."""

from __future__ import annotations

from collections.abc import Sequence

from domains.drivers.observer import Answer, Note, Question

answers: dict[str, Answer] = {}


def answer(note: Note, *values: str) -> Answer:
    return Answer("127.0.0.1", note, values)


class FakeObserver:
    def resolve(self, questions: Sequence[Question]) -> dict[Question, Answer]:
        return {each: answers.get(each.name, answer(Note.NO_NAME)) for each in questions}

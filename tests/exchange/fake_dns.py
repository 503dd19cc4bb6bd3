"""A name server of which the test says what it answers."""

from __future__ import annotations

from exchange.drivers.dns import Note, TxtAnswer

answers: dict[str, TxtAnswer] = {}


class FakeTxtResolver:
    def txt(self, host: str) -> TxtAnswer:
        return answers.get(host, TxtAnswer(Note.NO_NAME))

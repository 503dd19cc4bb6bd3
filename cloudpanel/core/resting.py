"""Leaves a service alone for some seconds after it did not answer, so that one caller waits for it and not everybody."""

from __future__ import annotations

import time


class Rest:
    """Kept per process: each finds out for itself, once in every ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = 0.0

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._until

    def begin(self) -> None:
        self._until = time.monotonic() + self.seconds

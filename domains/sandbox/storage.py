"""Keeps the registry's state between two runs, in one file of its own."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path

from domains.sandbox.state import State


@dataclass(frozen=True)
class Storage:
    """``file`` lies in a directory that only this user may write (``.local``): it is trusted when it is read."""

    file: Path

    def load(self) -> State | None:
        if not self.file.exists():
            return None
        state = pickle.loads(self.file.read_bytes())  # noqa: S301 - our own file
        return state if isinstance(state, State) else None

    def save(self, state: State) -> None:
        """A crash leaves the old state or the new one, never half of each."""
        beside = self.file.with_suffix(".new")
        with beside.open("wb") as target:
            pickle.dump(state, target)
            target.flush()
            os.fsync(target.fileno())
        beside.replace(self.file)

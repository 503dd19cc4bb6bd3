"""How the sandbox can be told to misbehave: as registries do on a bad day."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    CLOSE_BEFORE = "close-before"
    """The connection breaks before the command is carried out."""
    CLOSE_AFTER = "close-after"
    """It is carried out, and the connection breaks before the answer."""
    CUT = "cut"
    """It is carried out, and the answer breaks off after ``amount`` bytes."""
    SLOW = "slow"
    """The answer comes after ``amount`` seconds."""
    CODE = "code"
    """The answer is the result code ``amount``, and nothing is carried out."""
    GARBAGE = "garbage"
    """Carried out, but the answer is no XML."""
    BOMB = "bomb"
    """Carried out, but the answer is an XML entity bomb."""
    ASTRAY = "astray"
    """Carried out, but what comes is the answer to another command: it names another clTRID."""
    UNHEARD_OF = "unheard-of"
    """The answer's result code becomes ``amount``, which RFC 5730 need not know."""


@dataclass(frozen=True, slots=True)
class Fault:
    """For the next ``times`` commands whose verb (``create``; empty for any) and name (``a.mx``; empty) fit."""

    kind: Kind
    verb: str = ""
    name: str = ""
    amount: float = 0
    times: int = 1


@dataclass
class Faults:
    _waiting: list[tuple[Fault, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append((fault, fault.times))

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, verb: str, name: str) -> Fault | None:
        """The fault that this command meets, if any; it is used up."""
        with self._lock:
            for place, (fault, left) in enumerate(self._waiting):
                if fault.verb in {"", verb} and fault.name in {"", name}:
                    self._waiting[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None

"""Who is doing it: the person, and behind them the support agent who *entró como*."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True, slots=True)
class Actor:
    """Handed to every service as ``actor``. ``user`` is None when the panel itself acts (renewals, sweeps)."""

    user: User | None
    impersonator: User | None = None
    origin: str = ""  # IP address, "trabajador", "consola"

    @property
    def name(self) -> str:
        return f"{self.user.name} <{self.user.email}>" if self.user else "Sistema"

    @property
    def impersonator_name(self) -> str:
        return f"{self.impersonator.name} <{self.impersonator.email}>" if self.impersonator else ""


SYSTEM = Actor(user=None, origin="sistema")

"""What the world says of a domain that we do not hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Standing(StrEnum):
    """``FREE`` only on a positive sign. Whatever else is not understood is ``UNKNOWN``: "no se sabe"."""

    REGISTERED = "registered"
    FREE = "free"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """``source`` is ``rdap`` or ``whois``; ``reason`` says, for support, why it is unknown. Times are aware."""

    name: str
    standing: Standing
    source: str = ""
    registrar: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    transferred_at: datetime | None = None  # the last time, where it says so
    statuses: frozenset[str] = frozenset()
    nameservers: tuple[str, ...] = ()
    reason: str = ""

    @property
    def is_locked(self) -> bool:
        """RDAP writes "client transfer prohibited", WHOIS "clientTransferProhibited" (RFC 8056)."""
        return any("transferprohibited" in status.replace(" ", "").lower() for status in self.statuses)


EARLIEST, LATEST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def believable(moment: datetime | None) -> datetime | None:
    """Aware, in UTC; None for a time in which no domain begins or ends. (9999-12-31 is no time at all in some zones.)"""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC) if EARLIEST <= aware <= LATEST else None


def unknown(name: str, source: str, reason: object) -> Found:
    return Found(name, Standing.UNKNOWN, source, reason=str(reason).replace("\x00", "")[:300])

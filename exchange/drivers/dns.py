"""Looks up TXT records, with a resolver of its own that never waits long, and says *why* nothing was found.

The reasons differ for the person who set the record: a name that does not exist is a slip in the host, a name without
TXT records a slip in the type, silence is somebody else's trouble (RFC 1035, section 4.1.1; RFC 2308 for the difference
between the first two).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import dns.exception
import dns.name
import dns.resolver


class Note(StrEnum):
    FOUND = "found"
    NO_NAME = "no_name"
    """NXDOMAIN: there is nothing at all at this name."""
    NO_RECORD = "no_record"
    """The name exists without TXT records."""
    SILENCE = "silence"
    """No name server answered in time."""
    BROKEN = "broken"
    """The name servers answered that they cannot (SERVFAIL, REFUSED), or nonsense."""


@dataclass(frozen=True, slots=True)
class TxtAnswer:
    """``values``: one text for each record, its character strings joined (RFC 7208, section 3.3)."""

    note: Note
    values: tuple[str, ...] = ()


class TxtResolver:
    """``nameservers`` empty: those of the system. ``timeout`` is per server, ``lifetime`` per question, in seconds."""

    def __init__(
        self, nameservers: Sequence[str] = (), port: int = 53, timeout: float = 2.0, lifetime: float = 6.0
    ) -> None:
        self._nameservers, self._port = list(nameservers), port
        self._timeout, self._lifetime = timeout, lifetime

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self._nameservers)
        if self._nameservers:
            resolver.nameservers = self._nameservers
        resolver.port = self._port
        resolver.timeout, resolver.lifetime = self._timeout, self._lifetime
        resolver.cache = None
        return resolver

    def txt(self, host: str) -> TxtAnswer:
        """What is at ``host`` now, not through any search list. Never raises for what the network does."""
        try:
            answer = self._resolver().resolve(dns.name.from_text(host), "TXT", search=False)
        except dns.resolver.NXDOMAIN:
            return TxtAnswer(Note.NO_NAME)
        except dns.resolver.NoAnswer:
            return TxtAnswer(Note.NO_RECORD)
        except (dns.resolver.LifetimeTimeout, OSError):
            return TxtAnswer(Note.SILENCE)
        except (dns.exception.DNSException, UnicodeError):
            return TxtAnswer(Note.BROKEN)
        return TxtAnswer(Note.FOUND, tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer))

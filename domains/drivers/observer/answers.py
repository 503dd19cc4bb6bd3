"""What one server says of one name, each kind of bad luck by its own name: whoever set the record wants to know which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Note(StrEnum):
    FOUND = "found"
    NO_NAME = "no_name"
    """NXDOMAIN: there is nothing at all at this name (RFC 2308, section 2.1)."""
    NO_RECORD = "no_record"
    """The name exists without records of this type (RFC 2308, section 2.2)."""
    SILENCE = "silence"
    """No answer in time, or nobody at that address."""
    BROKEN = "broken"
    """SERVFAIL: the server says that it cannot. A failed DNSSEC validation looks like this too."""
    LAME = "lame"
    """Named as a server of this zone, and knows nothing of it: REFUSED, NOTAUTH, or a referral elsewhere (RFC 8499)."""
    LOOP = "loop"
    """CNAME records that lead in a circle, or too far."""
    TOO_BIG = "too_big"
    """The answer does not fit into UDP, and the server does not speak TCP (RFC 7766)."""
    GARBAGE = "garbage"
    """What came is no DNS message."""
    NO_ZONE = "no_zone"
    """The domain itself is not in the DNS, or names no servers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``server`` as people know it (``ns1.proveedor.mx``, ``8.8.8.8``). ``values``: one text for each record, the strings
    of a TXT joined (RFC 7208, section 3.3), names in lower case without a final dot. ``alias`` is where a CNAME led."""

    server: str
    note: Note
    values: tuple[str, ...] = ()
    alias: str = ""
    is_authority: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """All answers to one question: those of the zone's own servers first, then those of the public resolvers."""

    answers: tuple[Answer, ...] = ()

    @property
    def authorities(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if answer.is_authority)

    @property
    def resolvers(self) -> tuple[Answer, ...]:
        return tuple(answer for answer in self.answers if not answer.is_authority)

"""The records of a zone as the panel knows them: relative names, canonical texts. Plain Python: drivers use it too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zone

KINDS = ("A", "AAAA", "MX", "TXT", "CNAME", "SRV", "CAA", "NS")
"""What customers keep. SOA and the NS records at the apex are the provider's."""
NAMING = frozenset({"MX", "CNAME", "SRV", "NS"})
"""Kinds whose data end in a name: compared without case (RFC 4343)."""
SHORTEST, LONGEST = 60, 7 * 24 * 3600
"""Times to live, in seconds."""


LONGEST_STRING = 255
"""Octets of one character string of a TXT record (RFC 1035, 3.3)."""


class BadRecord(ValueError):
    """``field`` is name, kind, value or ttl; the text is Spanish."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, order=True)
class Record:
    """``name`` is relative to the zone, ``@`` for the zone itself; ``value`` is the record's data in zone-file form."""

    name: str
    kind: str
    value: str
    ttl: int = 3600

    @classmethod
    def of(cls, zone: str, name: str, kind: str, value: str, ttl: int = 3600) -> Record:
        """Checked and in canonical form. Raises BadRecord."""
        if kind not in KINDS:
            raise BadRecord(f"Los registros {kind} no se administran aquí.", "kind")
        if not SHORTEST <= ttl <= LONGEST:
            raise BadRecord("El tiempo de vida va de 60 segundos a 7 días.", "ttl")
        origin = dns.name.from_text(zone)
        relative = _relative(origin, name)
        if kind == "NS" and relative == "@":
            raise BadRecord("Los servidores de nombres del dominio se cambian en la página del dominio.", "kind")
        return cls(relative, kind, canonical(origin, kind, value), ttl)

    @classmethod
    def from_list(cls, values: Sequence[Any]) -> Record:
        """From what :meth:`as_list` gave to JSON."""
        name, kind, value, ttl = values
        return cls(str(name), str(kind), str(value), int(ttl))

    def as_list(self) -> list[Any]:
        return [self.name, self.kind, self.value, self.ttl]


def canonical(origin: dns.name.Name, kind: str, value: str) -> str:
    try:
        text = quoted(value) if kind == "TXT" else value
        if any(ord(sign) < 32 for sign in text):
            raise ValueError("control characters")
        data = dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=origin, relativize=False)
    except (dns.exception.DNSException, ValueError, UnicodeError) as error:
        raise BadRecord(f"No es un valor válido para un registro {kind}.", "value") from error
    return _text_of(data, kind)


def _text_of(data: dns.rdata.Rdata, kind: str) -> str:
    text = str(data.to_text())
    return text.lower() if kind in NAMING else text


def quoted(value: str) -> str:
    """A TXT value as people paste it, quoted or not, in strings of at most 255 octets (RFC 1035, 3.3.14)."""
    if not value.startswith('"'):
        return quoted_octets(value.encode())
    strings = strings_of(value)
    return quoted_octets(b"".join(strings)) if any(len(each) > LONGEST_STRING for each in strings) else value


def strings_of(quoted_text: str) -> list[bytes]:
    """``"una" "dos"`` as octets, each string however long it was pasted. Raises dns.exception.SyntaxError."""
    tokens = dns.tokenizer.Tokenizer(quoted_text).get_remaining()
    return [token.unescape_to_bytes().value for token in tokens]


def quoted_octets(octets: bytes) -> str:
    starts = range(0, len(octets), LONGEST_STRING)
    parts = [octets[start : start + LONGEST_STRING] for start in starts] or [b""]
    return " ".join('"' + _escaped(part) + '"' for part in parts)


def _escaped(octets: bytes) -> str:
    return "".join(
        f"\\{chr(octet)}" if octet in b'"\\' else chr(octet) if 32 <= octet < 127 else f"\\{octet:03d}"
        for octet in octets
    )


def _relative(origin: dns.name.Name, name: str) -> str:
    try:
        absolute = dns.name.from_text(name.strip() or "@", origin=origin)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise BadRecord("No es un nombre válido.", "name") from error
    if not absolute.is_subdomain(origin):
        raise BadRecord(f"El nombre queda fuera de {origin.to_text(omit_final_dot=True)}.", "name")
    return str(absolute.relativize(origin).to_text()).lower()


def records_of(zone: dns.zone.Zone) -> frozenset[Record]:
    """What customers keep in a zone that was read from a server."""
    assert zone.origin is not None
    found = set()
    for name, ttl, data in zone.iterate_rdatas():
        kind = dns.rdatatype.to_text(data.rdtype)
        relative = str(name.relativize(zone.origin).to_text() if name.is_absolute() else name.to_text()).lower()
        if kind in KINDS and not (kind == "NS" and relative == "@"):
            found.add(Record(relative, kind, _text_of(data, kind), int(ttl)))
    return frozenset(found)


def write_zone_file(zone: str, records: Iterable[Record]) -> str:
    """Zone-file form (RFC 1035, 5), every line complete."""
    lines = [f"$ORIGIN {zone.rstrip('.')}."]
    lines += [f"{record.name}\t{record.ttl}\tIN\t{record.kind}\t{record.value}" for record in sorted(records)]
    return "\n".join(lines) + "\n"

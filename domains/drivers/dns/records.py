"""The records of a zone as the panel knows them: relative names, canonical texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.zone

KINDS = ("A", "AAAA", "MX", "TXT", "CNAME", "SRV", "CAA", "NS")
"""What customers keep. SOA and the NS records at the apex are the provider's."""
SHORTEST, LONGEST = 60, 7 * 24 * 3600
"""Times to live, in seconds."""


class BadRecord(ValueError):
    """``field`` is name, kind, value or ttl; the text is Spanish, for the person who typed it."""

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


def canonical(origin: dns.name.Name, kind: str, value: str) -> str:
    text = quoted(value) if kind == "TXT" else value
    try:
        if any(ord(sign) < 32 for sign in text):
            raise ValueError("control characters")
        data = dns.rdata.from_text(dns.rdataclass.IN, kind, text, origin=origin, relativize=False)
    except (dns.exception.DNSException, ValueError, UnicodeError) as error:
        raise BadRecord(f"No es un valor válido para un registro {kind}.", "value") from error
    return str(data.to_text())


def quoted(value: str) -> str:
    """A TXT value as people paste it, quoted or not, in strings of at most 255 octets (RFC 1035, 3.3.14)."""
    if value.startswith('"'):
        return value
    octets = value.encode()
    parts = [octets[start : start + 255] for start in range(0, len(octets), 255)] or [b""]
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


def check_together(records: Iterable[Record]) -> None:
    """Rules between records: a CNAME stands alone and never at the apex (RFC 1034, 3.6.2); no record twice; one time to
    live for all records of a name and kind (RFC 2181, 5.2). Raises BadRecord."""
    seen: set[tuple[str, str, str]] = set()
    kinds: dict[str, set[str]] = {}
    ttls: dict[tuple[str, str], int] = {}
    for record in records:
        key = (record.name, record.kind, record.value)
        if key in seen:
            raise BadRecord(f"El registro {record.kind} de {record.name} está dos veces.", "value")
        seen.add(key)
        if record.kind == "CNAME" and record.name == "@":
            raise BadRecord("El dominio mismo no puede tener un CNAME.", "kind")
        if "CNAME" in kinds.get(record.name, set()) or (record.kind == "CNAME" and record.name in kinds):
            raise BadRecord(f"{record.name} tiene un CNAME: no puede tener otros registros.", "kind")
        kinds.setdefault(record.name, set()).add(record.kind)
        if ttls.setdefault((record.name, record.kind), record.ttl) != record.ttl:
            raise BadRecord(f"Los registros {record.kind} de {record.name} deben tener el mismo tiempo de vida.", "ttl")


def records_of(zone: dns.zone.Zone) -> frozenset[Record]:
    """What customers keep in a zone that was read from a server or a file."""
    assert zone.origin is not None
    found = set()
    for name, ttl, data in zone.iterate_rdatas():
        kind = dns.rdatatype.to_text(data.rdtype)
        relative = str(name.relativize(zone.origin).to_text() if name.is_absolute() else name.to_text()).lower()
        if kind in KINDS and not (kind == "NS" and relative == "@"):
            value = data.to_text(origin=zone.origin, relativize=False)
            found.add(Record(relative, kind, str(value), int(ttl)))
    return frozenset(found)


def parse_zone_file(zone: str, text: str) -> frozenset[Record]:
    """Zone-file form (RFC 1035, 5). ``$INCLUDE`` is refused. Raises BadRecord."""
    try:
        read = dns.zone.from_text(
            f"$TTL 3600\n{text}", origin=zone, relativize=False, check_origin=False, allow_include=False
        )
    except (dns.exception.DNSException, ValueError, UnicodeError, KeyError) as error:
        raise BadRecord(f"No es un archivo de zona que podamos leer: {error}", "value") from error
    found = records_of(read)
    check_together(sorted(found))
    return found


def write_zone_file(zone: str, records: Iterable[Record]) -> str:
    lines = [f"$ORIGIN {zone.rstrip('.')}."]
    lines += [f"{record.name}\t{record.ttl}\tIN\t{record.kind}\t{record.value}" for record in sorted(records)]
    return "\n".join(lines) + "\n"

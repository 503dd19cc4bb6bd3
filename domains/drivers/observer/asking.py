"""One question to one server. Never raises for what the network does."""

from __future__ import annotations

from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdatatype

from domains.drivers.observer.answers import Note

PAYLOAD = 1232  # octets by UDP that no path breaks up (DNS flag day 2020)
_FAILURES = {dns.rcode.NXDOMAIN: Note.NO_NAME, dns.rcode.REFUSED: Note.LAME, dns.rcode.NOTAUTH: Note.LAME}


@dataclass(frozen=True, slots=True)
class Server:
    """``name`` is for people; ``address`` an IP address."""

    name: str
    address: str
    port: int = 53
    is_authority: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    note: Note
    values: tuple[str, ...] = ()
    alias: str = ""


def ask(server: Server, name: str, kind: str, seconds: float) -> Reading:
    """``name`` is in A-labels; ``kind`` is a record type. UDP first, TCP when the answer says that it was cut off or none
    comes; without EDNS once more when the server does not understand it (RFC 6891, section 7)."""
    try:
        query = _query(server, name, kind, edns=0)
    except (dns.exception.DNSException, ValueError):  # what somebody wrote into an SPF record may be no name at all
        return Reading(Note.NO_NAME)
    try:
        answer = dns.query.udp(
            query, server.address, seconds, server.port, ignore_unexpected=True, raise_on_truncation=True
        )
        if answer.rcode() == dns.rcode.FORMERR:
            plain = _query(server, name, kind, edns=-1)
            return _by_tcp(server, plain, seconds, Note.BROKEN)
    except dns.message.Truncated:
        return _by_tcp(server, query, seconds, Note.TOO_BIG)
    except (dns.exception.Timeout, OSError, EOFError):
        return _by_tcp(server, query, seconds, Note.SILENCE)
    except (dns.exception.DNSException, ValueError):
        return Reading(Note.GARBAGE)
    return _read(answer, server)


def _query(server: Server, name: str, kind: str, *, edns: int) -> dns.message.QueryMessage:
    query = dns.message.make_query(dns.name.from_text(name), kind, use_edns=edns, payload=PAYLOAD)
    if server.is_authority:
        query.flags &= ~dns.flags.RD
    return query


def _by_tcp(server: Server, query: dns.message.Message, seconds: float, otherwise: Note) -> Reading:
    """``seconds`` is for the whole exchange: a server that sends a byte at a time gains nothing. ``otherwise`` is what to
    say when there is nobody."""
    try:
        return _read(dns.query.tcp(query, server.address, seconds, server.port), server)
    except (dns.exception.Timeout, OSError, EOFError):
        return Reading(otherwise)
    except (dns.exception.DNSException, ValueError):
        return Reading(Note.GARBAGE)


def _read(answer: dns.message.Message, server: Server) -> Reading:
    code = answer.rcode()
    if code != dns.rcode.NOERROR:
        return Reading(_FAILURES.get(code, Note.BROKEN))
    if not isinstance(answer, dns.message.QueryMessage):
        return Reading(Note.GARBAGE)
    try:
        chain = answer.resolve_chaining()
    except dns.message.ChainTooLong:
        return Reading(Note.LOOP)
    except dns.exception.DNSException:
        return Reading(Note.GARBAGE)
    alias = _plain(chain.canonical_name) if chain.cnames else ""
    if chain.answer is not None:
        return Reading(Note.FOUND, tuple(sorted(_text_of(record) for record in chain.answer)), alias)
    if server.is_authority and not alias and not answer.flags & dns.flags.AA:
        return Reading(Note.LAME)
    return Reading(Note.NO_RECORD, (), alias)


def _text_of(record: dns.rdata.Rdata) -> str:
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    if record.rdtype in {dns.rdatatype.CNAME, dns.rdatatype.NS}:
        return _plain(record.target)  # type: ignore[attr-defined]
    if record.rdtype == dns.rdatatype.MX:
        return f"{record.preference} {_plain(record.exchange)}"  # type: ignore[attr-defined]
    if record.rdtype == dns.rdatatype.SRV:
        return f"{record.priority} {record.weight} {record.port} {_plain(record.target)}"  # type: ignore[attr-defined]
    return record.to_text()


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()

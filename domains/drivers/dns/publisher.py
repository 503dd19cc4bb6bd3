"""Publishes zones to the provider's primary server by dynamic update (RFC 2136), signed with TSIG (RFC 8945).

*Plan* and *apply* are apart, and a plan that would take away or change more than 30 % of a zone is not applied unless
it is forced: an empty form must not empty a zone.

Zones come to the server, and go, by its catalog zone (RFC 9432), itself changed by dynamic update: Knot reads it and makes
each member from one template. Without a catalog the zones must be made at the server by other means.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring
import dns.update
import dns.zone

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, StillRunning, TransientError
from domains.zones.records import Record, records_of

GUARD = 0.30
GUARDED_FROM = 10
"""Records from which the guard watches: in a small zone any change is a large part."""
TRIES = 3
LARGEST_MESSAGE = 40_000
"""Octets of text in one update; a DNS message over TCP ends at 65,535 (RFC 1035, 4.2.2)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``serial`` is that of the zone which was looked at: applied to another one, it is planned anew."""

    zone: str
    serial: int
    add: frozenset[Record]
    remove: frozenset[Record]
    kept: int

    @property
    def is_empty(self) -> bool:
        return not (self.add or self.remove)

    @property
    def share(self) -> float:
        """How much of what is there goes away or changes: 0 to 1."""
        there = self.kept + len(self.remove)
        return len(self.remove) / there if there else 0.0

    @property
    def is_too_much(self) -> bool:
        return self.kept + len(self.remove) >= GUARDED_FROM and self.share > GUARD


class ZonePublisher:
    """``settings``: host, port, key_name, key_secret (base64), key_algorithm, timeout in seconds, and ``catalog``, the
    name of the server's catalog zone, or empty."""

    provider = "dns"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._host, self._port = settings["host"], int(settings.get("port", 53))
        self._timeout = float(settings.get("timeout", 5.0))
        self._catalog = str(settings.get("catalog") or "")
        self._algorithm = dns.name.from_text(settings.get("key_algorithm", "hmac-sha256"))
        try:
            base64.b64decode(settings["key_secret"], validate=True)
            self._keys = dns.tsigkeyring.from_text({settings["key_name"]: settings["key_secret"]})
        except ValueError as error:
            raise ConfigurationError(f"the TSIG secret is no base64: {error}", provider=self.provider) from error

    def read(self, zone: str) -> tuple[int, frozenset[Record]]:
        """Serial and records, by zone transfer (RFC 5936)."""
        origin = dns.name.from_text(zone)
        try:
            transfer = dns.query.xfr(
                self._host,
                origin,
                port=self._port,
                keyring=self._keys,
                keyalgorithm=self._algorithm,
                timeout=self._timeout,
                lifetime=self._timeout * 2,
                relativize=False,
            )
            read = dns.zone.from_xfr(transfer, relativize=False)
        except dns.query.TransferError as error:
            raise self._refused(zone, dns.rcode.to_text(error.rcode)) from error
        except (dns.tsig.PeerError, dns.tsig.BadSignature) as error:
            raise ConfigurationError(f"{zone}: {type(error).__name__}", provider=self.provider) from error
        except dns.exception.FormError as error:  # Knot says NOTAUTH, unsigned, for a zone that is not its own
            raise self._refused(zone, "NOTAUTH") from error
        except (dns.exception.DNSException, OSError, EOFError) as error:
            raise TransientError(f"{zone}: {type(error).__name__} {error}", provider=self.provider) from error
        return int(read.get_soa().serial), records_of(read)

    def plan(self, zone: str, wanted: Collection[Record]) -> Plan:
        serial, there = self.read(zone)
        desired = frozenset(wanted)
        return Plan(zone, serial, desired - there, there - desired, len(there & desired))

    def apply(self, plan: Plan, *, is_forced: bool = False) -> None:
        """In one message, so a zone is never half changed; a change too large for one goes in several, each leaving a zone
        that holds together. Raises PermanentError for too large a plan, TransientError when the zone has changed since it
        was planned."""
        if plan.is_empty:
            return
        if plan.is_too_much and not is_forced:
            raise PermanentError(
                "El cambio quitaría o cambiaría más del 30 % de los registros. Confírmelo para aplicarlo.",
                f"{plan.zone}: {plan.share:.0%}",
                provider=self.provider,
            )
        origin = dns.name.from_text(plan.zone)
        seen: dns.rdata.Rdata | None = self._soa(origin, plan.serial)
        for changes in _in_messages(plan):
            code = self._send(plan.zone, self._update(origin, changes, seen))
            seen = None  # the first message proved that nobody else was at work
            if code == dns.rcode.NXRRSET:
                raise TransientError(f"{plan.zone}: it changed meanwhile", retry_after=0, provider=self.provider)
            if code != dns.rcode.NOERROR:
                raise self._refused(plan.zone, dns.rcode.to_text(code))

    def publish(self, zone: str, wanted: Collection[Record], *, is_forced: bool = False) -> Plan:
        """Plans and applies until the zone holds still; gives what was done."""
        for number in range(TRIES):
            plan = self.plan(zone, wanted)
            try:
                self.apply(plan, is_forced=is_forced)
            except TransientError as error:
                if error.retry_after != 0 or number == TRIES - 1:
                    raise
                continue
            return plan
        raise AssertionError("the last try returns or raises")

    def serial(self, zone: str) -> int:
        """The SOA serial that the server answers with now."""
        return int(self._ask_soa(dns.name.from_text(zone)).serial)

    def ensure_zone(self, zone: str, *, patience: float = 3.0) -> None:
        """The server answers for ``zone``. StillRunning when it takes longer than ``patience`` seconds to make it,
        ConfigurationError when it has no catalog and the zone is not there."""
        origin = dns.name.from_text(zone)
        if self._knows(origin):
            return
        if not self._catalog:
            raise self._refused(zone, "that it does not serve the zone, and no catalog zone is configured")
        self._enlist(zone, is_member=True)
        if not self._waited_for(origin, patience, is_there=True):
            raise StillRunning(f"{zone}: listed in {self._catalog}, not loaded yet", poll_after=2)

    def remove_zone(self, zone: str, *, patience: float = 3.0) -> None:
        """The server forgets ``zone`` and all that is in it."""
        if not self._catalog:
            raise ConfigurationError(f"{zone}: no catalog zone is configured", provider=self.provider)
        self._enlist(zone, is_member=False)
        if not self._waited_for(dns.name.from_text(zone), patience, is_there=False):
            raise StillRunning(f"{zone}: taken off {self._catalog}, still served", poll_after=2)

    def _enlist(self, zone: str, *, is_member: bool) -> None:
        """Adding what is there and deleting what is not change nothing (RFC 2136, 3.4.2), so this may be repeated."""
        catalog = dns.name.from_text(self._catalog)
        message = self._new_message(catalog)
        member = dns.name.from_text(f"{hashlib.sha256(zone.encode()).hexdigest()[:32]}.zones", origin=catalog)
        pointer = dns.rdata.from_text(dns.rdataclass.IN, "PTR", f"{zone.rstrip('.')}.")
        if is_member:
            message.add(member, 0, pointer)
        else:
            message.delete(member, pointer)
        code = self._send(self._catalog, message)
        if code != dns.rcode.NOERROR:
            raise self._refused(self._catalog, dns.rcode.to_text(code))

    def _waited_for(self, origin: dns.name.Name, patience: float, *, is_there: bool) -> bool:
        """While a server loads a zone it says SERVFAIL."""
        deadline = time.monotonic() + patience
        while True:
            answer = self._asked(origin)
            if answer.rcode() != dns.rcode.SERVFAIL and self._has_soa(answer, origin) == is_there:
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)

    def _knows(self, origin: dns.name.Name) -> bool:
        """Whether the server answers for the zone. One that says SERVFAIL is sick, not ignorant."""
        answer = self._asked(origin)
        if answer.rcode() == dns.rcode.SERVFAIL:
            raise TransientError(f"{origin}: SERVFAIL", provider=self.provider)
        return self._has_soa(answer, origin)

    @staticmethod
    def _has_soa(answer: dns.message.Message, origin: dns.name.Name) -> bool:
        return answer.get_rrset(answer.answer, origin, dns.rdataclass.IN, dns.rdatatype.SOA) is not None

    def _new_message(self, origin: dns.name.Name) -> dns.update.UpdateMessage:
        return dns.update.UpdateMessage(origin, keyring=self._keys, keyalgorithm=self._algorithm)

    def _update(
        self, origin: dns.name.Name, changes: Iterable[tuple[str, Record]], seen: dns.rdata.Rdata | None
    ) -> dns.update.UpdateMessage:
        """A record whose time to live changes goes and comes in the same message."""
        message = self._new_message(origin)
        if seen is not None:
            message.present(origin, seen)
        for verb, record in changes:
            if verb == "-":
                message.delete(self._name(origin, record), self._data(record))
            else:
                message.add(self._name(origin, record), record.ttl, self._data(record))
        return message

    def _soa(self, origin: dns.name.Name, serial: int) -> dns.rdata.Rdata:
        """The SOA that was looked at: the prerequisite of the change (RFC 2136, 2.4.2)."""
        answer: dns.rdata.Rdata = self._ask_soa(origin)
        if answer.serial != serial:  # type: ignore[attr-defined]
            raise TransientError(f"{origin}: it changed meanwhile", retry_after=0, provider=self.provider)
        return answer

    def _ask_soa(self, origin: dns.name.Name) -> Any:
        answer = self._asked(origin)
        try:
            return answer.find_rrset(answer.answer, origin, dns.rdataclass.IN, dns.rdatatype.SOA)[0]
        except KeyError as error:
            raise TransientError(f"{origin}: no SOA", provider=self.provider) from error

    def _asked(self, origin: dns.name.Name) -> dns.message.Message:
        question = dns.message.make_query(origin, dns.rdatatype.SOA)
        try:
            return dns.query.tcp(question, self._host, port=self._port, timeout=self._timeout)
        except (dns.exception.DNSException, OSError, EOFError) as error:
            raise TransientError(f"{origin}: {type(error).__name__} {error}", provider=self.provider) from error

    def _send(self, zone: str, message: dns.update.UpdateMessage) -> dns.rcode.Rcode:
        try:
            return dns.query.tcp(message, self._host, port=self._port, timeout=self._timeout).rcode()
        except (dns.tsig.PeerError, dns.tsig.BadSignature) as error:
            raise ConfigurationError(f"{zone}: {type(error).__name__}", provider=self.provider) from error
        except dns.exception.FormError as error:
            raise self._refused(zone, "NOTAUTH") from error
        except (dns.exception.DNSException, OSError, EOFError) as error:
            raise TransientError(f"{zone}: {type(error).__name__} {error}", provider=self.provider) from error

    def _refused(self, zone: str, code: str) -> Exception:
        if code == "SERVFAIL":
            return TransientError(f"{zone}: SERVFAIL", provider=self.provider)
        return ConfigurationError(f"{zone}: the primary server says {code}", provider=self.provider)

    @staticmethod
    def _name(origin: dns.name.Name, record: Record) -> dns.name.Name:
        return dns.name.from_text(record.name, origin=origin)

    @staticmethod
    def _data(record: Record) -> dns.rdata.Rdata:
        return dns.rdata.from_text(dns.rdataclass.IN, record.kind, record.value)


def _in_messages(plan: Plan) -> Iterator[list[tuple[str, Record]]]:
    """The changes in as few messages as they fit in. A record and the same with another time to live stay together, and so
    does all of a name where a CNAME comes or goes."""
    alone = {record.name for record in plan.add | plan.remove if record.kind == "CNAME"}
    groups: dict[tuple[str, ...], list[tuple[str, Record]]] = {}
    for verb, records in (("-", plan.remove), ("+", plan.add)):
        for record in sorted(records):
            key = (record.name,) if record.name in alone else (record.name, record.kind, record.value)
            groups.setdefault(key, []).append((verb, record))
    message: list[tuple[str, Record]] = []
    size = 0
    for changes in groups.values():
        weight = sum(len(record.name) + len(record.value) + 40 for _verb, record in changes)
        if message and size + weight > LARGEST_MESSAGE:
            yield message
            message, size = [], 0
        message.extend(changes)
        size += weight
    if message:
        yield message


def changes_in_words(plan: Plan) -> Iterable[str]:
    """``"+ www A 192.0.2.1"``: for logs and for the screen that asks before."""
    for record in sorted(plan.remove):
        yield f"- {record.name} {record.kind} {record.value}"
    for record in sorted(plan.add):
        yield f"+ {record.name} {record.kind} {record.value}"

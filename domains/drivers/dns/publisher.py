"""Publishes zones to the provider's primary server by dynamic update (RFC 2136), signed with TSIG (RFC 8945).

*Plan* and *apply* are apart, and a plan that would take away or change more than 30 % of a zone is not applied unless
it is forced: an empty form must not empty a zone.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
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

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError
from domains.drivers.dns.records import Record, records_of

GUARD = 0.30
GUARDED_FROM = 10
"""Records from which the guard watches: in a small zone any change is a large part."""
TRIES = 3


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
    """``settings``: host, port, key_name, key_secret (base64), key_algorithm, timeout in seconds."""

    provider = "dns"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._host, self._port = settings["host"], int(settings.get("port", 53))
        self._timeout = float(settings.get("timeout", 5.0))
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
        """In one message, so a zone is never half changed. Raises PermanentError for too large a plan, TransientError when
        the zone has changed since it was planned."""
        if plan.is_empty:
            return
        if plan.is_too_much and not is_forced:
            raise PermanentError(
                "El cambio quitaría o cambiaría más del 30 % de los registros. Confírmelo para aplicarlo.",
                f"{plan.zone}: {plan.share:.0%}",
                provider=self.provider,
            )
        code = self._send(plan.zone, self._update(plan))
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

    def _update(self, plan: Plan) -> dns.update.UpdateMessage:
        """A record whose time to live changes goes and comes in the same message."""
        origin = dns.name.from_text(plan.zone)
        message = dns.update.UpdateMessage(origin, keyring=self._keys, keyalgorithm=self._algorithm)
        message.present(origin, self._soa(origin, plan.serial))
        for record in sorted(plan.remove):
            message.delete(self._name(origin, record), self._data(record))
        for record in sorted(plan.add):
            message.add(self._name(origin, record), record.ttl, self._data(record))
        return message

    def _soa(self, origin: dns.name.Name, serial: int) -> dns.rdata.Rdata:
        """The SOA that was looked at: the prerequisite of the change (RFC 2136, 2.4.2)."""
        answer: dns.rdata.Rdata = self._ask_soa(origin)
        if answer.serial != serial:  # type: ignore[attr-defined]
            raise TransientError(f"{origin}: it changed meanwhile", retry_after=0, provider=self.provider)
        return answer

    def _ask_soa(self, origin: dns.name.Name) -> Any:
        question = dns.message.make_query(origin, dns.rdatatype.SOA)
        try:
            answer = dns.query.tcp(question, self._host, port=self._port, timeout=self._timeout)
            return answer.find_rrset(answer.answer, origin, dns.rdataclass.IN, dns.rdatatype.SOA)[0]
        except (dns.exception.DNSException, OSError, EOFError, KeyError) as error:
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


def changes_in_words(plan: Plan) -> Iterable[str]:
    """``"+ www A 192.0.2.1"``: for logs and for the screen that asks before."""
    for record in sorted(plan.remove):
        yield f"- {record.name} {record.kind} {record.value}"
    for record in sorted(plan.add):
        yield f"+ {record.name} {record.kind} {record.value}"

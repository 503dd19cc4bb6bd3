"""The rules for contacts and hosts (RFC 5732, RFC 5733), and what all objects have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from domains.sandbox.refusal import Refusal
from domains.sandbox.state import Contact, Host, Registrar, State
from domains.sandbox.zones import ZONES

REPOSITORY = "SANDBOX"


@dataclass
class Handles:
    state: State = field(default_factory=State)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def roid(self, kind: str) -> str:
        return f"{kind}{self.state.next_number()}-{REPOSITORY}"

    def add_contact(self, registrar: Registrar, contact: Contact) -> None:
        if contact.id in self.state.contacts:
            raise Refusal(2302, contact.id)
        if any(not part.isascii() for part in _texts(contact.postal.get("int", {}))):
            raise Refusal(2005, "postalInfo type int takes ASCII only")
        self.state.contacts[contact.id] = contact

    def contact(self, handle: str) -> Contact:
        if handle not in self.state.contacts:
            raise Refusal(2303, handle)
        return self.state.contacts[handle]

    def own_contact(self, registrar: Registrar, handle: str) -> Contact:
        contact = self.contact(handle)
        if contact.sponsor != registrar.id:
            raise Refusal(2201)
        return contact

    def delete_contact(self, registrar: Registrar, handle: str) -> None:
        self.own_contact(registrar, handle)
        if self.is_linked(handle):
            raise Refusal(2305, "a domain uses it")
        del self.state.contacts[handle]

    def is_linked(self, handle: str) -> bool:
        return any(
            handle == domain.registrant or any(handle in handles for handles in domain.contacts.values())
            for domain in self.state.domains.values()
        )

    def add_host(self, registrar: Registrar, name: str, addresses: list[str]) -> Host:
        if name in self.state.hosts:
            raise Refusal(2302, name)
        self._check_glue(registrar, name, addresses)
        now = self.clock()
        host = Host(name, self.roid("H"), registrar.id, registrar.id, now, addresses)
        self.state.hosts[name] = host
        return host

    def host(self, name: str) -> Host:
        if name not in self.state.hosts:
            raise Refusal(2303, name)
        return self.state.hosts[name]

    def own_host(self, registrar: Registrar, name: str) -> Host:
        host = self.host(name)
        if host.sponsor != registrar.id:
            raise Refusal(2201)
        return host

    def change_host(self, registrar: Registrar, name: str, add: Iterable[str], remove: Iterable[str]) -> Host:
        host = self.own_host(registrar, name)
        addresses = list(changed_set(set(host.addresses), add, remove))
        self._check_glue(registrar, name, addresses)
        host.addresses, host.updated_at = sorted(addresses), self.clock()
        return host

    def delete_host(self, registrar: Registrar, name: str) -> None:
        self.own_host(registrar, name)
        if any(name in domain.nameservers for domain in self.state.domains.values()):
            raise Refusal(2305, "a domain uses it")
        del self.state.hosts[name]

    def _check_glue(self, registrar: Registrar, name: str, addresses: list[str]) -> None:
        """A host inside this registry needs its parent, owned by the same registrar, and addresses (RFC 5732, 3.2.1)."""
        parents = [domain for domain in self.state.domains.values() if name.endswith(f".{domain.name}")]
        inside = any(name.endswith(f".{zone}") for zone in ZONES)
        if not inside:
            return
        if not parents:
            raise Refusal(2305, "its parent domain does not exist")
        if parents[0].sponsor != registrar.id:
            raise Refusal(2201, "another registrar sponsors its parent")
        if not addresses:
            raise Refusal(2003, "addresses are needed below a domain of this registry")


def changed_set(now: set[str], add: Iterable[str], remove: Iterable[str]) -> set[str]:
    add, remove = set(add), set(remove)
    if add & now or remove - now:
        raise Refusal(2306, "it is not as the command assumes")
    return (now - remove) | add


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)

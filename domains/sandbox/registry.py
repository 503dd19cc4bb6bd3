"""The rules: what each command does to the state, for one registrar. No XML here.

Times are aware and come from ``clock``; every method raises :class:`Refusal` with an EPP result code. One lock around
each command makes the registry serve any number of sessions.
"""

from __future__ import annotations

import secrets
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domains.sandbox.handles import Handles, changed_set
from domains.sandbox.refusal import Refusal
from domains.sandbox.state import Domain, Message, Registrar, Transfer
from domains.sandbox.zones import RESERVED, Zone, zone_of

CLIENT_STATUSES = frozenset(
    {
        "clientDeleteProhibited",
        "clientHold",
        "clientRenewProhibited",
        "clientTransferProhibited",
        "clientUpdateProhibited",
    }
)
TOO_YOUNG = timedelta(days=60)
REDEMPTION = timedelta(days=30)
PENDING_DELETE = timedelta(days=5)


@dataclass
class Registry(Handles):
    """``transfer_delay`` is how long a losing registrar that says nothing has (five days in earnest)."""

    transfer_delay: timedelta = timedelta(days=5)

    # --- Sessions -----------------------------------------------------------------------------------------------
    def sign_in(self, name: str, password: str, new_password: str = "") -> Registrar:
        registrar = self.state.registrars.get(name)
        if registrar is None or not secrets.compare_digest(registrar.password.encode(), password.encode()):
            raise Refusal(2200)
        if new_password:
            registrar.password = new_password
        return registrar

    def note_transaction(self, registrar: Registrar, cltrid: str) -> None:
        """Registries refuse a clTRID that they have seen: it would make "did it happen?" unanswerable."""
        if cltrid in registrar.transactions:
            raise Refusal(2306, "clTRID was used before")
        registrar.transactions.add(cltrid)

    # --- Domains ------------------------------------------------------------------------------------------------
    def zone(self, name: str) -> Zone:
        zone = zone_of(name)
        if zone is None:
            raise Refusal(2306, "the name is not right below an ending of this registry")
        return zone

    def availability(self, name: str) -> str:
        """Why ``name`` cannot be registered; empty when it can. One unknown ending spoils the whole check, as in life."""
        if zone_of(name) is None:
            raise Refusal(2005, f"{name}: ending not served here")
        self.age()
        if name in self.state.domains:
            return "In use"
        return "Reserved" if name.partition(".")[0] in RESERVED else ""

    def domain(self, name: str) -> Domain:
        self.age()
        if name not in self.state.domains:
            raise Refusal(2303, name)
        return self.state.domains[name]

    def own_domain(self, registrar: Registrar, name: str) -> Domain:
        domain = self.domain(name)
        if domain.sponsor != registrar.id:
            raise Refusal(2201, "another registrar sponsors it")
        return domain

    def see_domain(self, registrar: Registrar, name: str, auth_code: str | None) -> Domain:
        """Everybody may ask; who does not sponsor it needs the right auth code to see more (RFC 5731, 3.1.2)."""
        domain = self.domain(name)
        if auth_code is not None and not secrets.compare_digest(auth_code.encode(), domain.auth_code.encode()):
            raise Refusal(2202)
        if domain.sponsor != registrar.id and auth_code is None:
            raise Refusal(2201, "the auth code is needed")
        return domain

    def create_domain(
        self,
        registrar: Registrar,
        name: str,
        *,
        years: int,
        registrant: str,
        contacts: dict[str, list[str]],
        nameservers: list[str],
        auth_code: str,
        ds: Iterable[tuple[int, int, int, str]] = (),
    ) -> Domain:
        zone = self.zone(name)
        reason = self.availability(name)
        if reason:
            raise Refusal(2302 if reason == "In use" else 2306, reason)
        self._check_years(zone, years, self.clock())
        self._check_contacts(zone, registrant, contacts)
        self._check_nameservers(nameservers)
        now = self.clock()
        domain = Domain(
            name=name,
            roid=self.roid("D"),
            sponsor=registrar.id,
            creator=registrar.id,
            created_at=now,
            expires_at=add_years(now, years),
            registrant=registrant,
            auth_code=auth_code,
            contacts=contacts,
            nameservers=nameservers,
            ds=list(ds),
        )
        self.state.domains[name] = domain
        return domain

    def renew_domain(self, registrar: Registrar, name: str, *, expires_on: str, years: int) -> Domain:
        domain = self.own_domain(registrar, name)
        self._forbid(domain, "clientRenewProhibited", deleted=2105)
        if domain.expires_at.date().isoformat() != expires_on:
            raise Refusal(2306, "the current expiry date is another one")
        self._check_years(self.zone(name), years, domain.expires_at)
        domain.expires_at = add_years(domain.expires_at, years)
        return domain

    def delete_domain(self, registrar: Registrar, name: str) -> Domain:
        domain = self.own_domain(registrar, name)
        self._forbid(domain, "clientDeleteProhibited")
        if any(host.endswith(f".{name}") for host in self.state.hosts):
            raise Refusal(2305, "hosts below it exist")
        domain.redemption_until = self.clock() + REDEMPTION
        domain.purge_at = domain.redemption_until + PENDING_DELETE
        return domain

    def restore_domain(self, registrar: Registrar, name: str) -> Domain:
        domain = self.own_domain(registrar, name)
        if not domain.is_deleted or self.clock() > domain.redemption_until:  # type: ignore[operator]
            raise Refusal(2304, "it is not in its redemption period")
        domain.redemption_until = domain.purge_at = None
        return domain

    def update_domain(
        self,
        registrar: Registrar,
        name: str,
        *,
        add_ns: Iterable[str] = (),
        remove_ns: Iterable[str] = (),
        add_statuses: Iterable[str] = (),
        remove_statuses: Iterable[str] = (),
        add_contacts: dict[str, list[str]] | None = None,
        remove_contacts: dict[str, list[str]] | None = None,
        registrant: str | None = None,
        auth_code: str | None = None,
        ds: list[tuple[int, int, int, str]] | None = None,
    ) -> Domain:
        domain = self.own_domain(registrar, name)
        if domain.is_deleted:
            raise Refusal(2304, "it was deleted")
        unlocks = "clientUpdateProhibited" in set(remove_statuses)
        if "clientUpdateProhibited" in domain.statuses and not unlocks:
            raise Refusal(2304, "clientUpdateProhibited")
        statuses = changed_set(domain.statuses, add_statuses, remove_statuses)
        if statuses - CLIENT_STATUSES:
            raise Refusal(2306, "only client statuses can be set")
        nameservers = [host for host in domain.nameservers if host not in set(remove_ns)]
        if set(remove_ns) - set(domain.nameservers) or set(add_ns) & set(domain.nameservers):
            raise Refusal(2306, "the nameservers are not as the command assumes")
        nameservers += list(add_ns)
        self._check_nameservers(nameservers)
        contacts = self._changed_contacts(domain, add_contacts or {}, remove_contacts or {})
        self._check_contacts(self.zone(name), registrant or domain.registrant, contacts)
        domain.statuses, domain.nameservers, domain.contacts = statuses, nameservers, contacts
        domain.registrant = registrant or domain.registrant
        domain.auth_code = domain.auth_code if auth_code is None else auth_code
        domain.ds = domain.ds if ds is None else ds
        domain.updated_at = self.clock()
        return domain

    # --- Transfers ----------------------------------------------------------------------------------------------
    def ask_transfer(self, registrar: Registrar, name: str, *, auth_code: str, years: int) -> Domain:
        domain = self.domain(name)
        if not secrets.compare_digest(auth_code.encode(), domain.auth_code.encode()):
            raise Refusal(2202)
        if domain.sponsor == registrar.id:
            raise Refusal(2106, "it is already yours")
        if domain.transfer and domain.transfer.status == "pending":
            raise Refusal(2300)
        self._forbid(domain, "clientTransferProhibited")
        since = max(filter(None, [domain.created_at, domain.transferred_at]))
        if self.clock() - since < TOO_YOUNG:
            raise Refusal(2106, "it was registered or transferred less than 60 days ago")
        zone = self.zone(name)
        years = years if zone.transfer_adds_year else 0
        if years:
            self._check_years(zone, years, domain.expires_at)
        now = self.clock()
        domain.transfer = Transfer(registrar.id, domain.sponsor, now, now + self.transfer_delay, years)
        self._tell(domain.sponsor, "Transfer requested.", domain)
        return domain

    def see_transfer(self, registrar: Registrar, name: str, auth_code: str | None) -> Domain:
        domain = self.domain(name)
        if domain.transfer is None:
            raise Refusal(2301)
        knows = auth_code is not None and secrets.compare_digest(auth_code.encode(), domain.auth_code.encode())
        if registrar.id not in {domain.transfer.gainer, domain.transfer.loser} and not knows:
            raise Refusal(2201)
        return domain

    def end_transfer(self, registrar: Registrar, name: str, status: str) -> Domain:
        """``status`` is clientCancelled (by who asked), clientApproved or clientRejected (by who would lose it)."""
        domain = self.domain(name)
        transfer = domain.transfer
        if transfer is None or transfer.status != "pending":
            raise Refusal(2301)
        if registrar.id != (transfer.gainer if status == "clientCancelled" else transfer.loser):
            raise Refusal(2201)
        self._settle_transfer(domain, status)
        return domain

    def _settle_transfer(self, domain: Domain, status: str) -> None:
        transfer = domain.transfer
        assert transfer is not None
        transfer.status, transfer.done_at = status, self.clock()
        if status in {"clientApproved", "serverApproved"}:
            domain.sponsor, domain.transferred_at = transfer.gainer, transfer.done_at
            domain.expires_at = add_years(domain.expires_at, transfer.years)
            domain.auth_code = secrets.token_urlsafe(12)
            for handle in (domain.registrant, *(each for handles in domain.contacts.values() for each in handles)):
                self.state.contacts[handle].sponsor = transfer.gainer
        words = {"clientCancelled": "cancelled", "clientRejected": "rejected"}.get(status, "approved")
        for registrar in (transfer.gainer, transfer.loser):
            self._tell(registrar, f"Transfer {words}.", domain)

    def age(self) -> None:
        """What happens by itself: transfers that nobody answered are approved, deleted names become free."""
        now = self.clock()
        for domain in list(self.state.domains.values()):
            transfer = domain.transfer
            if transfer and transfer.status == "pending" and transfer.act_by <= now:
                self._settle_transfer(domain, "serverApproved")
            if domain.purge_at and domain.purge_at <= now:
                del self.state.domains[domain.name]
                self._tell(domain.sponsor, "Domain deleted.", domain)

    # --- Messages -----------------------------------------------------------------------------------------------
    def _tell(self, registrar: str, text: str, domain: Domain) -> None:
        waiting = self.state.registrars[registrar].messages
        about = None if domain.transfer is None else dict(vars(domain.transfer), expires_at=domain.expires_at)
        waiting.append(Message(str(self.state.next_number()), self.clock(), text, domain.name, about))

    def acknowledge(self, registrar: Registrar, message_id: str) -> None:
        if not registrar.messages or registrar.messages[0].id != message_id:
            raise Refusal(2303, "no such message at the head of the queue")
        registrar.messages.pop(0)

    # --- Checks -------------------------------------------------------------------------------------------------
    def _check_years(self, zone: Zone, years: int, since: datetime) -> None:
        if years < 1 or add_years(since, years) > add_years(self.clock(), zone.most_years):
            raise Refusal(2004, f"at most {zone.most_years} years ahead")

    def _check_contacts(self, zone: Zone, registrant: str, contacts: dict[str, list[str]]) -> None:
        if not registrant:
            raise Refusal(2003, "registrant")
        missing = zone.needs - {role for role, handles in contacts.items() if handles}
        if missing:
            raise Refusal(2003, f"contact: {', '.join(sorted(missing))}")
        for handle in (registrant, *(each for handles in contacts.values() for each in handles)):
            self.contact(handle)

    def _check_nameservers(self, nameservers: list[str]) -> None:
        if len(nameservers) > 13:
            raise Refusal(2306, "more than 13 nameservers")
        for name in nameservers:
            self.host(name)

    def _forbid(self, domain: Domain, status: str, *, deleted: int = 2304) -> None:
        if domain.is_deleted:
            raise Refusal(deleted, "it was deleted")
        if status in domain.statuses:
            raise Refusal(2304, status)

    def _changed_contacts(
        self, domain: Domain, add: dict[str, list[str]], remove: dict[str, list[str]]
    ) -> dict[str, list[str]]:
        roles = {*domain.contacts, *add, *remove}
        return {
            role: sorted(changed_set(set(domain.contacts.get(role, [])), add.get(role, []), remove.get(role, [])))
            for role in roles
        }


def add_years(moment: datetime, years: int) -> datetime:
    year = moment.year + years
    return moment.replace(year=year, day=min(moment.day, monthrange(year, moment.month)[1]))

"""Accepted domains, and what makes one customer of many in a shared organization (Microsoft's "multi-tenancy").

Per tenant, once: a global address list, an address list of its people, one of its rooms, an offline address book, and
the address book policy that ties them (all five are mandatory). People of one tenant then see nobody of another's. Per
domain: the accepted domain and an e-mail address policy. Lists are filtered by CustomAttribute2, our tenant id.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from exchange.drivers import refusals
from exchange.drivers.base import DomainSpec, Outcome
from exchange.drivers.powershell import names
from exchange.drivers.powershell.failures import ExchangeError
from exchange.drivers.powershell.names import DomainName
from exchange.drivers.powershell.remote import Remote

Domains = dict[str, DomainName]
"""Lower-case domain name to what we know of it."""


def our_domains(remote: Remote) -> Domains:
    """All accepted domains that the panel made: one cmdlet."""
    found = remote.run("Get-AcceptedDomain")
    ours = {row.text("DomainName").lower(): DomainName.of(row.text("Name")) for row in found}
    return {name: known for name, known in ours.items() if known is not None}


def by_id(domains: Domains, domain_id: UUID) -> tuple[str, DomainName] | None:
    return next(((name, known) for name, known in domains.items() if known.domain_id == domain_id), None)


def ensure_domain(remote: Remote, spec: DomainSpec) -> Outcome:
    """The accepted domain first: by it the others find the tenant, and a repeated call completes what is missing."""
    domains = our_domains(remote)
    mine = by_id(domains, spec.id)
    if mine and mine[0] != spec.name:
        raise refusals.domain_renamed(spec.id, spec.name)
    if mine is None and spec.name in domains:
        raise refusals.domain_taken(spec.name)
    known = mine[1] if mine else None
    tenant_id = known.tenant_id if known and known.has_tenant else spec.tenant_id or spec.id
    wanted = DomainName(spec.id, tenant_id, spec.is_enabled)
    if known is None:
        _accept(remote, spec.name, wanted)
    elif known != wanted:
        remote.run("Set-AcceptedDomain", Identity=str(known), Name=str(wanted))
        if known.tenant_id != tenant_id:
            _remove(remote, "EmailAddressPolicy", _policy_of(spec.id))  # made anew below, for its tenant
    _ensure_tenant(remote, tenant_id)
    _ensure(
        remote,
        "EmailAddressPolicy",
        _policy_of(spec.id),
        EnabledPrimarySMTPAddressTemplate=f"SMTP:%m@{spec.name}",
        RecipientFilter=names.equal(names.TENANT, tenant_id),
    )
    if known is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if known == wanted else Outcome.AMENDED


def remove_domain(remote: Remote, domain_id: UUID) -> None:
    """With the tenant's lists when this was its last domain. Backwards, so that a repeated call goes on."""
    domains = our_domains(remote)
    mine = by_id(domains, domain_id)
    if mine is None:
        return
    name, known = mine
    if remote.run("Get-Recipient", Filter=names.on_domain(name), ResultSize="1"):
        raise refusals.domain_in_use(domain_id)
    _remove(remote, "EmailAddressPolicy", _policy_of(domain_id))
    if all(other.tenant_id != known.tenant_id for other in domains.values() if other != known):
        _remove_tenant(remote, known.tenant_id)
    _remove(remote, "AcceptedDomain", str(known))


def list_domains(remote: Remote) -> list[DomainSpec]:
    """By id."""
    found = (
        DomainSpec(known.domain_id, name, known.is_enabled, known.tenant_id if known.has_tenant else None)
        for name, known in our_domains(remote).items()
    )
    return sorted(found, key=lambda spec: spec.id)


def policy_of_tenant(tenant_id: UUID) -> str:
    return f"{tenant_id} ABP"


def _policy_of(domain_id: UUID) -> str:
    return f"{domain_id} EAP"


def _accept(remote: Remote, name: str, wanted: DomainName) -> None:
    try:
        remote.run("New-AcceptedDomain", Name=str(wanted), DomainName=name, DomainType="Authoritative")
    except ExchangeError as error:
        if not error.is_taken:
            raise
        mine = by_id(our_domains(remote), wanted.domain_id)
        if mine is None or mine[0] != name:  # else: somebody made it between our look and our call
            raise refusals.domain_taken(name) from error


def _ensure_tenant(remote: Remote, tenant_id: UUID) -> None:
    everybody = names.equal(names.TENANT, tenant_id)
    rooms = names.both(everybody, names.equal("RecipientDisplayType", "ConferenceRoomMailbox"))
    whole, people, room_list = f"{tenant_id} GAL", f"{tenant_id} AL", f"{tenant_id} RL"
    if _ensure(remote, "GlobalAddressList", whole, RecipientFilter=everybody):
        remote.run("Update-GlobalAddressList", Identity=whole)
    for name, shown, wanted in ((people, "Todos", everybody), (room_list, "Salas", rooms)):
        if _ensure(remote, "AddressList", name, DisplayName=shown, RecipientFilter=wanted):
            remote.run("Update-AddressList", Identity=f"\\{name}")
    _ensure(remote, "OfflineAddressBook", f"{tenant_id} OAB", AddressLists=[whole])
    _ensure(
        remote,
        "AddressBookPolicy",
        policy_of_tenant(tenant_id),
        AddressLists=[f"\\{people}"],
        GlobalAddressList=f"\\{whole}",
        OfflineAddressBook=f"\\{tenant_id} OAB",
        RoomList=f"\\{room_list}",
    )


def _remove_tenant(remote: Remote, tenant_id: UUID) -> None:
    _remove(remote, "AddressBookPolicy", policy_of_tenant(tenant_id))
    _remove(remote, "OfflineAddressBook", f"{tenant_id} OAB")
    for ending in ("RL", "AL"):
        _remove(remote, "AddressList", f"{tenant_id} {ending}")
    _remove(remote, "GlobalAddressList", f"{tenant_id} GAL")


def _ensure(remote: Remote, noun: str, name: str, **values: Any) -> bool:
    """True when it was made now."""
    try:
        remote.run(f"Get-{noun}", Identity=name)
        return False
    except ExchangeError as error:
        if not error.is_not_found:
            raise
    try:
        remote.run(f"New-{noun}", Name=name, **values)
    except ExchangeError as error:
        if not error.is_taken:
            raise
    return True


def _remove(remote: Remote, noun: str, name: str) -> None:
    try:
        remote.run(f"Remove-{noun}", Identity=name, Confirm=False)
    except ExchangeError as error:
        if not error.is_not_found:
            raise

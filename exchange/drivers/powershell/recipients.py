"""Distribution lists and external contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers import refusals
from exchange.drivers.base import ContactSpec, ListSpec, Outcome, Senders
from exchange.drivers.powershell import names, reading, tenants
from exchange.drivers.powershell.batches import tolerating
from exchange.drivers.powershell.failures import ExchangeError
from exchange.drivers.powershell.remote import Remote
from exchange.drivers.powershell.values import Found
from exchange.drivers.powershell.writing import difference, domain_of

SENDERS = "CustomAttribute3"
EXTERNAL_ADDRESS = "CustomAttribute3"
OWNERS = "ExtensionCustomAttribute1"
CONTACT = "MailContact"
MAILBOXES = frozenset({"UserMailbox", "SharedMailbox"})
GONE = "User"
"""What is left of a purged mailbox whose directory user is kept."""
NO_TENANT = "-"
OWN_DOMAIN = "contacto.invalid"


@dataclass(frozen=True)
class Recipient:
    """Anything that mail can be sent to."""

    id: UUID
    guid: str
    kind: str

    @classmethod
    def of(cls, row: Found) -> Recipient:
        found_id = names.id_of(row.text(names.MAILBOX_ID), row.text("Name"), row.text("Guid"))
        return cls(found_id, row.text("Guid"), row.text("RecipientTypeDetails"))


def _recipients(remote: Remote, ids: Iterable[UUID]) -> dict[UUID, Recipient]:
    """Unknown ids are left out."""
    found: dict[UUID, Recipient] = {}
    for group in reading.groups_of(sorted(set(ids))):
        wanted = names.either(names.by_our_id(thing_id) for thing_id in group)
        rows = remote.run("Get-Recipient", Filter=wanted, ResultSize="Unlimited")
        found |= {each.id: each for each in map(Recipient.of, rows) if each.id in group and each.kind != GONE}
    return found


# Lists ---------------------------------------------------------------------------------------------------------


def ensure_list(remote: Remote, spec: ListSpec) -> Outcome:
    domain = domain_of(tenants.our_domains(remote), spec.address)
    people = _recipients(remote, spec.member_ids | spec.owner_ids)
    for member_id in sorted(spec.member_ids | spec.owner_ids):
        is_owner = member_id in spec.owner_ids
        if member_id not in people or (is_owner and people[member_id].kind not in MAILBOXES):
            raise refusals.member_unknown(member_id)
    row = _list_row(remote, spec.id)
    is_new = row is None
    row = row or _create_list(remote, spec)
    before = {member.id: member for member in _members(remote, row)}
    changes = _list_changes(row, spec, people, str(domain.tenant_id))
    if changes:
        try:
            remote.run(
                "Set-DistributionGroup", Identity=row.text("Guid"), BypassSecurityGroupManagerCheck=True, **changes
            )
        except ExchangeError as error:
            raise (refusals.address_taken(spec.address) if error.is_taken else error) from error
    come, go = spec.member_ids - before.keys(), before.keys() - spec.member_ids
    common = {"Identity": row.text("Guid"), "BypassSecurityGroupManagerCheck": True}
    for member_id in sorted(come):
        given = {**common, "Member": people[member_id].guid}
        tolerating("is_settled", lambda given=given: remote.run("Add-DistributionGroupMember", **given))  # type: ignore[misc]
    for member_id in sorted(go):
        given = {**common, "Member": before[member_id].guid, "Confirm": False}
        tolerating("is_settled", lambda given=given: remote.run("Remove-DistributionGroupMember", **given))  # type: ignore[misc]
    if is_new:
        return Outcome.CREATED
    return Outcome.AMENDED if changes or come or go else Outcome.UNCHANGED


def remove_list(remote: Remote, list_id: UUID) -> None:
    row = _list_row(remote, list_id)
    if row is not None:
        given = {"Identity": row.text("Guid"), "BypassSecurityGroupManagerCheck": True, "Confirm": False}
        tolerating("is_not_found", lambda: remote.run("Remove-DistributionGroup", **given))


def lookup_lists(remote: Remote, list_ids: Iterable[UUID]) -> Mapping[UUID, ListSpec]:
    found: list[ListSpec] = []
    for group in reading.groups_of(sorted(set(list_ids))):
        wanted = names.either(names.by_our_id(list_id) for list_id in group)
        found += _specs(remote, remote.run("Get-DistributionGroup", Filter=wanted, ResultSize="Unlimited"))
    return {spec.id: spec for spec in found}


def list_lists(remote: Remote, domain_name: str) -> list[ListSpec]:
    rows = remote.run("Get-DistributionGroup", Filter=names.on_domain(domain_name), ResultSize="Unlimited")
    return sorted(_specs(remote, rows), key=lambda spec: spec.id)


def _specs(remote: Remote, rows: list[Found]) -> list[ListSpec]:
    noted = {row.text("Guid"): {UUID(text) for text in row.texts(OWNERS)} for row in rows}
    there = _recipients(remote, {owner for owners in noted.values() for owner in owners})
    return [
        ListSpec(
            id=names.id_of(row.text(names.MAILBOX_ID), row.text("Name"), row.text("Guid")),
            address=row.text("PrimarySmtpAddress").lower(),
            display_name=row.text("DisplayName"),
            member_ids=frozenset(member.id for member in _members(remote, row)),
            owner_ids=frozenset(noted[row.text("Guid")] & there.keys()),
            senders=_senders_of(row),
        )
        for row in rows
    ]


def _senders_of(row: Found) -> Senders:
    """What bears no note of ours was made by somebody else: whoever had to sign in for it is a colleague."""
    if row.text(SENDERS) in set(Senders):
        return Senders(row.text(SENDERS))
    return Senders.INTERNAL if row.flag("RequireSenderAuthenticationEnabled") else Senders.ANYONE


def _list_row(remote: Remote, list_id: UUID) -> Found | None:
    rows = remote.run("Get-DistributionGroup", Filter=names.by_our_id(list_id), ResultSize="2")
    return rows[0] if rows else None


def _members(remote: Remote, row: Found) -> list[Recipient]:
    rows = remote.run("Get-DistributionGroupMember", Identity=row.text("Guid"), ResultSize="Unlimited")
    return [member for member in map(Recipient.of, rows) if member.kind != GONE]


def _create_list(remote: Remote, spec: ListSpec) -> Found:
    try:
        return remote.run(
            "New-DistributionGroup",
            Name=str(spec.id),
            Alias=f"l{spec.id.hex}",
            SamAccountName=f"l{spec.id.hex[:19]}",
            DisplayName=spec.display_name or spec.address,
            PrimarySmtpAddress=spec.address,
            OrganizationalUnit=remote.settings.organizational_unit,
            Type="Distribution",
            MemberJoinRestriction="Closed",
            MemberDepartRestriction="Closed",
        )[0]
    except ExchangeError as error:
        if not error.is_taken:
            raise
        row = _list_row(remote, spec.id)  # somebody made it between our look and our call
        if row is None:
            raise refusals.address_taken(spec.address) from error
        return row


def _list_changes(row: Found, spec: ListSpec, people: Mapping[UUID, Recipient], tenant: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if row.text(names.MAILBOX_ID) != str(spec.id):
        changes |= {names.MAILBOX_ID: str(spec.id), "EmailAddressPolicyEnabled": False}
    if row.text(names.TENANT) != tenant:
        changes[names.TENANT] = tenant
    if row.text("DisplayName") != (shown := spec.display_name or spec.address):
        changes["DisplayName"] = shown
    if row.text("PrimarySmtpAddress").lower() != spec.address:
        others = [each for each in row.texts("EmailAddresses") if each[:5].lower() != "smtp:"]
        changes["EmailAddresses"] = [f"SMTP:{spec.address}", *others]
    owners = difference(set(row.texts(OWNERS)), {str(owner) for owner in spec.owner_ids})
    if owners:
        changes[OWNERS] = owners
        if spec.owner_ids:  # Exchange wants at least one: with none of ours, whoever was there stays
            changes["ManagedBy"] = [people[owner].guid for owner in sorted(spec.owner_ids)]
    if row.text(SENDERS) != spec.senders or (owners and spec.senders is Senders.OWNERS):
        changes |= {SENDERS: str(spec.senders), **_restrictions(row, spec, people)}
    return changes


def _restrictions(row: Found, spec: ListSpec, people: Mapping[UUID, Recipient]) -> dict[str, Any]:
    """INTERNAL is "signed in to this Exchange": it knows no tenants there."""
    only_from: list[str] | None = None
    if spec.senders is Senders.MEMBERS:
        only_from = [row.text("Guid")]
    if spec.senders is Senders.OWNERS:
        only_from = [people[owner].guid for owner in sorted(spec.owner_ids)] or [row.text("Guid")]
    return {
        "RequireSenderAuthenticationEnabled": spec.senders is Senders.INTERNAL,
        "AcceptMessagesOnlyFromSendersOrMembers": only_from,
    }


# Contacts ------------------------------------------------------------------------------------------------------


def ensure_contact(remote: Remote, spec: ContactSpec) -> Outcome:
    tenant = str(spec.tenant_id or NO_TENANT)
    row = _contact_row(remote, spec.id)
    if row is not None and row.text(names.TENANT) not in ("", tenant):
        raise refusals.contact_moved(spec.id)
    if spec.external_address.partition("@")[2] in tenants.our_domains(remote):
        raise refusals.contact_is_ours(spec.external_address)
    same = names.both(names.equal(names.TENANT, tenant), names.equal(EXTERNAL_ADDRESS, spec.external_address))
    rows = remote.run("Get-Recipient", Filter=same, ResultSize="2", RecipientTypeDetails=[CONTACT])
    if any(Recipient.of(other).id != spec.id for other in rows):
        raise refusals.contact_taken(spec.external_address)
    is_new = row is None
    row = row or _create_contact(remote, spec)
    changes = _contact_changes(row, spec, tenant)
    if changes:
        _write_contact(remote, row, changes)
    if is_new:
        return Outcome.CREATED
    return Outcome.AMENDED if changes else Outcome.UNCHANGED


def remove_contact(remote: Remote, contact_id: UUID) -> None:
    row = _contact_row(remote, contact_id)
    if row is not None:
        given = {"Identity": row.text("Guid"), "Confirm": False}
        tolerating("is_not_found", lambda: remote.run("Remove-MailContact", **given))


def lookup_contacts(remote: Remote, contact_ids: Iterable[UUID]) -> Mapping[UUID, ContactSpec]:
    found: list[ContactSpec] = []
    for group in reading.groups_of(sorted(set(contact_ids))):
        wanted = names.either(names.by_our_id(contact_id) for contact_id in group)
        rows = remote.run("Get-Recipient", Filter=wanted, ResultSize="Unlimited", RecipientTypeDetails=[CONTACT])
        found += [_contact_of(row) for row in rows if row.text(names.MAILBOX_ID)]
    return {spec.id: spec for spec in found}


def list_contacts(remote: Remote, tenant_id: UUID) -> list[ContactSpec]:
    wanted = names.equal(names.TENANT, tenant_id)
    rows = remote.run("Get-Recipient", Filter=wanted, ResultSize="Unlimited", RecipientTypeDetails=[CONTACT])
    return sorted(map(_contact_of, rows), key=lambda spec: spec.id)


def _contact_of(row: Found) -> ContactSpec:
    tenant = row.text(names.TENANT)
    return ContactSpec(
        Recipient.of(row).id,
        row.text("DisplayName"),
        row.text(EXTERNAL_ADDRESS),
        None if tenant == NO_TENANT else UUID(tenant),
    )


def _contact_row(remote: Remote, contact_id: UUID) -> Found | None:
    wanted = names.by_our_id(contact_id)
    rows = remote.run("Get-Recipient", Filter=wanted, ResultSize="2", RecipientTypeDetails=[CONTACT])
    return rows[0] if rows else None


def _create_contact(remote: Remote, spec: ContactSpec) -> Found:
    """Exchange takes an address once in the whole organization. The second tenant that knows it gets it as the target
    of a contact whose own address is one that nobody uses."""
    given = {
        "Name": str(spec.id),
        "Alias": f"c{spec.id.hex}",
        "DisplayName": spec.display_name or spec.external_address,
        "ExternalEmailAddress": f"SMTP:{spec.external_address}",
        "OrganizationalUnit": remote.settings.organizational_unit,
    }
    try:
        return remote.run("New-MailContact", **given)[0]
    except ExchangeError as error:
        if not error.is_taken:
            raise
    if (row := _contact_row(remote, spec.id)) is not None:
        return row
    return remote.run("New-MailContact", PrimarySmtpAddress=f"{spec.id}@{OWN_DOMAIN}", **given)[0]


def _contact_changes(row: Found, spec: ContactSpec, tenant: str) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    marks = {names.MAILBOX_ID: str(spec.id), names.TENANT: tenant, EXTERNAL_ADDRESS: spec.external_address}
    changes |= {name: value for name, value in marks.items() if row.text(name) != value}
    if row.text("DisplayName") != (shown := spec.display_name or spec.external_address):
        changes["DisplayName"] = shown
    if row.text("ExternalEmailAddress").lower().removeprefix("smtp:") != spec.external_address:
        changes["ExternalEmailAddress"] = f"SMTP:{spec.external_address}"
    return changes


def _write_contact(remote: Remote, row: Found, changes: dict[str, Any]) -> None:
    try:
        remote.run("Set-MailContact", Identity=row.text("Guid"), **changes)
    except ExchangeError as error:
        if error.is_taken:
            raise _other_contact(error) from error
        raise


def _other_contact(error: ExchangeError) -> PermanentError:
    return PermanentError(
        "Otro cliente de este servidor Exchange ya usa esa dirección. Elimine el contacto y créelo de nuevo.",
        str(error),
        provider="exchange",
    )

"""Distribution groups, contacts, and recipients of any kind."""

from __future__ import annotations

from tests.exchange.drivers.psrp.common import (
    external_address,
    forget,
    found,
    limit,
    listed,
    recipient_names,
    require_unit,
    shown,
)
from tests.exchange.drivers.psrp.organization import CONTACT, GROUP, Organization, Row
from tests.exchange.drivers.psrp.strict import Refused


def new_group(org: Organization, given: Row) -> list[Row]:
    require_unit(org, given)
    values = {
        "Alias": given["Name"],
        "DisplayName": given["Name"],
        "Members": [],
        "HiddenFromAddressListsEnabled": False,
    }
    values |= {key: given[key] for key in ("Name", "Alias", "DisplayName", "SamAccountName") if key in given}
    values["Members"] = [org.need_recipient(each)["Guid"] for each in listed(given.get("Members"), [])]
    values["RequireSenderAuthenticationEnabled"] = given.get("RequireSenderAuthenticationEnabled", True)
    values["EmailAddressPolicyEnabled"] = "PrimarySmtpAddress" not in given
    return [org.add_recipient(GROUP, {**values, "EmailAddresses": ["SMTP:" + given["PrimarySmtpAddress"]]})]


def set_group(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], GROUP)
    changes = {k: v for k, v in given.items() if k not in ("Identity", "Confirm", "BypassSecurityGroupManagerCheck")}
    for key in [key for key in changes if key.startswith("ExtensionCustomAttribute") or key == "ManagedBy"]:
        changes[key] = listed(changes[key], row.get(key) or [])
    if "AcceptMessagesOnlyFromSendersOrMembers" in changes:
        wanted = changes["AcceptMessagesOnlyFromSendersOrMembers"]
        changes["AcceptMessagesOnlyFromSendersOrMembers"] = recipient_names(org, wanted, [])
    org.amend(row, changes)
    return []


def get_group(org: Organization, given: Row) -> list[Row]:
    return found(org, given, GROUP)


def remove_group(org: Organization, given: Row) -> list[Row]:
    org.recipients.remove(org.need_recipient(given["Identity"], GROUP))
    return []


def add_member(org: Organization, given: Row) -> list[Row]:
    row, member = org.need_recipient(given["Identity"], GROUP), org.need_recipient(given["Member"])
    if member["Guid"] in row["Members"]:
        raise Refused("MemberAlreadyExistsException", "The recipient is already a member of the group")
    row["Members"].append(member["Guid"])
    return []


def remove_member(org: Organization, given: Row) -> list[Row]:
    row, member = org.need_recipient(given["Identity"], GROUP), org.need_recipient(given["Member"])
    if member["Guid"] not in row["Members"]:
        raise Refused("MemberNotFoundException", "The recipient isn't a member of the group")
    row["Members"].remove(member["Guid"])
    return []


def get_members(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], GROUP)
    return [shown(member) for member in org.recipients if member["Guid"] in row["Members"]][: limit(given)]


def new_contact(org: Organization, given: Row) -> list[Row]:
    require_unit(org, given)
    values = {"Alias": given["Name"], "DisplayName": given["Name"], "HiddenFromAddressListsEnabled": False}
    values |= {key: given[key] for key in ("Name", "Alias", "DisplayName") if key in given}
    external = external_address(given["ExternalEmailAddress"])
    primary = given.get("PrimarySmtpAddress") or external[5:]
    values |= {"ExternalEmailAddress": external, "EmailAddresses": ["SMTP:" + primary]}
    return [org.add_recipient(CONTACT, values)]


def set_contact(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], CONTACT)
    changes = {key: value for key, value in given.items() if key not in ("Identity", "Confirm")}
    if "ExternalEmailAddress" in changes:
        changes["ExternalEmailAddress"] = external_address(changes["ExternalEmailAddress"])
        changes["EmailAddresses"] = [changes["ExternalEmailAddress"]]
    org.amend(row, changes)
    return []


def remove_contact(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], CONTACT)
    org.recipients.remove(row)
    forget(org, row)
    return []


def get_recipient(org: Organization, given: Row) -> list[Row]:
    return found(org, given)

"""Mailboxes, their statistics, replies and permissions."""

from __future__ import annotations

from tests.exchange.drivers.psrp.common import (
    PROTOCOLS,
    SIZES,
    by_guid,
    forget,
    found,
    listed,
    recipient_names,
    require_good,
    require_unit,
)
from tests.exchange.drivers.psrp.organization import MAILBOX, MAILBOXES, SHARED, Organization, Row, readable, size
from tests.exchange.drivers.psrp.strict import Refused


def new_mailbox(org: Organization, given: Row) -> list[Row]:
    require_unit(org, given)
    shared = bool(given.get("Shared"))
    if policy := given.get("AddressBookPolicy"):
        org.need("AddressBookPolicy", policy)
    password = "" if shared else given["Password"]
    if not shared:
        require_good(password)
    address = given.get("PrimarySmtpAddress") or given["UserPrincipalName"]
    values = {key: given[key] for key in ("Name", "Alias", "DisplayName", "SamAccountName") if key in given}
    row = org.add_recipient(
        SHARED if shared else MAILBOX,
        {
            "Alias": given["Name"],
            "DisplayName": given["Name"],
            "UserPrincipalName": given.get("UserPrincipalName") or address,
            "ExchangeGuid": "",
            "Database": given.get("Database") or "DB1",
            "AddressBookPolicy": policy,
            "HiddenFromAddressListsEnabled": False,
            "AcceptMessagesOnlyFromSendersOrMembers": [],
            "GrantSendOnBehalfTo": [],
            "ForwardingAddress": None,
            "ForwardingSmtpAddress": None,
            "DeliverToMailboxAndForward": False,
            "UseDatabaseQuotaDefaults": True,
            "EmailAddressPolicyEnabled": "PrimarySmtpAddress" not in given,
            **dict.fromkeys(SIZES),
            **dict.fromkeys(PROTOCOLS, True),
            **values,
            "EmailAddresses": ["SMTP:" + address, f"X400:C=MX;A= ;P=Org;O=Exchange;S={given['Name']};"],
        },
    )
    row["ExchangeGuid"] = row["Guid"][::-1]
    org.passwords[row["Guid"]] = password
    return [row]


def get_mailbox(org: Organization, given: Row) -> list[Row]:
    return found(org, given, *MAILBOXES)


def set_mailbox(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    if {"EmailAddresses", "PrimarySmtpAddress"} <= given.keys():
        raise Refused("ParameterBindingException", "EmailAddresses and PrimarySmtpAddress cannot be used together")
    if "EmailAddresses" in given and given.get("EmailAddressPolicyEnabled", row["EmailAddressPolicyEnabled"]):
        raise Refused("RecipientTaskException", "The e-mail addresses are managed by an e-mail address policy")
    password = given.pop("Password", None)
    if password is not None:
        require_good(password)
    if policy := given.get("AddressBookPolicy"):
        org.need("AddressBookPolicy", policy)
    kind = {"Shared": SHARED, "Regular": MAILBOX}.get(given.get("Type", ""))
    changes = {key: value for key, value in given.items() if key not in ("Identity", "Confirm", "Force", "Type")}
    for key in SIZES:
        if key in changes:
            changes[key] = size(changes[key])
    for key in ("AcceptMessagesOnlyFromSendersOrMembers", "GrantSendOnBehalfTo"):
        if key in changes:
            changes[key] = recipient_names(org, changes[key], row[key])
    for key in [key for key in changes if key.startswith("ExtensionCustomAttribute") or key == "EmailAddresses"]:
        changes[key] = listed(changes[key], row.get(key) or [])
    if changes.get("ForwardingAddress"):
        changes["ForwardingAddress"] = org.need_recipient(changes["ForwardingAddress"])["Name"]
    org.amend(row, changes | ({"RecipientTypeDetails": kind} if kind else {}))
    if password is not None:
        org.passwords[row["Guid"]] = password
    return []


def remove_mailbox(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    org.recipients.remove(row)
    forget(org, row)
    return []


def disable_mailbox(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    row["RecipientTypeDetails"] = "User"
    row["EmailAddresses"] = []
    row.update({key: "" for key in row if key.startswith("CustomAttribute")})
    forget(org, row)
    return []


def set_cas_mailbox(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    row.update({key: value for key, value in given.items() if key.endswith("Enabled")})
    return []


def get_mailbox_statistics(org: Organization, given: Row) -> list[Row]:
    if "Database" in given:
        rows = [row for row in org.recipients if row.get("Database") == given["Database"]]
    else:
        rows = [org.need_recipient(given["Identity"], *MAILBOXES)]
    return [
        {
            "MailboxGuid": row["ExchangeGuid"],
            "DisplayName": row["DisplayName"],
            "ItemCount": org.statistics[row["Guid"]][1],
            "TotalItemSize": readable(org.statistics[row["Guid"]][0]),
        }
        for row in rows
        if row["Guid"] in org.statistics  # whoever never signed in has none
    ]


def set_auto_reply(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    org.auto_replies.setdefault(row["Guid"], {}).update(given)
    return []


# Permissions ---------------------------------------------------------------------------------------------------


def add_mailbox_permission(org: Organization, given: Row) -> list[Row]:
    row, user = org.need_recipient(given["Identity"], *MAILBOXES), org.need_recipient(given["User"])
    for right in listed(given["AccessRights"], []):
        org.mailbox_rights.add((row["Guid"], user["Guid"], right))
    return []


def remove_mailbox_permission(org: Organization, given: Row) -> list[Row]:
    row, user = org.need_recipient(given["Identity"], *MAILBOXES), org.need_recipient(given["User"])
    for right in listed(given["AccessRights"], []):
        if (row["Guid"], user["Guid"], right) not in org.mailbox_rights:
            raise Refused("ACENotFoundException", "The ACE doesn't exist on the object")
        org.mailbox_rights.discard((row["Guid"], user["Guid"], right))
    return []


def get_mailbox_permission(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    selves = [{"User": "NT AUTHORITY\\SELF", "AccessRights": ["FullAccess", "ReadPermission"], "IsInherited": False}]
    return selves + [
        {"User": by_guid(org, user)["UserPrincipalName"], "AccessRights": [right], "IsInherited": False, "Deny": False}
        for mailbox, user, right in sorted(org.mailbox_rights)
        if mailbox == row["Guid"]
    ]


def add_ad_permission(org: Organization, given: Row) -> list[Row]:
    row, user = org.need_recipient(given["Identity"]), org.need_recipient(given["User"])
    if listed(given.get("ExtendedRights"), []) != ["Send As"]:
        raise Refused("ParameterBindingException", "Only the extended right 'Send As' is known here")
    org.send_as.add((row["Guid"], user["Guid"]))
    return []


def remove_ad_permission(org: Organization, given: Row) -> list[Row]:
    row, user = org.need_recipient(given["Identity"]), org.need_recipient(given["User"])
    if (row["Guid"], user["Guid"]) not in org.send_as:
        raise Refused("ACENotFoundException", "The ACE doesn't exist on the object")
    org.send_as.discard((row["Guid"], user["Guid"]))
    return []


def get_ad_permission(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"])
    return [
        {"User": by_guid(org, user)["UserPrincipalName"], "ExtendedRights": ["Send As"], "Deny": False}
        for mailbox, user in sorted(org.send_as)
        if mailbox == row["Guid"]
    ]

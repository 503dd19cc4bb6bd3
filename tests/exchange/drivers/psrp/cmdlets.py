"""What each cmdlet does to the organization. Parameters are checked before it comes here (``strict``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.exchange.drivers.psrp import opath
from tests.exchange.drivers.psrp.organization import (
    CONTACT,
    GROUP,
    MAILBOX,
    MAILBOXES,
    SHARED,
    Organization,
    Row,
    already_exists,
    not_found,
    primary_of,
    readable,
    size,
)
from tests.exchange.drivers.psrp.strict import Refused

Cmdlet = Callable[[Organization, Row], list[Row]]

SIZES = ("ProhibitSendReceiveQuota", "ProhibitSendQuota", "IssueWarningQuota")
PROTOCOLS = ("ImapEnabled", "PopEnabled", "OWAEnabled", "MAPIEnabled", "EwsEnabled", "ActiveSyncEnabled")
DEFAULT_LIMIT = 1000


# Mailboxes -----------------------------------------------------------------------------------------------------


def new_mailbox(org: Organization, given: Row) -> list[Row]:
    _require_unit(org, given)
    shared = bool(given.get("Shared"))
    if policy := given.get("AddressBookPolicy"):
        org.need("AddressBookPolicy", policy)
    password = "" if shared else given["Password"]
    if not shared:
        _require_good(password)
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
    return _found(org, given, *MAILBOXES)


def set_mailbox(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    if {"EmailAddresses", "PrimarySmtpAddress"} <= given.keys():
        raise Refused("ParameterBindingException", "EmailAddresses and PrimarySmtpAddress cannot be used together")
    if "EmailAddresses" in given and given.get("EmailAddressPolicyEnabled", row["EmailAddressPolicyEnabled"]):
        raise Refused("RecipientTaskException", "The e-mail addresses are managed by an e-mail address policy")
    password = given.pop("Password", None)
    if password is not None:
        _require_good(password)
    if policy := given.get("AddressBookPolicy"):
        org.need("AddressBookPolicy", policy)
    kind = {"Shared": SHARED, "Regular": MAILBOX}.get(given.get("Type", ""))
    changes = {key: value for key, value in given.items() if key not in ("Identity", "Confirm", "Force", "Type")}
    for key in SIZES:
        if key in changes:
            changes[key] = size(changes[key])
    for key in ("AcceptMessagesOnlyFromSendersOrMembers", "GrantSendOnBehalfTo"):
        if key in changes:
            changes[key] = _recipient_names(org, changes[key], row[key])
    for key in [key for key in changes if key.startswith("ExtensionCustomAttribute") or key == "EmailAddresses"]:
        changes[key] = _listed(changes[key], row.get(key) or [])
    if changes.get("ForwardingAddress"):
        changes["ForwardingAddress"] = org.need_recipient(changes["ForwardingAddress"])["Name"]
    org.amend(row, changes | ({"RecipientTypeDetails": kind} if kind else {}))
    if password is not None:
        org.passwords[row["Guid"]] = password
    return []


def remove_mailbox(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    org.recipients.remove(row)
    _forget(org, row)
    return []


def disable_mailbox(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    row["RecipientTypeDetails"] = "User"
    row["EmailAddresses"] = []
    row.update({key: "" for key in row if key.startswith("CustomAttribute")})
    _forget(org, row)
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
    for right in _listed(given["AccessRights"], []):
        org.mailbox_rights.add((row["Guid"], user["Guid"], right))
    return []


def remove_mailbox_permission(org: Organization, given: Row) -> list[Row]:
    row, user = org.need_recipient(given["Identity"], *MAILBOXES), org.need_recipient(given["User"])
    for right in _listed(given["AccessRights"], []):
        if (row["Guid"], user["Guid"], right) not in org.mailbox_rights:
            raise Refused("ACENotFoundException", "The ACE doesn't exist on the object")
        org.mailbox_rights.discard((row["Guid"], user["Guid"], right))
    return []


def get_mailbox_permission(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], *MAILBOXES)
    selves = [{"User": "NT AUTHORITY\\SELF", "AccessRights": ["FullAccess", "ReadPermission"], "IsInherited": False}]
    return selves + [
        {"User": _by_guid(org, user)["UserPrincipalName"], "AccessRights": [right], "IsInherited": False, "Deny": False}
        for mailbox, user, right in sorted(org.mailbox_rights)
        if mailbox == row["Guid"]
    ]


def add_ad_permission(org: Organization, given: Row) -> list[Row]:
    row, user = org.need_recipient(given["Identity"]), org.need_recipient(given["User"])
    if _listed(given.get("ExtendedRights"), []) != ["Send As"]:
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
        {"User": _by_guid(org, user)["UserPrincipalName"], "ExtendedRights": ["Send As"], "Deny": False}
        for mailbox, user in sorted(org.send_as)
        if mailbox == row["Guid"]
    ]


# Groups and contacts -------------------------------------------------------------------------------------------


def new_group(org: Organization, given: Row) -> list[Row]:
    _require_unit(org, given)
    values = {
        "Alias": given["Name"],
        "DisplayName": given["Name"],
        "Members": [],
        "HiddenFromAddressListsEnabled": False,
    }
    values |= {key: given[key] for key in ("Name", "Alias", "DisplayName", "SamAccountName") if key in given}
    values["Members"] = [org.need_recipient(each)["Guid"] for each in _listed(given.get("Members"), [])]
    values["RequireSenderAuthenticationEnabled"] = given.get("RequireSenderAuthenticationEnabled", True)
    values["EmailAddressPolicyEnabled"] = "PrimarySmtpAddress" not in given
    return [org.add_recipient(GROUP, {**values, "EmailAddresses": ["SMTP:" + given["PrimarySmtpAddress"]]})]


def set_group(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], GROUP)
    changes = {k: v for k, v in given.items() if k not in ("Identity", "Confirm", "BypassSecurityGroupManagerCheck")}
    for key in [key for key in changes if key.startswith("ExtensionCustomAttribute") or key == "ManagedBy"]:
        changes[key] = _listed(changes[key], row.get(key) or [])
    if "AcceptMessagesOnlyFromSendersOrMembers" in changes:
        wanted = changes["AcceptMessagesOnlyFromSendersOrMembers"]
        changes["AcceptMessagesOnlyFromSendersOrMembers"] = _recipient_names(org, wanted, [])
    org.amend(row, changes)
    return []


def get_group(org: Organization, given: Row) -> list[Row]:
    return _found(org, given, GROUP)


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
    return [_shown(member) for member in org.recipients if member["Guid"] in row["Members"]][: _limit(given)]


def new_contact(org: Organization, given: Row) -> list[Row]:
    _require_unit(org, given)
    values = {"Alias": given["Name"], "DisplayName": given["Name"], "HiddenFromAddressListsEnabled": False}
    values |= {key: given[key] for key in ("Name", "Alias", "DisplayName") if key in given}
    external = _external(given["ExternalEmailAddress"])
    primary = given.get("PrimarySmtpAddress") or external[5:]
    values |= {"ExternalEmailAddress": external, "EmailAddresses": ["SMTP:" + primary]}
    return [org.add_recipient(CONTACT, values)]


def set_contact(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], CONTACT)
    changes = {key: value for key, value in given.items() if key not in ("Identity", "Confirm")}
    if "ExternalEmailAddress" in changes:
        changes["ExternalEmailAddress"] = _external(changes["ExternalEmailAddress"])
        changes["EmailAddresses"] = [changes["ExternalEmailAddress"]]
    org.amend(row, changes)
    return []


def remove_contact(org: Organization, given: Row) -> list[Row]:
    row = org.need_recipient(given["Identity"], CONTACT)
    org.recipients.remove(row)
    _forget(org, row)
    return []


def get_recipient(org: Organization, given: Row) -> list[Row]:
    return _found(org, given)


# Configuration objects -----------------------------------------------------------------------------------------


def new_object(noun: str, *references: tuple[str, str]) -> Cmdlet:
    """``references``: parameters that name objects of another noun, which must exist."""

    def new(org: Organization, given: Row) -> list[Row]:
        for parameter, other in references:
            for each in _listed(given[parameter], []):
                org.need(other, each)
        if "RecipientFilter" in given:
            opath.compiled(given["RecipientFilter"])
        if noun == "AcceptedDomain" and any(
            row["DomainName"].lower() == given["DomainName"].lower() for row in org.kept(noun)
        ):
            raise already_exists(given["DomainName"])
        return [org.add(noun, dict(given))]

    return new


def get_object(noun: str) -> Cmdlet:
    def get(org: Organization, given: Row) -> list[Row]:
        if "Identity" in given:
            return [dict(org.need(noun, given["Identity"]))]
        return [dict(row) for row in org.kept(noun)]

    return get


def set_object(noun: str) -> Cmdlet:
    def set_(org: Organization, given: Row) -> list[Row]:
        row = org.need(noun, given["Identity"])
        if len(given.get("Name", "")) > 64:
            raise Refused("ParameterBindingException", "The length of the property Name is too long")
        row.update({key: value for key, value in given.items() if key not in ("Identity", "Confirm")})
        return []

    return set_


def remove_object(noun: str, used_by: dict[str, str] | None = None) -> Cmdlet:
    """``used_by``: nouns whose objects may name this one, with the parameter that does."""

    def remove(org: Organization, given: Row) -> list[Row]:
        row = org.need(noun, given["Identity"])
        for other, parameter in (used_by or {}).items():
            for each in org.kept(other):
                names = [name.lstrip("\\") for name in _listed(each.get(parameter), [])]
                if row["Name"] in names or str(row.get("DomainName")) in "".join(names):
                    raise Refused("InvalidOperationException", f"'{row['Name']}' is used by '{each['Name']}'")
        if noun == "AddressBookPolicy" and any(each.get("AddressBookPolicy") == row["Name"] for each in org.recipients):
            raise Refused("InvalidOperationException", f"The policy '{row['Name']}' is assigned to mailboxes")
        org.kept(noun).remove(row)
        return []

    return remove


def nothing(org: Organization, given: Row) -> list[Row]:
    return []


def get_unit(org: Organization, given: Row) -> list[Row]:
    if given.get("Identity") not in org.units:
        raise not_found(str(given.get("Identity")))
    return [{"Name": given["Identity"], "Guid": ""}]


LISTS = (("AddressLists", "AddressList"), ("RoomList", "AddressList"))
HANDLERS: dict[str, Cmdlet] = {
    "New-Mailbox": new_mailbox,
    "Get-Mailbox": get_mailbox,
    "Set-Mailbox": set_mailbox,
    "Remove-Mailbox": remove_mailbox,
    "Disable-Mailbox": disable_mailbox,
    "Set-CASMailbox": set_cas_mailbox,
    "Get-CASMailbox": get_mailbox,
    "Get-MailboxStatistics": get_mailbox_statistics,
    "Set-MailboxAutoReplyConfiguration": set_auto_reply,
    "Add-MailboxPermission": add_mailbox_permission,
    "Remove-MailboxPermission": remove_mailbox_permission,
    "Get-MailboxPermission": get_mailbox_permission,
    "Add-ADPermission": add_ad_permission,
    "Remove-ADPermission": remove_ad_permission,
    "Get-ADPermission": get_ad_permission,
    "New-DistributionGroup": new_group,
    "Set-DistributionGroup": set_group,
    "Get-DistributionGroup": get_group,
    "Remove-DistributionGroup": remove_group,
    "Add-DistributionGroupMember": add_member,
    "Remove-DistributionGroupMember": remove_member,
    "Get-DistributionGroupMember": get_members,
    "New-MailContact": new_contact,
    "Set-MailContact": set_contact,
    "Remove-MailContact": remove_contact,
    "Get-Recipient": get_recipient,
    "Get-OrganizationalUnit": get_unit,
    "New-AcceptedDomain": new_object("AcceptedDomain"),
    "Get-AcceptedDomain": get_object("AcceptedDomain"),
    "Set-AcceptedDomain": set_object("AcceptedDomain"),
    "Remove-AcceptedDomain": remove_object(
        "AcceptedDomain", {"EmailAddressPolicy": "EnabledPrimarySMTPAddressTemplate"}
    ),
    "New-GlobalAddressList": new_object("GlobalAddressList"),
    "Get-GlobalAddressList": get_object("GlobalAddressList"),
    "Remove-GlobalAddressList": remove_object("GlobalAddressList", {"AddressBookPolicy": "GlobalAddressList"}),
    "Update-GlobalAddressList": nothing,
    "New-AddressList": new_object("AddressList"),
    "Get-AddressList": get_object("AddressList"),
    "Remove-AddressList": remove_object(
        "AddressList", {"AddressBookPolicy": "AddressLists", "OfflineAddressBook": "AddressLists"}
    ),
    "Update-AddressList": nothing,
    "New-OfflineAddressBook": new_object("OfflineAddressBook", ("AddressLists", "GlobalAddressList")),
    "Get-OfflineAddressBook": get_object("OfflineAddressBook"),
    "Remove-OfflineAddressBook": remove_object("OfflineAddressBook", {"AddressBookPolicy": "OfflineAddressBook"}),
    "New-AddressBookPolicy": new_object(
        "AddressBookPolicy",
        *LISTS,
        ("GlobalAddressList", "GlobalAddressList"),
        ("OfflineAddressBook", "OfflineAddressBook"),
    ),
    "Get-AddressBookPolicy": get_object("AddressBookPolicy"),
    "Remove-AddressBookPolicy": remove_object("AddressBookPolicy"),
    "New-EmailAddressPolicy": new_object("EmailAddressPolicy"),
    "Get-EmailAddressPolicy": get_object("EmailAddressPolicy"),
    "Remove-EmailAddressPolicy": remove_object("EmailAddressPolicy"),
    "Update-EmailAddressPolicy": nothing,
}


# What they share -----------------------------------------------------------------------------------------------


def _found(org: Organization, given: Row, *kinds: str) -> list[Row]:
    rows = [row for row in org.recipients if not kinds or row["RecipientTypeDetails"] in kinds]
    if wanted := _listed(given.get("RecipientTypeDetails"), []):
        rows = [row for row in rows if row["RecipientTypeDetails"] in wanted]
    if "Identity" in given:
        rows = [row for row in org.matches(given["Identity"]) if row in rows]
        if not rows:
            raise not_found(given["Identity"])
    if "Filter" in given:
        test = opath.compiled(given["Filter"])
        rows = [row for row in rows if test(row)]
    return [_shown(row) for row in rows[: _limit(given)]]


def _limit(given: Row) -> int | None:
    text = str(given.get("ResultSize", DEFAULT_LIMIT))
    return None if text.lower() == "unlimited" else int(text)


def _shown(row: Row) -> Row:
    """As it comes out: sizes as text, the primary address beside all of them."""
    sizes = {key: readable(row[key]) for key in SIZES if key in row}
    return {**row, **sizes, "PrimarySmtpAddress": primary_of(row)}


def _listed(value: Any, before: list[str]) -> list[str]:
    if isinstance(value, dict):
        kept = [each for each in before if each not in value.get("Remove", [])]
        return kept + [each for each in value.get("Add", []) if each not in kept]
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _recipient_names(org: Organization, value: Any, before: list[str]) -> list[str]:
    """Exchange shows where a recipient lies, not what it was called by."""

    def shown(identities: list[str]) -> list[str]:
        return [f"clientes.example/Clientes/{org.need_recipient(identity)['Name']}" for identity in identities]

    if isinstance(value, dict):
        return _listed({word: shown(identities) for word, identities in value.items()}, before)
    return shown(_listed(value, []))


def _by_guid(org: Organization, guid: str) -> Row:
    row = next(row for row in org.recipients if row["Guid"] == guid)
    return {"UserPrincipalName": row["Name"], **row}


def _forget(org: Organization, row: Row) -> None:
    """What names a recipient that is gone goes with it."""
    guid = row["Guid"]
    org.mailbox_rights = {right for right in org.mailbox_rights if guid not in right}
    org.send_as = {right for right in org.send_as if guid not in right}
    for holder in (org.passwords, org.auto_replies, org.statistics):
        holder.pop(guid, None)
    for group in org.recipients:
        if guid in group.get("Members", []):
            group["Members"].remove(guid)


def _require_unit(org: Organization, given: Row) -> None:
    if "OrganizationalUnit" in given and given["OrganizationalUnit"] not in org.units:
        raise not_found(given["OrganizationalUnit"])


def _require_good(password: str) -> None:
    if len(password) < 8:
        raise Refused(
            "ADInvalidPasswordException",
            "The password does not meet the password policy requirements. Check the minimum password length.",
        )


def _external(address: str) -> str:
    return address if address.upper().startswith("SMTP:") else "SMTP:" + address

"""What each cmdlet does to the organization. Parameters are checked before it comes here (``strict``)."""

from __future__ import annotations

from tests.exchange.drivers.psrp import mailbox_cmdlets, opath, recipient_cmdlets
from tests.exchange.drivers.psrp.common import Cmdlet, listed
from tests.exchange.drivers.psrp.organization import Organization, Row, already_exists, not_found
from tests.exchange.drivers.psrp.strict import Refused

# Configuration objects -----------------------------------------------------------------------------------------


def new_object(noun: str, *references: tuple[str, str]) -> Cmdlet:
    """``references``: parameters that name objects of another noun, which must exist."""

    def new(org: Organization, given: Row) -> list[Row]:
        for parameter, other in references:
            for each in listed(given[parameter], []):
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
                names = [name.lstrip("\\") for name in listed(each.get(parameter), [])]
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
    "New-Mailbox": mailbox_cmdlets.new_mailbox,
    "Get-Mailbox": mailbox_cmdlets.get_mailbox,
    "Set-Mailbox": mailbox_cmdlets.set_mailbox,
    "Remove-Mailbox": mailbox_cmdlets.remove_mailbox,
    "Disable-Mailbox": mailbox_cmdlets.disable_mailbox,
    "Set-CASMailbox": mailbox_cmdlets.set_cas_mailbox,
    "Get-CASMailbox": mailbox_cmdlets.get_mailbox,
    "Get-MailboxStatistics": mailbox_cmdlets.get_mailbox_statistics,
    "Set-MailboxAutoReplyConfiguration": mailbox_cmdlets.set_auto_reply,
    "Add-MailboxPermission": mailbox_cmdlets.add_mailbox_permission,
    "Remove-MailboxPermission": mailbox_cmdlets.remove_mailbox_permission,
    "Get-MailboxPermission": mailbox_cmdlets.get_mailbox_permission,
    "Add-ADPermission": mailbox_cmdlets.add_ad_permission,
    "Remove-ADPermission": mailbox_cmdlets.remove_ad_permission,
    "Get-ADPermission": mailbox_cmdlets.get_ad_permission,
    "New-DistributionGroup": recipient_cmdlets.new_group,
    "Set-DistributionGroup": recipient_cmdlets.set_group,
    "Get-DistributionGroup": recipient_cmdlets.get_group,
    "Remove-DistributionGroup": recipient_cmdlets.remove_group,
    "Add-DistributionGroupMember": recipient_cmdlets.add_member,
    "Remove-DistributionGroupMember": recipient_cmdlets.remove_member,
    "Get-DistributionGroupMember": recipient_cmdlets.get_members,
    "New-MailContact": recipient_cmdlets.new_contact,
    "Set-MailContact": recipient_cmdlets.set_contact,
    "Remove-MailContact": recipient_cmdlets.remove_contact,
    "Get-Recipient": recipient_cmdlets.get_recipient,
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

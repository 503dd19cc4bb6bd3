"""What the cmdlets share: finding, showing, and the rules that several of them keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.exchange.drivers.psrp import opath
from tests.exchange.drivers.psrp.organization import Organization, Row, not_found, primary_of, readable
from tests.exchange.drivers.psrp.strict import Refused

Cmdlet = Callable[[Organization, Row], list[Row]]

SIZES = ("ProhibitSendReceiveQuota", "ProhibitSendQuota", "IssueWarningQuota")
PROTOCOLS = ("ImapEnabled", "PopEnabled", "OWAEnabled", "MAPIEnabled", "EwsEnabled", "ActiveSyncEnabled")
DEFAULT_LIMIT = 1000


def found(org: Organization, given: Row, *kinds: str) -> list[Row]:
    rows = [row for row in org.recipients if not kinds or row["RecipientTypeDetails"] in kinds]
    if wanted := listed(given.get("RecipientTypeDetails"), []):
        rows = [row for row in rows if row["RecipientTypeDetails"] in wanted]
    if "Identity" in given:
        rows = [row for row in org.matches(given["Identity"]) if row in rows]
        if not rows:
            raise not_found(given["Identity"])
    if "Filter" in given:
        test = opath.compiled(given["Filter"])
        rows = [row for row in rows if test(row)]
    return [shown(row) for row in rows[: limit(given)]]


def limit(given: Row) -> int | None:
    text = str(given.get("ResultSize", DEFAULT_LIMIT))
    return None if text.lower() == "unlimited" else int(text)


def shown(row: Row) -> Row:
    """As it comes out: sizes as text, the primary address beside all of them."""
    sizes = {key: readable(row[key]) for key in SIZES if key in row}
    return {**row, **sizes, "PrimarySmtpAddress": primary_of(row)}


def listed(value: Any, before: list[str]) -> list[str]:
    if isinstance(value, dict):
        kept = [each for each in before if each not in value.get("Remove", [])]
        return kept + [each for each in value.get("Add", []) if each not in kept]
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def recipient_names(org: Organization, value: Any, before: list[str]) -> list[str]:
    """Exchange shows where a recipient lies, not what it was called by."""

    def places(identities: list[str]) -> list[str]:
        return [f"clientes.example/Clientes/{org.need_recipient(identity)['Name']}" for identity in identities]

    if isinstance(value, dict):
        return listed({word: places(identities) for word, identities in value.items()}, before)
    return places(listed(value, []))


def by_guid(org: Organization, guid: str) -> Row:
    row = next(row for row in org.recipients if row["Guid"] == guid)
    return {"UserPrincipalName": row["Name"], **row}


def forget(org: Organization, row: Row) -> None:
    """What names a recipient that is gone goes with it."""
    guid = row["Guid"]
    org.mailbox_rights = {right for right in org.mailbox_rights if guid not in right}
    org.send_as = {right for right in org.send_as if guid not in right}
    for holder in (org.passwords, org.auto_replies, org.statistics):
        holder.pop(guid, None)
    for group in org.recipients:
        if guid in group.get("Members", []):
            group["Members"].remove(guid)


def require_unit(org: Organization, given: Row) -> None:
    if "OrganizationalUnit" in given and given["OrganizationalUnit"] not in org.units:
        raise not_found(given["OrganizationalUnit"])


def require_good(password: str) -> None:
    if len(password) < 8:
        raise Refused(
            "ADInvalidPasswordException",
            "The password does not meet the password policy requirements. Check the minimum password length.",
        )


def external_address(address: str) -> str:
    return address if address.upper().startswith("SMTP:") else "SMTP:" + address

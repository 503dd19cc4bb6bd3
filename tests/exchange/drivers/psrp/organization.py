"""What an Exchange organization keeps, and the rules by which it refuses: unique names, addresses, accepted domains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from tests.exchange.drivers.psrp.strict import Refused

Row = dict[str, Any]
MAILBOX, SHARED, CONTACT, GROUP = "UserMailbox", "SharedMailbox", "MailContact", "MailUniversalDistributionGroup"
MAILBOXES = (MAILBOX, SHARED)
UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}


@dataclass
class Organization:
    """Recipients and configuration objects. ``units`` are the organizational units that the directory has."""

    units: set[str] = field(default_factory=lambda: {"clientes.example/Clientes"})
    recipients: list[Row] = field(default_factory=list)
    objects: dict[str, list[Row]] = field(default_factory=dict)
    """Accepted domains, address lists..., by the noun of their cmdlets."""
    passwords: dict[str, str] = field(default_factory=dict)
    mailbox_rights: set[tuple[str, str, str]] = field(default_factory=set)
    send_as: set[tuple[str, str]] = field(default_factory=set)
    auto_replies: dict[str, Row] = field(default_factory=dict)
    statistics: dict[str, tuple[int, int]] = field(default_factory=dict)

    # Configuration objects ---------------------------------------------------------------------------------

    def kept(self, noun: str) -> list[Row]:
        return self.objects.setdefault(noun, [])

    def find(self, noun: str, identity: str) -> Row | None:
        wanted = identity.lstrip("\\").lower()
        for row in self.kept(noun):
            if wanted in (str(row["Name"]).lower(), row["Guid"], str(row.get("DomainName", "")).lower()):
                return row
        return None

    def need(self, noun: str, identity: str) -> Row:
        found = self.find(noun, identity)
        if found is None:
            raise not_found(identity)
        return found

    def add(self, noun: str, values: Row) -> Row:
        if len(values["Name"]) > 64:
            raise Refused("ParameterBindingException", "The length of the property Name is too long")
        if self.find(noun, values["Name"]):
            raise already_exists(values["Name"])
        row = {"Guid": str(uuid4()), **values}
        self.kept(noun).append(row)
        return row

    # Recipients --------------------------------------------------------------------------------------------

    def matches(self, identity: str) -> list[Row]:
        wanted = identity.lower()
        return [row for row in self.recipients if wanted in _names(row)]

    def need_recipient(self, identity: str, *kinds: str) -> Row:
        found = [row for row in self.matches(identity) if not kinds or row["RecipientTypeDetails"] in kinds]
        if not found:
            raise not_found(identity)
        if len(found) > 1:
            raise Refused("ManagementObjectAmbiguousException", f"The object {identity} matches several objects")
        return found[0]

    def add_recipient(self, kind: str, values: Row) -> Row:
        name = str(values["Name"])
        if len(name) > 64:
            raise Refused("ParameterBindingException", "The length of the property Name is too long")
        if any(row["Name"].lower() == name.lower() for row in self.recipients):
            raise already_exists(name)
        row = {"Guid": str(uuid4()), "RecipientTypeDetails": kind, "EmailAddresses": [], **values}
        self._require_unique(row)
        self.set_addresses(row, row["EmailAddresses"])
        self.recipients.append(row)
        return row

    def amend(self, row: Row, changes: Row) -> None:
        """All or nothing, like one write to the directory."""
        wanted = {**row, **changes}
        self._require_unique(wanted)
        if "EmailAddresses" in changes:
            self.set_addresses(row, changes["EmailAddresses"])
        row.update({key: value for key, value in changes.items() if key != "EmailAddresses"})

    def set_addresses(self, row: Row, addresses: list[str]) -> None:
        primaries = [each for each in addresses if each.startswith("SMTP:")]
        if row["RecipientTypeDetails"] in MAILBOXES and len(primaries) != 1:
            raise Refused("DataValidationException", "There must be exactly one primary SMTP address")
        for each in addresses:
            kind, _colon, address = each.partition(":")
            if kind.lower() != "smtp":
                continue
            if row["RecipientTypeDetails"] != CONTACT:
                self._require_accepted(address)
            if any(other is not row and address.lower() in addresses_of(other) for other in self.recipients):
                raise Refused(
                    "ProxyAddressExistsException",
                    f'The proxy address "{each}" is already being used by the proxy addresses or LegacyExchangeDN of'
                    " another recipient. Please choose another proxy address.",
                )
        if len({each.lower() for each in addresses}) != len(addresses):
            raise Refused("DataValidationException", "The same address twice")
        row["EmailAddresses"] = list(addresses)

    def _require_unique(self, wanted: Row) -> None:
        for key in ("UserPrincipalName", "SamAccountName", "Alias"):
            value = str(wanted.get(key) or "").lower()
            others = (row for row in self.recipients if row["Guid"] != wanted.get("Guid"))
            if value and any(str(row.get(key) or "").lower() == value for row in others):
                raise Refused(
                    "PropertyValueExistsException",
                    f'The value "{wanted[key]}" of property "{key}" is used by another recipient object.',
                )

    def _require_accepted(self, address: str) -> None:
        domain = address.rpartition("@")[2].lower()
        if all(row["DomainName"].lower() != domain for row in self.kept("AcceptedDomain")):
            raise Refused(
                "NotAcceptedDomainException", f'The address "{address}" does not belong to an accepted domain.'
            )


def addresses_of(row: Row) -> set[str]:
    """SMTP addresses in lower case."""
    return {each.partition(":")[2].lower() for each in row["EmailAddresses"] if each.lower().startswith("smtp:")}


def primary_of(row: Row) -> str:
    return next((each[5:] for each in row["EmailAddresses"] if each.startswith("SMTP:")), "")


def _names(row: Row) -> Iterator[str]:
    for key in ("Guid", "Name", "Alias", "UserPrincipalName", "SamAccountName"):
        yield str(row.get(key) or "").lower()
    yield from addresses_of(row)


def size(text: str) -> int | None:
    """``"50MB"`` in bytes; None for Unlimited."""
    if text.lower() == "unlimited":
        return None
    found = re.fullmatch(r"\s*([0-9][0-9,]*)\s*([KMGT]?B)?\s*(\(.*\))?", text, re.IGNORECASE)
    if found is None:
        raise Refused("ParameterBindingException", f"Cannot convert value '{text}' to ByteQuantifiedSize")
    return int(found[1].replace(",", "")) * UNITS[(found[2] or "B").upper()]


def readable(amount: int | None) -> str:
    """As Exchange prints it: ``50 MB (52,428,800 bytes)``."""
    if amount is None:
        return "Unlimited"
    unit = max((name for name, factor in UNITS.items() if factor <= max(amount, 1)), key=UNITS.__getitem__)
    return f"{amount / UNITS[unit]:.4g} {unit} ({amount:,} bytes)"


def not_found(identity: str) -> Refused:
    return Refused(
        "ManagementObjectNotFoundException",
        f"The operation couldn't be performed because object '{identity}' couldn't be found on 'dc1.clientes.example'.",
    )


def already_exists(name: str) -> Refused:
    return Refused(
        "ADObjectAlreadyExistsException",
        f"Active Directory operation failed on dc1.clientes.example. The object 'CN={name}' already exists.",
    )


def is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

"""Making a mailbox what it should be: at most one cmdlet to create it and two to amend it, each of which may be repeated.

``New-Mailbox`` has neither quotas nor our marks; so ``Set-CASMailbox`` and then ``Set-Mailbox`` follow, and only the
last writes the marks by which the creation counts as complete. A crash anywhere in between is mended by the next call:
the mailbox is found by its name, which is our id, and Exchange itself keeps that name from being given twice.
"""

from __future__ import annotations

import secrets
from typing import Any

from cloudpanel.provisioning.errors import ConfigurationError, DriverError
from exchange.drivers import refusals
from exchange.drivers.base import MailboxKind, Protocol
from exchange.drivers.powershell import names
from exchange.drivers.powershell.failures import ExchangeError, translated
from exchange.drivers.powershell.held import WITH_PASSWORD, WITHOUT_PASSWORD, Held, Mailbox, sign_in_words
from exchange.drivers.powershell.names import DomainName
from exchange.drivers.powershell.remote import Remote, Secret
from exchange.drivers.powershell.settings import PROVIDER
from exchange.drivers.powershell.tenants import Domains, policy_of_tenant

WARN_AT = 0.9
"""Of the quota: where Exchange begins to warn the person."""


def domain_of(domains: Domains, address: str) -> DomainName:
    known = domains.get(address.partition("@")[2])
    if known is None:
        raise refusals.domain_unknown(address)
    return known


def create(remote: Remote, wanted: Mailbox, domain: DomainName, password: str | None) -> Held | None:
    """The first step. None when something has the name or the address already: look again, it may be ours."""
    settings = remote.settings
    place = {"Database": settings.database} if settings.database else {}
    secret: dict[str, Any] = {"Shared": True}
    if wanted.kind == MailboxKind.PERSONAL:
        secret = {"Password": Secret(password or unguessable()), "ResetPasswordOnNextLogon": False}
    try:
        made = remote.run(
            "New-Mailbox",
            Name=str(wanted.id),
            Alias=names.alias_of(wanted.id),
            SamAccountName=names.account_of(wanted.id),
            UserPrincipalName=wanted.address,
            PrimarySmtpAddress=wanted.address,
            DisplayName=wanted.display_name or wanted.address,
            OrganizationalUnit=settings.organizational_unit,
            AddressBookPolicy=policy_of_tenant(domain.tenant_id),
            **secret,
            **place,
        )
    except ExchangeError as error:
        if error.is_taken:
            return None
        if error.is_not_found:
            raise ConfigurationError(f"{error} (EXCHANGE_OU, EXCHANGE_DATABASE?)", provider=PROVIDER) from error
        raise _said(error, wanted) from error
    return Held.of(made[0])


def unguessable() -> str:
    """For a mailbox that is not to be signed in to: nobody ever learns it. Satisfies Windows' complexity rules."""
    return secrets.token_urlsafe(45) + "aA1!"


def converge(remote: Remote, held: Held, wanted: Mailbox, domain: DomainName, *, password: str | None = None) -> bool:
    """Amend what differs. True when anything was written.

    The ways in are written by a cmdlet of their own, with a note before (so that an interrupted change is known for
    one even when somebody wants the old state back) and the right one after.
    """
    sign_in = sign_in_words(wanted.protocols, is_on=wanted.is_live and domain.is_enabled)
    if held.sign_in != sign_in:
        if held.is_complete and not held.sign_in.endswith(names.PENDING):
            remote.run("Set-Mailbox", Identity=held.guid, **{names.PROTOCOLS: f"{held.sign_in} {names.PENDING}"})
        remote.run("Set-CASMailbox", Identity=held.guid, **_protocol_flags(wanted, domain))
    changes = _changes(held, wanted, domain)
    if held.sign_in != sign_in:
        changes[names.PROTOCOLS] = sign_in
    if password is not None:
        changes["Password"] = Secret(password)
    if not changes:
        return False
    try:
        remote.run("Set-Mailbox", Identity=held.guid, **changes)
    except ExchangeError as error:
        raise _said(error, wanted) from error
    return True


def _changes(held: Held, wanted: Mailbox, domain: DomainName) -> dict[str, Any]:
    now, tenant = held.mailbox, str(domain.tenant_id)
    changes: dict[str, Any] = {}
    if not held.is_complete:
        changes |= {names.MAILBOX_ID: str(wanted.id), "EmailAddressPolicyEnabled": False}
    if held.tenant != tenant:
        changes |= {names.TENANT: tenant, "AddressBookPolicy": policy_of_tenant(domain.tenant_id)}
    if not held.is_complete or now.state_words != wanted.state_words:
        changes[names.STATE] = wanted.state_words
    if not held.is_complete or now.has_password != wanted.has_password:
        changes[names.PASSWORD] = WITH_PASSWORD if wanted.has_password else WITHOUT_PASSWORD
    if now.display_name != (shown := wanted.display_name or wanted.address):
        changes["DisplayName"] = shown
    if not held.is_complete or now.quota_mb != wanted.quota_mb:
        changes |= _quotas(wanted.quota_mb)
    if held.is_open != wanted.is_live:
        changes["AcceptMessagesOnlyFromSendersOrMembers"] = None if wanted.is_live else [held.guid]
        changes["HiddenFromAddressListsEnabled"] = not wanted.is_live
    return changes | _address_changes(held, wanted)


def _address_changes(held: Held, wanted: Mailbox) -> dict[str, Any]:
    """Addresses that we did not put there stay. While the primary one stays, only what comes and goes is told, so that
    two aliases that are added at once do not undo each other."""
    before, after = held.smtp_addresses, held.smtp_addresses - held.mailbox.smtp_addresses | wanted.smtp_addresses
    changes: dict[str, Any] = {}
    if held.mailbox.address != wanted.address:
        others = [each for each in held.email_addresses if each[:5].lower() != "smtp:"]
        secondary = sorted(f"smtp:{address}" for address in after - {wanted.address})
        changes["EmailAddresses"] = [f"SMTP:{wanted.address}", *secondary, *others]
        changes["UserPrincipalName"] = wanted.address
    elif before != after:
        changes["EmailAddresses"] = difference(
            {f"smtp:{address}" for address in before}, {f"smtp:{address}" for address in after}
        )
    entries = [
        {f"{alias_id} {address}" for alias_id, address in mailbox.aliases.items()} for mailbox in (held.mailbox, wanted)
    ]
    if entries[0] != entries[1]:
        changes[names.ALIASES] = difference(*entries)
    return changes


def difference(before: set[str], after: set[str]) -> dict[str, list[str]]:
    """``@{Add = ...; Remove = ...}``: what PowerShell takes for a property of several values."""
    wanted = {"Add": sorted(after - before), "Remove": sorted(before - after)}
    return {word: entries for word, entries in wanted.items() if entries}


def _protocol_flags(wanted: Mailbox, domain: DomainName) -> dict[str, bool]:
    """Exchange's own ways in (Outlook, web, telephones) are open to whoever may sign in at all. A shared mailbox is
    opened by those who were given access, with Outlook and on the web, and by nobody else."""
    is_on = wanted.is_live and domain.is_enabled
    is_shared = wanted.kind == MailboxKind.SHARED
    protocols = wanted.protocols if is_on and not is_shared else frozenset()
    own = is_on and (is_shared or bool(wanted.protocols))
    flags = dict.fromkeys(("OWAEnabled", "MAPIEnabled", "EwsEnabled", "ActiveSyncEnabled"), own)
    return {"ImapEnabled": Protocol.IMAP in protocols, "PopEnabled": Protocol.POP3 in protocols, **flags}


def _quotas(quota_mb: int) -> dict[str, Any]:
    limit, warning = f"{quota_mb}MB", f"{max(1, int(quota_mb * 1024 * WARN_AT))}KB"
    return {
        "UseDatabaseQuotaDefaults": False,
        "IssueWarningQuota": warning,
        "ProhibitSendQuota": limit,
        "ProhibitSendReceiveQuota": limit,
    }


def _said(error: ExchangeError, wanted: Mailbox) -> DriverError:
    """The words of the other drivers, where Exchange means the same."""
    if error.is_taken:
        named = (address for address in sorted(wanted.smtp_addresses) if address in error.message.lower())
        return refusals.address_taken(next(named, wanted.address))
    if error.reason == "NotAcceptedDomainException":
        return refusals.domain_unknown(wanted.address)
    if error.is_not_found:
        return refusals.mailbox_unknown(wanted.id)
    return translated(error)

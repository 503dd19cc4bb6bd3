"""What a mailbox has beyond its own data, held against what the mail server says: aliases, permissions, forwarding, automatic
reply. All of a chunk in a fixed number of statements and two questions to the driver."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import ACTIVE_STATES
from exchange.drivers.base import AliasSpec, MailboxRecord, MailboxSettings, MailDriver
from exchange.models import AutoReply, Mailbox, MailboxAlias, MailboxGrant
from exchange.operations.settings import PARTS

ALIASES, PERMISSIONS, FORWARDING, AUTO_REPLY = "aliases", "permissions", "forwarding", "auto_reply"
RAW = "raw"
"""In what the server says: ids of aliases and grantees, for whoever takes them over."""
_KINDS = (("full", "is_full"), ("send_as", "is_send_as"), ("send_on_behalf", "is_send_on_behalf"))
_UNREADY = (Mailbox.State.PENDING, Mailbox.State.TERMINATED)


def wanted_extras(rows: Sequence[Mailbox]) -> dict[UUID, dict[str, Any]]:
    """As the panel has it. Without the aliases of those of which one is under way."""
    by_pk = {row.pk: row for row in rows}
    found: dict[int, dict[str, Any]] = {
        pk: {ALIASES: [], PERMISSIONS: [], FORWARDING: _forwarding(row.forward_to, row.forward_keeps_copy),
             AUTO_REPLY: False}
        for pk, row in by_pk.items()
    }  # fmt: skip
    for pk, address in MailboxAlias.objects.filter(mailbox__in=by_pk).values_list("mailbox", "address"):
        found[pk][ALIASES].append(address)
    moving = MailboxAlias.objects.filter(mailbox__in=by_pk, last_job__state__in=ACTIVE_STATES)
    for pk in set(moving.values_list("mailbox", flat=True)):
        del found[pk][ALIASES]
    grants = MailboxGrant.objects.filter(mailbox__in=by_pk).exclude(grantee__state__in=_UNREADY)
    for grant in grants.select_related("grantee"):
        kinds = [kind for kind, name in _KINDS if getattr(grant, name)]
        found[grant.mailbox_id][PERMISSIONS].append(_grant(grant.grantee.address, kinds))
    for pk in AutoReply.objects.filter(mailbox__in=by_pk, is_on=True).values_list("mailbox", flat=True):
        found[pk][AUTO_REPLY] = True
    return {by_pk[pk].public_id: _in_order(extras) for pk, extras in found.items()}


def said_extras(driver: MailDriver, records: Iterable[MailboxRecord]) -> dict[UUID, dict[str, Any]]:
    """As the mail server has it, in the same words."""
    known = {record.id: record for record in records}
    told = driver.settings(known) if known else {}
    grantees = {grantee for settings in told.values() for grantee in settings.grants}
    names = dict(Mailbox.objects.filter(public_id__in=grantees).values_list("public_id", "address"))
    return {key: _said(record, told.get(key, MailboxSettings()), names) for key, record in known.items()}


def _said(record: MailboxRecord, settings: MailboxSettings, names: Mapping[UUID, str]) -> dict[str, Any]:
    grants = {key: sorted(kinds) for key, kinds in settings.grants.items() if kinds}
    forwarding = settings.forwarding
    extras = {
        ALIASES: list(record.aliases.values()),
        PERMISSIONS: [_grant(names.get(key, str(key)), kinds) for key, kinds in grants.items()],
        FORWARDING: _forwarding(forwarding.target, forwarding.keeps_copy) if forwarding else [],
        AUTO_REPLY: settings.auto_reply is not None,
    }
    raw = {
        ALIASES: {str(key): address for key, address in record.aliases.items()},
        PERMISSIONS: {str(key): kinds for key, kinds in grants.items()},
    }
    return {**_in_order(extras), RAW: raw}


def mend_extras(driver: MailDriver, rows: Sequence[Mailbox]) -> dict[UUID, PermanentError]:
    """The server becomes as the panel says, where it differs. What cannot be mended of one mailbox stops no other."""
    records = driver.lookup([row.public_id for row in rows])
    wanted, said = wanted_extras(rows), said_extras(driver, records.values())
    refused: dict[UUID, PermanentError] = {}
    for row in rows:
        here, there = wanted[row.public_id], said.get(row.public_id, {})
        differing = sorted(key for key in here if here[key] != there.get(key))
        try:
            for part in differing:
                if part == ALIASES:
                    _mend_aliases(driver, row, records[row.public_id].aliases)
                else:
                    PARTS[part](driver, row)
        except PermanentError as error:
            refused[row.public_id] = error
    return refused


def _mend_aliases(driver: MailDriver, row: Mailbox, there: Mapping[UUID, str]) -> None:
    """What is too much goes first: its address may be another alias of ours."""
    mine = dict(row.aliases.values_list("public_id", "address"))
    for key, address in there.items():
        if mine.get(key) != address:
            driver.remove_alias(key)
    for key, address in mine.items():
        driver.ensure_alias(AliasSpec(key, address, row.public_id))


def _forwarding(target: str, keeps_copy: bool) -> list[Any]:
    return [target, keeps_copy] if target else []


def _grant(address: str, kinds: Collection[str]) -> str:
    return f"{address}: {' '.join(sorted(kinds))}"


def _in_order(extras: Mapping[str, Any]) -> dict[str, Any]:
    return {key: sorted(value) if key in (ALIASES, PERMISSIONS) else value for key, value in extras.items()}

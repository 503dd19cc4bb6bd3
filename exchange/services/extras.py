"""*Adoptar*, beyond a mailbox's own data: aliases, permissions and forwarding become what the mail server says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from exchange.models import Mailbox, MailboxAlias, MailboxGrant, MailDomain
from exchange.services.mailboxes import require_free


def take_extras(mailbox: Mailbox, said: Mapping[str, Any]) -> None:
    """Of what ``said`` holds; what it does not name stays. An alias on a domain that is not the subscription's, and a
    permission for somebody who is not in it, cannot be kept here and are left out. BusinessError or IntegrityError: an
    alias is taken."""
    raw = said.get("raw", {})
    if "aliases" in said:
        _take_aliases(mailbox, {UUID(key): address for key, address in raw.get("aliases", {}).items()})
    if "permissions" in said:
        _take_permissions(mailbox, {UUID(key): set(kinds) for key, kinds in raw.get("permissions", {}).items()})
    if "forwarding" in said:
        target, keeps_copy = said["forwarding"] or ("", True)
        Mailbox.objects.filter(pk=mailbox.pk).update(forward_to=target, forward_keeps_copy=keeps_copy)


def _take_aliases(mailbox: Mailbox, there: Mapping[UUID, str]) -> None:
    active = MailDomain.objects.filter(subscription=mailbox.subscription_id, state=MailDomain.State.ACTIVE)
    domains = {domain.name: domain for domain in active}
    for address in there.values():
        require_free(address, but_for=mailbox)
    mailbox.aliases.exclude(public_id__in=there).delete()
    known = dict(mailbox.aliases.values_list("public_id", "address"))
    MailboxAlias.objects.bulk_create(
        MailboxAlias(
            public_id=key,
            account_id=mailbox.account_id,
            subscription_id=mailbox.subscription_id,
            mailbox=mailbox,
            mail_domain=domains[address.partition("@")[2]],
            address=address,
        )
        for key, address in there.items()
        if key not in known and address.partition("@")[2] in domains
    )


def _take_permissions(mailbox: Mailbox, there: Mapping[UUID, set[str]]) -> None:
    mine = Mailbox.objects.filter(subscription=mailbox.subscription_id).exclude(state=Mailbox.State.TERMINATED)
    grantees = {row.public_id: row for row in mine.filter(public_id__in=there).exclude(pk=mailbox.pk)}
    mailbox.grants.all().delete()
    MailboxGrant.objects.bulk_create(
        MailboxGrant(
            mailbox=mailbox,
            grantee=grantee,
            is_full="full" in there[key],
            is_send_as="send_as" in there[key],
            is_send_on_behalf="send_on_behalf" in there[key],
        )
        for key, grantee in grantees.items()
    )

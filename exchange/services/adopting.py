"""*Adoptar*: the panel takes over what the mail server has. Each gives False for what it cannot take."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from exchange.models import Finding, Mailbox, MailDomain
from exchange.services.capacity import STORAGE_GB, gigabytes, give_back, places_for, take
from exchange.services.extras import take_extras
from marketplace.models import Subscription

USUAL_QUOTA_MB = 5120
TAKEN_OVER = frozenset({"quota_mb", "protocols", "state", "aliases", "permissions", "forwarding", "raw"})
"""What of a mailbox that both sides have can be taken over. Another address is another matter: people write to it. So is
the text of an automatic reply: what was not written here cannot be shown here."""


def take_over(actor: Actor, subscription: Subscription, finding: Finding) -> bool:
    """A mailbox that the panel does not have: it takes a place of the plan, under the id that it has there.

    Not when the plan has no place left, the address is taken here, or the domain is no longer the subscription's.
    """
    if finding.mail_domain is None or finding.mail_domain.state != MailDomain.State.ACTIVE:
        return False
    quota_mb = finding.server.get("quota_mb") or _usual_quota(subscription)
    try:
        with transaction.atomic():
            take(subscription, places_for([quota_mb]))
            mailbox = Mailbox.objects.create(**_row_of(finding), quota_mb=quota_mb)
            take_extras(mailbox, finding.server)
    except (BusinessError, IntegrityError):
        return False
    log_action(
        actor=actor,
        account=subscription.account_id,
        action="exchange.mailbox.adopted",
        target=mailbox,
        after={"quota_mb": quota_mb},
    )
    return True


def _row_of(finding: Finding) -> dict[str, object]:
    said = finding.server
    return {
        "public_id": finding.mail_id,
        "account_id": finding.account_id,
        "subscription_id": finding.subscription_id,
        "mail_domain": finding.mail_domain,
        "display_name": (said.get("display_name") or finding.address)[:120],
        "address": finding.address,
        "has_password": bool(said.get("has_password")),
        "kind": Mailbox.Kind.SHARED if said.get("kind") == "shared" else Mailbox.Kind.PERSONAL,
        **_flags(said),
    }


def _flags(said: dict[str, object]) -> dict[str, object]:
    """Of what the server says, what the panel keeps."""
    flags: dict[str, object] = {}
    if isinstance(protocols := said.get("protocols"), list):
        flags |= {f"allows_{protocol}": protocol in protocols for protocol in ("imap", "pop3", "smtp")}
    if "state" in said:
        is_off = said["state"] == "disabled"
        flags["state"] = Mailbox.State.SUSPENDED if is_off else Mailbox.State.ACTIVE
    return flags


def _usual_quota(subscription: Subscription) -> int:
    template = subscription.mailbox_templates.order_by("-is_default", "pk").first()
    return template.quota_mb if template else USUAL_QUOTA_MB


def take_values(actor: Actor, subscription: Subscription, finding: Finding) -> bool:
    """Limit, ways in, enabled or not: the panel believes the server. Not when it has another address or lies in the bin
    on one side only, when the plan's storage does not suffice, or while something else is under way with it."""
    said = finding.server
    if not said.keys() <= TAKEN_OVER or "removed" in (said.get("state"), finding.panel.get("state")):
        return False
    if said.get("quota_mb") == 0:
        return False
    idle = Mailbox.objects.filter(public_id=finding.mail_id).listed().idle()
    mailbox = idle.select_for_update(of=("self",)).first()
    if mailbox is None:
        return False
    before, changes = {"quota_mb": mailbox.quota_mb}, _flags(said)
    if "quota_mb" in said:
        changes["quota_mb"] = said["quota_mb"]
    try:
        with transaction.atomic():
            _move_storage(subscription, mailbox, said.get("quota_mb", mailbox.quota_mb))
            Mailbox.objects.filter(pk=mailbox.pk).update(**changes)
            take_extras(mailbox, said)
    except (BusinessError, IntegrityError):
        return False
    log_action(
        actor=actor,
        account=subscription.account_id,
        action="exchange.mailbox.adopted",
        target=mailbox,
        before=before,
        after={"quota_mb": said.get("quota_mb", mailbox.quota_mb)},
    )
    return True


def _move_storage(subscription: Subscription, mailbox: Mailbox, quota_mb: int) -> None:
    more = gigabytes(quota_mb) - gigabytes(mailbox.quota_mb)
    take(subscription, {STORAGE_GB: more})
    if more < 0:
        give_back(subscription.pk, {STORAGE_GB: -more})

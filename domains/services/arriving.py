"""A domain has become ours, or has left: its row, and the subscription whose periods follow the registry's dates.

Called inside the transaction that settles the job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM
from domains.models import Domain
from domains.services.replacing import give_back
from marketplace.models import Order, Subscription

State = Domain.State


def write_facts(domain: Domain, facts: Mapping[str, Any]) -> None:
    """What the registry said, into the row."""
    expires = facts.get("expires_at")
    registered = facts.get("registered_at")
    fields: dict[str, Any] = {
        "expires_at": datetime.fromisoformat(expires) if expires else domain.expires_at,
        "registered_at": datetime.fromisoformat(registered) if registered else domain.registered_at,
        "nameservers": list(facts.get("nameservers", domain.nameservers)),
        "is_locked": bool(facts.get("is_locked", domain.is_locked)),
    }
    Domain.objects.filter(pk=domain.pk).update(**fields)
    for name, value in fields.items():
        setattr(domain, name, value)


def arrive(subscription: Subscription) -> None:
    """Registered, transferred or restored: from now on it is ours. A second time changes nothing."""
    domain = Domain.objects.filter(subscription=subscription).exclude(state=State.ACTIVE).first()
    if domain is None:
        return
    verb = _verb_of(domain)
    Domain.objects.filter(pk=domain.pk).update(
        state=State.ACTIVE,
        kind=Domain.Kind.REGISTERED,
        paid_until=domain.expires_at,
        failure_message="",
        redeemable_until=None,
        warned_days=None,
    )
    follow_expiry(subscription, domain.expires_at)
    log_action(
        actor=SYSTEM,
        account=domain.account_id,
        action=f"domains.domain.{verb}",
        target=domain,
        after={"expires_at": str(timezone.localtime(domain.expires_at).date()) if domain.expires_at else ""},
    )


def _verb_of(domain: Domain) -> str:
    if domain.kind == Domain.Kind.TRANSFER:
        return "transferred"
    return "restored" if domain.state == State.REDEMPTION else "registered"


def follow_expiry(subscription: Subscription, expires_at: datetime | None) -> None:
    """What is paid ends on the day on which the registry lets the domain expire: that is the day of every renewal."""
    if expires_at is None:
        return
    row = Subscription.objects.select_for_update().select_related("account").get(pk=subscription.pk)
    day = expires_at.astimezone(ZoneInfo(row.account.time_zone)).date()
    if row.period_start is None or row.period_end is None or day <= row.period_start:
        return
    row.billed_until, row.period_end, row.anchor_day = day, min(row.period_end, day), day.day
    row.save(update_fields=["billed_until", "period_end", "anchor_day"])


def over(subscription: Subscription) -> None:
    """Its subscription is over. What never arrived failed; what was deleted can be restored for a while."""
    domain = Domain.objects.filter(subscription=subscription).exclude(state__in=Domain.OVER).first()
    if domain is None:
        return
    if domain.state == State.PENDING:
        fail(domain, _reason_of(subscription))
    elif domain.redeemable_until:
        _move(domain, State.REDEMPTION, "deleted")
    elif domain.expires_at is None or domain.expires_at <= timezone.now():
        _move(domain, State.TERMINATED, "terminated")


def fail(domain: Domain, reason: str) -> None:
    """It never became ours; the name is free for another try, and what was external before is so again."""
    if Domain.objects.filter(pk=domain.pk, state=State.PENDING).update(state=State.FAILED, failure_message=reason):
        log_action(
            actor=SYSTEM,
            account=domain.account_id,
            action="domains.domain.failed",
            target=domain,
            after={"reason": reason},
        )
        give_back(domain)


def _reason_of(subscription: Subscription) -> str:
    order = subscription.orders.filter(kind=Order.Kind.SALE).order_by("-pk").first()
    return (order.failure_message if order else "") or _("El pedido se canceló.")


def _move(domain: Domain, to: Domain.State, verb: str) -> None:
    Domain.objects.filter(pk=domain.pk).update(state=to)
    log_action(actor=SYSTEM, account=domain.account_id, action=f"domains.domain.{verb}", target=domain)

"""Delegar un servicio: who may manage which subscription, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_action, log_actions
from accounts.actors import Actor
from accounts.mail_models import NotificationKind
from accounts.models import Account, Membership, Role
from accounts.notifications import notify
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation, Subscription
from users.services.locks import lock_account
from users.services.members import Outcome, named, take_version


def delegable(account: Account) -> QuerySet[Subscription]:
    """The services of the account that can be delegated today."""
    return Subscription.objects.in_menu().filter(account=account, product__is_delegable=True).order_by("name", "pk")


@transaction.atomic
def set_delegations(
    *, actor: Actor, member: Membership, version: int, wanted: dict[Subscription, datetime | None]
) -> None:
    """Exactly these services, each until its date. Who gets the first one manages services from now on."""
    lock_account(member.account_id)
    take_version(member, version)
    _refuse_strange(member.account_id, wanted)
    mine = ServiceDelegation.objects.filter(user=member.user_id, subscription__account=member.account_id)
    before = {row.subscription.name: row.ends_at for row in mine.select_related("subscription")}
    mine.exclude(subscription__in=wanted).delete()
    _upsert(actor, [member], wanted)
    make_delegates([member] if wanted else [])
    log_action(
        actor=actor,
        account=member.account_id,
        action="users.delegations.changed",
        target=member,
        target_name=named(member),
        before=_as_text(before),
        after=_as_text({subscription.name: ends_at for subscription, ends_at in wanted.items()}),
    )
    notify(
        account=member.account_id,
        users=[member.user_id],
        title=lambda: _("Cambiaron los servicios que administra"),
        url="/",
        kind=NotificationKind.USERS,
    )


@transaction.atomic
def delegate_to_members(
    *,
    actor: Actor,
    account: Account,
    members: Sequence[Membership],
    subscriptions: Sequence[Subscription],
    ends_at: datetime | None = None,
) -> Outcome:
    """Adds these services to many people at once; what they manage already stays."""
    lock_account(account)
    wanted: dict[Subscription, datetime | None] = dict.fromkeys(subscriptions, ends_at)
    _refuse_strange(account.pk, wanted)
    _upsert(actor, members, wanted)
    make_delegates(members)
    _log_all(actor, members, subscriptions, "users.service.delegated", ends_at)
    names = ", ".join(subscription.name for subscription in subscriptions)
    notify(
        account=account,
        users=[member.user_id for member in members],
        title=lambda: _("Ahora administra %(services)s") % {"services": names},
        url="/",
        kind=NotificationKind.USERS,
    )
    return Outcome(len(members), [])


@transaction.atomic
def withdraw_from_members(
    *, actor: Actor, account: Account, members: Sequence[Membership], subscriptions: Sequence[Subscription]
) -> Outcome:
    lock_account(account)
    users = [member.user_id for member in members]
    ServiceDelegation.objects.filter(user__in=users, subscription__in=subscriptions).delete()
    _log_all(actor, members, subscriptions, "users.service.withdrawn")
    return Outcome(len(members), [])


def _upsert(actor: Actor, members: Sequence[Membership], wanted: dict[Subscription, datetime | None]) -> None:
    ServiceDelegation.objects.bulk_create(
        (
            ServiceDelegation(subscription=subscription, user_id=member.user_id, granted_by=actor.user, ends_at=ends_at)
            for member in members
            for subscription, ends_at in wanted.items()
        ),
        update_conflicts=True,
        unique_fields=["user", "subscription"],
        update_fields=["ends_at"],
        batch_size=5000,
    )


def make_delegates(members: Sequence[Membership]) -> None:
    """A *usuario de servicio* who is given a service to manage manages services; administrators stay what they are."""
    ids = [member.pk for member in members if member.role == Role.SERVICE_USER]
    Membership.objects.filter(pk__in=ids).update(role=Role.DELEGATE, version=F("version") + 1)


def _refuse_strange(account_id: int, wanted: dict[Subscription, datetime | None]) -> None:
    if any(subscription.account_id != account_id for subscription in wanted):
        raise BusinessError(_("Elija entre los servicios de su cuenta."), field="subscriptions", code="not_yours")


def _as_text(rows: dict[str, datetime | None]) -> dict[str, str]:
    return {name: ends_at.isoformat() if ends_at else "" for name, ends_at in rows.items()}


def _log_all(
    actor: Actor,
    members: Sequence[Membership],
    subscriptions: Sequence[Subscription],
    action: str,
    ends_at: datetime | None = None,
) -> None:
    services = [subscription.name for subscription in subscriptions]
    after = {"services": services, **({"ends_at": ends_at.isoformat()} if ends_at else {})}
    log_actions(
        build_entry(actor=actor, account=m.account_id, action=action, target=m, target_name=named(m), after=after)
        for m in members
    )

"""What support does to a customer's subscription: always with a reason, which the customer reads as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.actors import Actor
from accounts.notifications import administrators_of, notify
from billing.services.documents import lock_accounts
from marketplace.models import Subscription
from marketplace.services.suspension import resume_subscription, suspend_subscription, terminate_subscription


def suspend_by_staff(*, actor: Actor, subscription: Subscription, reason: str) -> None:
    """Until support resumes it: paying does not. Raises BusinessError when it is not active."""
    why = Subscription.SuspendedFor.STAFF

    def suspend(locked: Subscription) -> None:
        suspend_subscription(actor=actor, subscription=locked, why=why, reason=reason)

    _act(subscription, suspend, gettext_noop("Soporte suspendió %(name)s"), reason)


def resume_by_staff(*, actor: Actor, subscription: Subscription, reason: str) -> None:
    """Whatever it was suspended for. Raises BusinessError when it is not suspended."""

    def resume(locked: Subscription) -> None:
        resume_subscription(actor=actor, subscription=locked, reason=reason)

    _act(subscription, resume, gettext_noop("Soporte reactivó %(name)s"), reason)


def terminate_by_staff(*, actor: Actor, subscription: Subscription, reason: str) -> None:
    """At once and for ever, data included. Raises BusinessError when it is over."""

    def terminate(locked: Subscription) -> None:
        terminate_subscription(actor=actor, subscription=locked, reason=reason)

    _act(subscription, terminate, gettext_noop("Soporte dio de baja %(name)s"), reason)


@transaction.atomic
def _act(subscription: Subscription, act: Callable[[Subscription], None], title: str, reason: str) -> None:
    lock_accounts([subscription.account_id])
    found = Subscription.objects.select_for_update(no_key=True, of=("self",)).select_related("account")
    locked = found.get(pk=subscription.pk)
    act(locked)
    texts: Mapping[str, Any] = {"name": locked.name}
    notify(
        account=locked.account,
        users=administrators_of(locked.account),
        title=lambda: _(title) % texts,
        body=reason,
        url=reverse("marketplace:subscription", args=[locked.public_id]),
        level="warning",
    )

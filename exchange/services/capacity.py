"""The places that a plan gives: mailboxes, and the storage that all their limits together may take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection
from django.utils.translation import gettext as _

from cloudpanel.core.exceptions import BusinessError
from exchange.models import Mailbox
from marketplace.models import Subscription, SubscriptionResource

MAILBOXES = "mailboxes"
STORAGE_GB = "storage_gb"
MB_PER_GB = 1024
LIMIT_REACHED = "limit_reached"

# Locks its rows by number before it touches them: two people who take several resources at once never wait for each
# other in a circle. %s: subscription, then the wanted amounts.
_TAKE = """
    UPDATE marketplace_subscriptionresource AS kept SET used = held.used + wanted.amount
    FROM (SELECT id, resource, used, included FROM marketplace_subscriptionresource
          WHERE subscription_id = %s ORDER BY id FOR UPDATE) AS held
    JOIN (SELECT * FROM unnest(%s::text[], %s::int[]) AS pairs (resource, amount)) AS wanted
      ON wanted.resource = held.resource
    WHERE kept.id = held.id AND held.used + wanted.amount <= held.included
    RETURNING kept.resource
"""
_GIVE_BACK = """
    UPDATE marketplace_subscriptionresource AS kept SET used = greatest(held.used - wanted.amount, 0)
    FROM (SELECT id, resource, used FROM marketplace_subscriptionresource
          WHERE subscription_id = %s ORDER BY id FOR UPDATE) AS held
    JOIN (SELECT * FROM unnest(%s::text[], %s::int[]) AS pairs (resource, amount)) AS wanted
      ON wanted.resource = held.resource
    WHERE kept.id = held.id
"""


def gigabytes(quota_mb: int) -> int:
    """What a limit takes of the plan's storage: whole gigabytes, rounded up."""
    return -(-quota_mb // MB_PER_GB)


def places_for(quotas_mb: Iterable[int]) -> dict[str, int]:
    """What mailboxes with these limits take together."""
    quotas = list(quotas_mb)
    return {MAILBOXES: len(quotas), STORAGE_GB: sum(gigabytes(quota) for quota in quotas)}


def places_of(mailboxes: Iterable[Mailbox]) -> dict[str, int]:
    """What these mailboxes take: a shared one only storage, for nobody signs in to it."""
    rows = list(mailboxes)
    personal = sum(row.kind == Mailbox.Kind.PERSONAL for row in rows)
    return {MAILBOXES: personal, STORAGE_GB: sum(gigabytes(row.quota_mb) for row in rows)}


def take(subscription: Subscription, wanted: Mapping[str, int]) -> None:
    """Reserves all of ``wanted`` with one conditional UPDATE; a resource that the plan does not limit is free.

    Raises BusinessError (code ``limit_reached``) when one of them does not suffice: the caller's transaction must then
    roll back. The rows stay locked until it ends.
    """
    amounts = {resource: amount for resource, amount in wanted.items() if amount > 0}
    if not amounts:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [subscription.pk, list(amounts), list(amounts.values())])
        missing = amounts.keys() - {resource for (resource,) in cursor.fetchall()}
    if missing:
        limited = SubscriptionResource.objects.filter(subscription=subscription, resource__in=missing)
        if short := limited.order_by("resource").first():
            raise _refusal(short)


def give_back(subscription_id: int, amounts: Mapping[str, int]) -> None:
    """Frees what :func:`take` reserved. Never below zero: the count is a promise to the customer, not a debt."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [subscription_id, list(amounts), list(amounts.values())])


def _refusal(row: SubscriptionResource) -> BusinessError:
    if row.resource == MAILBOXES:
        message = _("Ya usa los %(included)s buzones de su plan. Contrate más, o elimine alguno.")
        return BusinessError(message % {"included": row.included}, code=LIMIT_REACHED)
    message = _("A su plan le quedan %(left)s GB de espacio y este límite necesita más. Contrate más espacio.")
    return BusinessError(message % {"left": max(row.available, 0)}, field="quota_mb", code=LIMIT_REACHED)

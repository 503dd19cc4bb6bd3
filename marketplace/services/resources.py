"""How product apps take from what a subscription includes. Call inside the transaction that makes the thing."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from cloudpanel.core.exceptions import BusinessError
from marketplace.lifecycle import lifecycle_of
from marketplace.models import Subscription, SubscriptionResource

LIMIT_REACHED = "limit_reached"
_LARGEST = 2**31 - 1  # of the column


def reserve(subscription: Subscription, resource: str, n: int = 1) -> None:
    """Takes ``n`` of ``resource`` with one conditional UPDATE: two people at once cannot take the same last one.

    Raises BusinessError (code ``limit_reached``) when fewer than ``n`` are left; then nothing is taken.
    The row stays locked until the caller's transaction ends, so take last what many take at once.
    """
    _check(n)
    if n == 0:
        return
    if n <= _LARGEST and _row(subscription, resource).filter(used__lte=F("included") - n).update(used=F("used") + n):
        return
    raise BusinessError(_refusal(subscription, resource, n), code=LIMIT_REACHED)


def release(subscription: Subscription, resource: str, n: int = 1) -> None:
    """Gives ``n`` back. More than was taken is a programming error: the database refuses (IntegrityError)."""
    _check(n)
    if n:
        _row(subscription, resource).update(used=F("used") - n)


def available(subscription: Subscription, resource: str) -> int:
    """How many are left right now; only :func:`reserve` decides."""
    row = _row(subscription, resource).first()
    return row.available if row else 0


def _row(subscription: Subscription, resource: str) -> QuerySet[SubscriptionResource]:
    return SubscriptionResource.objects.filter(subscription=subscription, resource=resource)


def _check(n: int) -> None:
    if n < 0:
        raise ValueError("n counts things")


def _refusal(subscription: Subscription, resource: str, n: int) -> str:
    row = _row(subscription, resource).first()
    words = lifecycle_of(subscription).resources[resource]
    included, left = (row.included, row.available) if row else (0, 0)
    texts = {"included": words.describe(included), "wanted": words.describe(n), "left": words.describe(left)}
    if left == 0:
        return _("Llegó al límite de su suscripción: %(included)s. Agregue recursos para continuar.") % texts
    return _("Hacen falta %(wanted)s y quedan %(left)s de %(included)s. Agregue recursos para continuar.") % texts

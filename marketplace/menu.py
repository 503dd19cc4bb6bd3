"""The services that this person manages, read once for each request: the menu, the home page and the services' own
panels share them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Membership, Role
from cloudpanel.core.prepared import PreparedRows, columns_of, instance_of
from marketplace.lifecycle import kinds_with_own_list
from marketplace.models import Plan, Product, Subscription

MOST = 200


def managed_services(request: HttpRequest) -> list[Subscription]:
    """What is active or suspended and visible to this person, in the order in which it was bought. One query, the first
    time; with product and plan."""
    found: list[Subscription] | None = getattr(request, "managed_services", None)
    if found is None:
        found = _read(getattr(request, "membership", None))
        request.managed_services = found  # type: ignore[attr-defined]
    return found


def managed_service(request: HttpRequest, public_id: UUID, kind: str) -> Subscription | None:
    """One of them; None when it is not among them, which says nothing about whether it exists."""
    return next((row for row in managed_services(request) if row.public_id == public_id and row.kind == kind), None)


def _read(membership: Membership | None) -> list[Subscription]:
    if membership is None or membership.is_service_user:
        return []
    if membership.is_admin:
        rows = _OF_ACCOUNT.fetch(account=membership.account_id)
    else:
        rows = _DELEGATED.fetch(account=membership.account_id, user=membership.user_id)
    return [_service_of(row) for row in rows]


def _service_of(row: dict[str, Any]) -> Subscription:
    service = instance_of(Subscription, row)
    service.product, service.plan = instance_of(Product, row, "product"), instance_of(Plan, row, "plan")
    return service


def _shown_to(**whom: Any) -> QuerySet[Any, Any]:
    found = Subscription.objects.in_menu().visible_to(Membership(**whom)).exclude(kind__in=kinds_with_own_list())
    columns = (*columns_of(Subscription), *columns_of(Product, "product"), *columns_of(Plan, "plan"))
    return found.order_by("pk").values(*columns)[:MOST]


_OF_ACCOUNT = PreparedRows(lambda account: _shown_to(account_id=account, role=Role.ACCOUNT_ADMIN), account=int)
_DELEGATED = PreparedRows(
    lambda account, user: _shown_to(account_id=account, user_id=user, role=Role.DELEGATE), account=int, user=int
)

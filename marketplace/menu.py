"""The services that this person manages, read once for each request: the menu, the home page and the services' own
panels share them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from accounts.models import Membership
from marketplace.models import Subscription

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
    found = Subscription.objects.in_menu().visible_to(membership).select_related("product", "plan")
    return list(found.order_by("pk")[:MOST])

"""*Suscripciones* and *Otros servicios*: what the customer has, and the way into each service's own panel."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from cloudpanel.core.drivers import get_lifecycle
from cloudpanel.core.pagination import capped_count, keyset_page
from marketplace.models import Subscription
from marketplace.services.orders import SETTLED
from marketplace.services.usage import describe_resources
from marketplace.views.steps import why_not

INACTIVE = [Subscription.State.TERMINATED]


@require_safe
@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
def subscription_list(request: HttpRequest) -> HttpResponse:
    is_inactive = request.GET.get("ver") == "inactivas"
    visible = Subscription.objects.visible_to(request.membership)  # type: ignore[attr-defined]
    found = visible.filter(state__in=INACTIVE) if is_inactive else visible.exclude(state__in=INACTIVE)
    page = keyset_page(found.select_related("plan"), order=("-pk",), cursor=request.GET.get("cursor", ""))
    context = {"page": page, "total": capped_count(found), "is_inactive": is_inactive}
    return render(request, "marketplace/subscriptions.html", context)


@require_safe
@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
def subscription(request: HttpRequest, subscription: UUID) -> HttpResponse:
    whole = Subscription.objects.select_related("product", "plan")
    found = get_visible_or_404(request, whole, subscription)
    context = {
        "subscription": found,
        "resources": describe_resources(found),
        "denied": why_not(request),
        "add_ons": found.items.filter(add_on__isnull=False).select_related("add_on").order_by("add_on__position", "pk"),
        "open_orders": found.orders.exclude(state__in=SETTLED).order_by("-pk"),
    }
    return render(request, "marketplace/subscription.html", context)


@require_safe
@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
def other_services(request: HttpRequest) -> HttpResponse:
    """*Otros servicios*: the subscriptions by kind, each opening its own panel."""
    visible = Subscription.objects.visible_to(request.membership)  # type: ignore[attr-defined]
    offered = visible.exclude(state__in=INACTIVE).filter(kind__in=list(settings.SERVICE_LIFECYCLES))
    rows = offered.select_related("plan", "product")
    page = keyset_page(rows, order=("kind", "pk"), cursor=request.GET.get("cursor", ""))
    kinds = [
        {"lifecycle": get_lifecycle(kind), "subscriptions": list(mine)}
        for kind, mine in groupby(page.rows, key=lambda row: row.kind)
    ]
    return render(request, "marketplace/other_services.html", {"kinds": kinds, "page": page})

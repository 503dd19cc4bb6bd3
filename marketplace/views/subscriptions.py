"""*Suscripciones* and *Otros servicios*: what the customer has, and the way into each service's own panel."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.drivers import get_lifecycle
from cloudpanel.core.pagination import capped_count, keyset_page
from marketplace.models import Subscription
from marketplace.services.billing_cycle import is_offered, other_cycle
from marketplace.services.bundles import bundles_of
from marketplace.services.changing import fixed_reason
from marketplace.services.dunning import owed_for
from marketplace.services.orders import SETTLED
from marketplace.services.renewals import next_charge
from marketplace.services.usage import describe_resources
from marketplace.views.steps import why_not

INACTIVE = Q(state=Subscription.State.TERMINATED) | Q(
    state=Subscription.State.SUSPENDED, suspended_for=Subscription.SuspendedFor.CANCELLED
)  # over, or kept for the grace period


@require_safe
@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
def subscription_list(request: PanelRequest) -> HttpResponse:
    is_inactive = request.GET.get("ver") == "inactivas"
    visible = Subscription.objects.visible_to(request.membership)
    found = visible.filter(INACTIVE) if is_inactive else visible.exclude(INACTIVE)
    page = keyset_page(found.select_related("plan"), order=("-pk",), cursor=request.GET.get("cursor", ""))
    context = {"page": page, "total": capped_count(found), "is_inactive": is_inactive}
    return render(request, "marketplace/subscriptions.html", context)


@require_safe
@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
def subscription(request: PanelRequest, subscription: UUID) -> HttpResponse:
    whole = Subscription.objects.select_related("product", "plan", "account").prefetch_related("items", "discounts")
    found = get_visible_or_404(request, whole, subscription)
    is_suspended = found.state == Subscription.State.SUSPENDED
    context = {
        "subscription": found,
        "resources": describe_resources(found),
        "denied": why_not(request),
        "fixed": (fixed := fixed_reason(found)),
        "other_cycle": other_cycle(found) if not fixed and request.membership.is_admin and is_offered(found) else "",
        "items": found.items.all(),
        "discounts": [each for each in found.discounts.all() if each.periods_left != 0],
        "next_total": next_charge(found, found.today())[0].total.total if found.next_renewal_date else None,
        "debts": owed_for(found) if is_suspended and request.membership.is_admin else [],
        "open_orders": found.orders.exclude(state__in=SETTLED).order_by("-pk"),
    }
    return render(request, "marketplace/subscription.html", context)


@require_safe
@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
def other_services(request: PanelRequest) -> HttpResponse:
    """*Otros servicios*: the subscriptions by kind, each opening its own panel."""
    visible = Subscription.objects.visible_to(request.membership)
    offered = visible.exclude(state=Subscription.State.TERMINATED).filter(kind__in=list(settings.SERVICE_LIFECYCLES))
    rows = offered.select_related("plan", "product")
    page = keyset_page(rows, order=("kind", "pk"), cursor=request.GET.get("cursor", ""))
    kinds = [
        {"lifecycle": get_lifecycle(kind), "subscriptions": list(mine)}
        for kind, mine in groupby(page.rows, key=lambda row: row.kind)
    ]
    context = {"kinds": kinds, "page": page, "bundles": bundles_of(page.rows)}
    return render(request, "marketplace/other_services.html", context)

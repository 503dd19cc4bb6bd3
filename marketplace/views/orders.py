"""*Pedidos*: the list, the order page with its live state, *Reintentar* and *Cancelar pedido*."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from marketplace.listing import Listing
from marketplace.models import Order, OrderItem
from marketplace.services.orders import cancel_order, is_abortable, retry_order
from marketplace.services.progress import describe_progress

WHOLE = Order.objects.select_related(
    "invoice", "terms", "account", "coupon", "package", "payment_method", "created_by"
).prefetch_related(Prefetch("items", OrderItem.objects.select_related("subscription")))


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def order_list(request: PanelRequest) -> HttpResponse:
    """*Pedidos pendientes*: what is not delivered or not paid. *Historial de pedidos* is everything."""
    context = {
        "listing": Listing.of(request.account, request.GET),
        "kinds": Order.Kind.choices,
        "states": Order.State.choices,
    }
    return render_page_or_fragment(request, "marketplace/orders.html", "marketplace/_orders.html", context)


@require_safe
@never_cache
@require_role(Role.ACCOUNT_ADMIN)
def order(request: PanelRequest, order: UUID) -> HttpResponse:
    """HTMX asks with the ``estado`` that it shows: as long as that is true, nothing is sent and nothing moves."""
    found = get_visible_or_404(request, WHOLE.prefetch_related("lines"), order)
    progress = describe_progress(found)
    if request.htmx and request.GET.get("estado") == progress.mark:
        return HttpResponse(status=204)
    context = {
        "order": found,
        "progress": progress,
        "bank": settings.TRANSFER_BANK,
        "clabe": settings.TRANSFER_CLABE,
    }
    return render_page_or_fragment(request, "marketplace/order.html", "marketplace/_order_state.html", context)


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def retry(request: PanelRequest, order: UUID) -> HttpResponse:
    found = get_visible_or_404(request, WHOLE, order)
    try:
        retry_order(actor=request.actor, order=found)
        messages.success(request, _("El pedido se está intentando de nuevo."))
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("marketplace:order", found.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.ACCOUNT_ADMIN)
def cancel(request: PanelRequest, order: UUID) -> HttpResponse:
    """Asks first: what happens to the money and to the service."""
    found = get_visible_or_404(request, WHOLE, order)
    if request.method != "POST":
        template = "marketplace/cancel_order.html"
        working = [item for item in found.items.all() if item.completed_at]
        return render(request, template, {"order": found, "is_abortable": is_abortable(found), "working": working})
    try:
        cancel_order(actor=request.actor, order=found)
        messages.success(request, _("El pedido se canceló."))
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("marketplace:order", found.public_id)

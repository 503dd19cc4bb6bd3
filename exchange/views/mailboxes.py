"""The list of mailboxes and its export."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse

from accounts.requests import PanelRequest
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.tabular.export import FORMATS, export_response
from exchange.listing import Listing, export_headings, export_rows
from exchange.views.common import closed_reason, subscription_view
from marketplace.models import Subscription


@subscription_view
def mailbox_list(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """**Actualizar** is a link to this same address: it works without JavaScript."""
    base = reverse("exchange:mailboxes", args=[subscription.public_id])
    context = {
        "subscription": subscription,
        "listing": Listing.of(subscription, request.GET, base),
        "base": base,
        "closed_reason": closed_reason(subscription),
        "address": request.get_full_path(),
    }
    return render_page_or_fragment(request, "exchange/mailboxes.html", "exchange/_mailboxes.html", context)


@subscription_view
def mailbox_export(request: PanelRequest, subscription: Subscription, file_format: str) -> HttpResponseBase:
    """All of the list, or all that match the search, streamed."""
    if file_format not in FORMATS:
        raise Http404
    listing = Listing.of(subscription, request.GET, "")
    return export_response(
        file_format=file_format,
        filename="buzones",
        headings=export_headings(),
        rows=export_rows(listing),
    )

"""*Contactos externos*."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.pagination import capped_count, keyset_page
from exchange.models import ExternalContact
from exchange.services import contacts
from exchange.states import shown_of_job
from exchange.team_forms import ContactForm
from exchange.views.common import View, add_refusal, closed_reason, subscription_view
from marketplace.models import Subscription

MAX_QUERY = 100


def contact_view(view: View) -> View:
    """``view(request, contact)``."""

    @subscription_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: Subscription, contact: UUID) -> HttpResponse:
        whole = ExternalContact.objects.select_related("last_job")
        row = get_visible_or_404(request, whole, contact, subscription=subscription)
        row.subscription, row.account = subscription, request.account
        return view(request, row)

    return fetch


@subscription_view
@require_safe
def contact_index(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    query = " ".join(request.GET.get("q", "")[:MAX_QUERY].replace("\x00", "").split())
    rows = ExternalContact.objects.filter(subscription=subscription).select_related("last_job")
    for word in query.lower().split():
        rows = rows.filter(email__contains=word) | rows.filter(name__icontains=word)
    page = keyset_page(rows, order=("email", "pk"), cursor=request.GET.get("cursor", ""))
    context: dict[str, Any] = {
        "subscription": subscription,
        "page": page,
        "rows": [{"contact": row, "shown": shown_of_job(row.last_job)} for row in page.rows],
        "total": capped_count(rows),
        "query": query,
        "closed_reason": closed_reason(subscription),
    }
    return render_page_or_fragment(request, "exchange/contacts.html", "exchange/_contacts.html", context)


@subscription_view
def contact_new(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    form = bound_or_stashed(request, ContactForm)
    if request.method == "POST" and form.is_valid():
        try:
            row = contacts.create_contact(actor=request.actor, subscription=subscription, **form.cleaned_data)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está guardando el contacto %(email)s.") % {"email": row.email})
            return redirect("exchange:contacts", subscription.public_id)
    return render(request, "exchange/contact_edit.html", {"subscription": subscription, "form": form})


@contact_view
def contact_edit(request: PanelRequest, contact: ExternalContact) -> HttpResponse:
    form = bound_or_stashed(request, ContactForm, initial={"name": contact.name, "email": contact.email})
    if request.method == "POST" and form.is_valid():
        try:
            contacts.update_contact(actor=request.actor, contact=contact, **form.cleaned_data)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está aplicando el cambio."))
            return redirect("exchange:contacts", contact.subscription.public_id)
    context = {
        "subscription": contact.subscription,
        "contact": contact,
        "form": form,
        "shown": shown_of_job(contact.last_job),
        "lists": [member.list for member in contact.memberships.select_related("list").order_by("list__address")[:50]],
    }
    return render(request, "exchange/contact_edit.html", context)


@contact_view
def contact_delete(request: PanelRequest, contact: ExternalContact) -> HttpResponse:
    if request.method == "POST":
        try:
            contacts.delete_contact(actor=request.actor, contact=contact)
        except BusinessError as refusal:
            messages.error(request, refusal.user_message)
        else:
            messages.success(request, _("Se está eliminando el contacto %(email)s.") % {"email": contact.email})
        return redirect("exchange:contacts", contact.subscription.public_id)
    context = {"subscription": contact.subscription, "contact": contact, "count": contact.memberships.count()}
    return render(request, "exchange/contact_delete.html", context)


@contact_view
@require_POST
def contact_retry(request: PanelRequest, contact: ExternalContact) -> HttpResponse:
    try:
        contacts.retry_contact(actor=request.actor, contact=contact)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.success(request, _("Se está intentando de nuevo."))
    return redirect("exchange:contacts", contact.subscription.public_id)

"""Mail domains and mailbox templates of a subscription."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from domains.ownership_words import OUTCOMES
from domains.services.holding import holds
from exchange.forms import DomainForm
from exchange.models import MailDomain
from exchange.services import domains
from exchange.views.common import View, add_refusal, closed_reason, subscription_view
from marketplace.models import Subscription

# What the last look-up found, for the person who set the record (domains.drivers.observer.Note).
NOTES = OUTCOMES | {
    "found": gettext_lazy("Hay un registro TXT en ese nombre, pero no es el que esperamos."),
    "no_record": gettext_lazy("El nombre existe, pero no tiene un registro de tipo TXT. Revise el tipo del registro."),
}


def domain_view(view: View) -> View:
    """``view(request, domain)``."""

    @subscription_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: Subscription, domain: UUID) -> HttpResponse:
        live = MailDomain.objects.select_related("last_job").exclude(state=MailDomain.State.TERMINATED)
        row = get_visible_or_404(request, live, domain, subscription=subscription)
        row.subscription, row.account = subscription, request.account
        return view(request, row)

    return fetch


@subscription_view
def domain_list(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """The domains, and the form that adds one."""
    form = bound_or_stashed(request, DomainForm)
    if request.method == "POST" and form.is_valid():
        try:
            row = domains.add_domain(actor=request.actor, subscription=subscription, name=form.cleaned_data["name"])
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("exchange:domain", subscription.public_id, row.public_id)
    rows = subscription.mail_domains.exclude(state=MailDomain.State.TERMINATED).select_related("last_job")
    context = {
        "subscription": subscription,
        "domains": rows.order_by("-is_default", "name"),
        "form": form,
        "closed_reason": closed_reason(subscription),
    }
    return render(request, "exchange/domains.html", context)


@domain_view
@require_safe
def domain_page(request: PanelRequest, domain: MailDomain) -> HttpResponse:
    """ "Esperábamos X en _panel…; vemos Y": live while it is pending."""
    context: dict[str, Any] = {
        "domain": domain,
        "subscription": domain.subscription,
        "in_use": domains.use_of(domain),
        "note": NOTES.get(domain.seen_note, NOTES[""]),
        "is_waiting": domain.last_job is not None and domain.last_job.is_active,
        "is_pending": domain.state == MailDomain.State.PENDING,
        "is_known": holds(domain.account_id, domain.name),
    }
    return render_page_or_fragment(request, "exchange/domain.html", "exchange/_domain.html", context)


@domain_view
@require_POST
def domain_check(request: PanelRequest, domain: MailDomain) -> HttpResponse:
    domains.check_domain_now(actor=request.actor, domain=domain)
    messages.info(request, _("Se está comprobando el registro. Actualice en unos segundos."))
    return redirect("exchange:domain", domain.subscription.public_id, domain.public_id)


@domain_view
@require_POST
def domain_remove(request: PanelRequest, domain: MailDomain) -> HttpResponse:
    try:
        domains.remove_domain(actor=request.actor, domain=domain)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        return redirect("exchange:domain", domain.subscription.public_id, domain.public_id)
    messages.success(request, _("Se quitó el dominio %(name)s.") % {"name": domain.readable_name})
    return redirect("exchange:domains", domain.subscription.public_id)

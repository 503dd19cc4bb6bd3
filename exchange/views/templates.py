"""*Plantillas del buzón*."""

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
from exchange.forms import TemplateForm
from exchange.models import MailboxTemplate
from exchange.services import templates
from exchange.services.capacity import MAILBOXES, STORAGE_GB, gigabytes
from exchange.services.prices import rates_of
from exchange.services.templates import TemplateData
from exchange.sizes import readable_megabytes
from exchange.views.common import View, add_refusal, closed_reason, subscription_view
from marketplace.models import Subscription


def template_view(view: View) -> View:
    """``view(request, template)``."""

    @subscription_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: Subscription, template: UUID) -> HttpResponse:
        row = get_visible_or_404(request, MailboxTemplate, template, subscription=subscription)
        row.subscription, row.account = subscription, request.account
        return view(request, row)

    return fetch


@subscription_view
@require_safe
def template_list(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """With what one more mailbox of each costs once the plan is full."""
    rates = rates_of(subscription)
    rows = subscription.mailbox_templates.order_by("-is_default", "name")
    context = {
        "subscription": subscription,
        "rates": rates,
        "templates": [
            {
                "template": row,
                "size": readable_megabytes(row.quota_mb),
                "takes": gigabytes(row.quota_mb),
                "price": rates.price_of(row),
            }
            for row in rows
        ],
        "closed_reason": closed_reason(subscription),
    }
    return render(request, "exchange/templates.html", context)


@subscription_view
def template_new(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    form = bound_or_stashed(request, TemplateForm)
    if request.method == "POST" and form.is_valid():
        try:
            data = TemplateData(**form.cleaned_data)
            templates.create_template(actor=request.actor, subscription=subscription, data=data)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se creó la plantilla %(name)s.") % {"name": data.name})
            return redirect("exchange:templates", subscription.public_id)
    return render(request, "exchange/template_edit.html", _form_context(subscription, form))


@template_view
def template_edit(request: PanelRequest, template: MailboxTemplate) -> HttpResponse:
    initial = {name: getattr(template, name) for name in TemplateForm.base_fields}
    form = bound_or_stashed(request, TemplateForm, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            data = TemplateData(**form.cleaned_data)
            templates.update_template(actor=request.actor, template=template, data=data)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se guardó la plantilla %(name)s.") % {"name": data.name})
            return redirect("exchange:templates", template.subscription.public_id)
    context = {**_form_context(template.subscription, form), "template": template}
    return render(request, "exchange/template_edit.html", context)


def _form_context(subscription: Subscription, form: TemplateForm) -> dict[str, Any]:
    rates = rates_of(subscription)
    prices = {"place": rates.each(MAILBOXES), "gigabyte": rates.each(STORAGE_GB)}
    return {"subscription": subscription, "form": form, "rates": rates, **prices}


@template_view
@require_POST
def template_delete(request: PanelRequest, template: MailboxTemplate) -> HttpResponse:
    name = template.name
    try:
        templates.delete_template(actor=request.actor, template=template)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.success(request, _("Se eliminó la plantilla %(name)s.") % {"name": name})
    return redirect("exchange:templates", template.subscription.public_id)

"""*Agregar recursos* and *Cambiar plan o recursos* of a subscription that runs: choose → confirmation → *Confirmar*.

``volver`` is where the person came from (a wizard that met a limit): it travels along and the order leads back there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import check_role, get_visible_or_404
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from marketplace.change_forms import ChangeForm
from marketplace.forms import AddOnsForm
from marketplace.models import AddOn, Plan, Subscription
from marketplace.services.catalogue import terms_in_force
from marketplace.services.changes import ChangeQuote, SubscriptionOffer, offer_for, quote_change
from marketplace.services.changing import fixed_reason
from marketplace.services.usage import describe_grants
from marketplace.views.change_confirmation import show_or_change
from marketplace.views.steps import (
    CHANGE_STEPS,
    RETURN,
    STEPS,
    PurchaseRequest,
    choices_beside,
    local_path,
    purchase_step,
    steps_line,
    why_not,
    with_choices,
)

SWITCH_STEPS = (gettext_lazy("Plan y recursos"), STEPS[-1])


def address_of(subscription: Subscription, step: str) -> str:
    return reverse(f"marketplace:{step}", args=[subscription.public_id])


def find_subscription(request: PanelRequest, public_id: UUID) -> Subscription:
    check_role(request, Role.ACCOUNT_ADMIN, Role.DELEGATE)
    whole = Subscription.objects.select_related("product", "plan__product", "account")
    return get_visible_or_404(request, whole, public_id)


def changeable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """``view(request, subscription)``; one that is suspended or gone leads to its page, which says why not."""

    @purchase_step
    @functools.wraps(view)
    def step(request: PurchaseRequest, subscription: UUID) -> HttpResponse:
        found = find_subscription(request, subscription)
        if reason := found.closed_reason or fixed_reason(found):
            messages.error(request, reason)
            return redirect(address_of(found, "subscription"))
        return view(request, found)

    return step


@require_safe
@changeable
def choose(request: PurchaseRequest, found: Subscription) -> HttpResponse:
    offer = offer_for(found)
    data = request.GET if "finalizar" in request.GET else None
    form = AddOnsForm(offer.prices, data, initial=request.GET.dict(), owned=offer.owned, is_required=True)
    if form.is_valid():
        return redirect(with_choices(address_of(found, "confirm_change"), request.GET))
    context = {
        "subscription": found,
        "form": form,
        "period": found.billing_period,
        "choices": choices_beside(form, request.GET),
        "steps": steps_line(0, CHANGE_STEPS),
        "denied": why_not(request),
        "action": address_of(found, "change"),
        "back": local_path(request, request.GET.get(RETURN, "")) or address_of(found, "subscription"),
    }
    return render(request, "marketplace/change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@changeable
def confirm(request: PurchaseRequest, found: Subscription) -> HttpResponse:
    offer = offer_for(found)
    form = AddOnsForm(offer.prices, request.GET, owned=offer.owned, is_required=True)
    if not form.is_valid():
        return redirect(with_choices(address_of(found, "change"), request.GET, finalizar=1))
    units = {add_on: offer.owned.get(add_on.pk, 0) + more for add_on, more in form.units.items()}
    context = {
        "withdrawn": form.has_withdrawn(request.GET),
        "back": with_choices(address_of(found, "change"), request.GET),
    }
    return _confirmation(request, found, found.plan, units, context)


@require_safe
@changeable
def switch(request: PurchaseRequest, found: Subscription) -> HttpResponse:
    """*Cambiar plan o recursos*: up and down."""
    offer = offer_for(found)
    data = request.GET if "siguiente" in request.GET else None
    form = _change_form(offer, found, data, request)
    if form.is_valid():
        try:
            quote = _quote(found, form.chosen, form.units)
            if not quote.is_nothing:
                return redirect(with_choices(address_of(found, "confirm_switch"), request.GET))
            form.add_error(None, _("Así está ahora su suscripción: no hay nada que cambiar."))
        except BusinessError as error:
            form.add_error(error.field or None, error.user_message)
    context = {
        "subscription": found,
        "form": form,
        "cards": [
            (radio, plan, offer.price_of(plan), describe_grants(found.kind, plan.resources))
            for radio, plan in form.cards
        ],
        "rows": [(add_on, field, owned, offer.prices.get(add_on)) for add_on, field, owned in form.rows],
        "choices": choices_beside(form, request.GET),
        "steps": steps_line(0, SWITCH_STEPS),
        "denied": why_not(request),
        "action": address_of(found, "switch"),
        "back": address_of(found, "subscription"),
    }
    return render(request, "marketplace/switch.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@changeable
def confirm_switch(request: PurchaseRequest, found: Subscription) -> HttpResponse:
    offer = offer_for(found)
    form = _change_form(offer, found, request.GET, request)
    if not form.is_valid():
        return redirect(with_choices(address_of(found, "switch"), request.GET, siguiente=1))
    context = {
        "back": with_choices(address_of(found, "switch"), request.GET),
        "steps": steps_line(1, SWITCH_STEPS),
    }
    return _confirmation(request, found, form.chosen, form.units, context)


def _change_form(offer: SubscriptionOffer, found: Subscription, data: Any, request: PanelRequest) -> ChangeForm:
    owned = {f"recurso-{add_on.code}": offer.owned.get(add_on.pk, 0) for add_on in offer.add_ons}
    initial = {"plan": found.plan.code, **owned, **request.GET.dict()}
    return ChangeForm(offer.plans, offer.add_ons, offer.owned, data, initial=initial)


def _confirmation(
    request: PurchaseRequest, found: Subscription, plan: Plan, units: dict[AddOn, int], context: dict[str, Any]
) -> HttpResponse:
    try:
        quote = _quote(found, plan, units)
    except BusinessError as error:
        messages.error(request, error.user_message)
        return redirect(context["back"])
    whole = {"steps": steps_line(1, CHANGE_STEPS), **context, "subscription": found}
    return show_or_change(request, quote, whole, local_path(request, request.GET.get(RETURN, "")))


def _quote(found: Subscription, plan: Plan, units: dict[AddOn, int]) -> ChangeQuote:
    terms = terms_in_force(found.product.terms_slug)
    return quote_change(subscription=found, plan=plan, units=units, terms=terms)

"""Buying a service: plans → recursos adicionales → confirmation → *Confirmar*."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PanelRequest
from marketplace.forms import AddOnsForm, PlanForm
from marketplace.lifecycle import traits_of
from marketplace.models import Product
from marketplace.services.catalogue import has_had, terms_in_force, trial_days_for
from marketplace.services.offers import Offer, offer_of
from marketplace.services.pricing import Quote, quote_sale
from marketplace.services.usage import describe_grants
from marketplace.views.confirmation import show_or_place, with_coupon_in
from marketplace.views.steps import (
    NotOnSale,
    PurchaseRequest,
    choices_beside,
    purchase_step,
    steps_line,
    why_not,
    with_choices,
)


def address_of(product: Product, step: str) -> str:
    return reverse(f"marketplace:{step}", args=[product.family.slug, product.slug])


def find_offer(request: PanelRequest, family: str, service: str) -> Offer:
    """NotOnSale, a 404, when nothing of the service is on sale."""
    offer = offer_of(request.account, family, service)
    if offer is None or traits_of(offer.product.kind).shop:
        raise NotOnSale
    return offer


def shop_of(family: str, service: str) -> str:
    """Where a kind is bought that has screens of its own for it; empty for all others."""
    product = Product.objects.on_sale().filter(family__slug=family, slug=service).first()
    shop = traits_of(product.kind).shop if product else ""
    return reverse(shop) if shop else ""


@require_safe
@purchase_step
def plans(request: PurchaseRequest, family: str, service: str) -> HttpResponse:
    """First step. *Siguiente* comes back here; a plan that can be bought leads on."""
    if shop := shop_of(family, service):
        return redirect(shop)
    offer = find_offer(request, family, service)
    product = offer.product
    form = PlanForm(offer, request.GET if "siguiente" in request.GET else None, initial=request.GET.dict())
    if form.is_valid():
        return redirect(with_choices(address_of(product, "add_ons"), request.GET))
    cards = [
        (
            radio,
            plan,
            describe_grants(product.kind, plan.resources),
            [(p, offer.book.of(plan, p)) for p in offer.periods],
        )
        for radio, plan in form.cards
    ]
    context = {
        "product": product,
        "form": form,
        "cards": cards,
        "trial_is_over": any(plan.trial_days for plan in offer.plans) and has_had(request.account, product.pk),
        "choices": choices_beside(form, request.GET),
        "steps": steps_line(0),
        "denied": why_not(request),
    }
    return render(request, "marketplace/plans.html", context)


@require_safe
@purchase_step
def add_ons(request: PurchaseRequest, family: str, service: str) -> HttpResponse:
    """Second step. *Finalizar* comes back here; units that can be bought lead on to the confirmation."""
    offer = find_offer(request, family, service)
    product = offer.product
    plan_form = PlanForm(offer, request.GET)
    if not plan_form.is_valid():
        return redirect(with_choices(address_of(product, "plans"), request.GET, siguiente=1))
    prices = offer.prices_of(plan_form.period)
    form = AddOnsForm(prices, request.GET if "finalizar" in request.GET else None, initial=request.GET.dict())
    if form.is_valid():
        return redirect(with_choices(address_of(product, "confirm"), request.GET))
    context = {
        "product": product,
        "plan": plan_form.chosen,
        "period": plan_form.period,
        "form": form,
        "choices": choices_beside(form, request.GET),
        "steps": steps_line(1),
        "denied": why_not(request),
        "action": address_of(product, "add_ons"),
        "back": with_choices(address_of(product, "plans"), request.GET),
    }
    return render(request, "marketplace/add_ons.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@purchase_step
def confirm(request: PurchaseRequest, family: str, service: str) -> HttpResponse:
    """Third step: shows the order; a POST of exactly what was shown places it."""
    offer = find_offer(request, family, service)
    product = offer.product
    choice = PlanForm(offer, request.GET)
    if not choice.is_valid():
        messages.warning(request, _("Elija de nuevo el plan: el que eligió ya no está a la venta. No se cobró nada."))
        return redirect(with_choices(address_of(product, "plans"), request.GET, siguiente=1))
    form = AddOnsForm(offer.prices_of(choice.period), request.GET)
    if not form.is_valid():
        return redirect(with_choices(address_of(product, "add_ons"), request.GET, finalizar=1))
    quote, coupon = with_coupon_in(request, _quote(request, offer, choice, form))
    context = {
        "product": product,
        "coupon": coupon,
        "withdrawn": form.has_withdrawn(request.GET),
        "steps": steps_line(2),
        "back": with_choices(address_of(product, "add_ons"), request.GET),
    }
    return show_or_place(request, quote, "marketplace/confirm.html", context)


def _quote(request: PanelRequest, offer: Offer, choice: PlanForm, add_ons: AddOnsForm) -> Quote:
    return quote_sale(
        plan=choice.chosen,
        units=add_ons.units,
        terms=terms_in_force(offer.product.terms_slug),
        book=offer.book,
        period=choice.period,
        trial_days=trial_days_for(request.account, choice.chosen),
    )

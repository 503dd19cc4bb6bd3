"""Buying a package (*Promoción de Paquetes*): what is in it → confirmation → *Confirmar*. One order, several services."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import PanelRequest
from marketplace.forms import PeriodForm
from marketplace.models import Package
from marketplace.services.offers import PackageOffer, package_offer_of
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

STEPS = (_lazy("Paquete"), _lazy("Confirmación"))


def address_of(package: Package, step: str) -> str:
    return reverse(f"marketplace:{step}", args=[package.slug])


def find_offer(request: PanelRequest, slug: str) -> PackageOffer:
    """NotOnSale, a 404, when the package is not on sale (any more)."""
    offer = package_offer_of(request.account, slug)
    if offer is None:
        raise NotOnSale
    return offer


@require_safe
@purchase_step
def package(request: PurchaseRequest, package: str) -> HttpResponse:
    """First step: what is in it, and how often it is paid. *Siguiente* comes back here and leads on."""
    offer = find_offer(request, package)
    form = PeriodForm(offer.periods, request.GET if "siguiente" in request.GET else None, initial=request.GET.dict())
    if form.is_valid():
        return redirect(with_choices(address_of(offer.package, "confirm_package"), request.GET))
    prices = [(period, offer.price(period), offer.saving(period)) for period in offer.periods]
    services = offer.services(offer.periods[0])
    context = {
        "package": offer.package,
        "form": form,
        "prices": prices,
        "services": [(each, describe_grants(each.plan.product.kind, each.grants)) for each in services],
        "choices": choices_beside(form, request.GET),
        "steps": steps_line(0, STEPS),
        "denied": why_not(request),
    }
    return render(request, "marketplace/package.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@purchase_step
def confirm(request: PurchaseRequest, package: str) -> HttpResponse:
    offer = find_offer(request, package)
    form = PeriodForm(offer.periods, request.GET)
    if not form.is_valid():
        messages.warning(request, _("Elija de nuevo cómo quiere pagar. No se cobró nada."))
        return redirect(with_choices(address_of(offer.package, "package"), request.GET, siguiente=1))
    quote, coupon = with_coupon_in(request, offer.quote(form.period))
    context = {
        "package": offer.package,
        "coupon": coupon,
        "steps": steps_line(1, STEPS),
        "back": with_choices(address_of(offer.package, "package"), request.GET),
    }
    return show_or_place(request, quote, "marketplace/confirm_package.html", context)

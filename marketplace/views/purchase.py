"""Buying: plans → recursos adicionales → confirmation → *Confirmar*."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_list_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.forms import AddOnsForm, PlanForm
from marketplace.models import Plan, Product
from marketplace.services.catalogue import terms_in_force
from marketplace.services.pricing import quote_sale
from marketplace.services.usage import describe_grants
from marketplace.views.confirmation import show_or_place
from marketplace.views.steps import choices_beside, purchase_step, steps_line, why_not, with_choices


def address_of(product: Product, step: str) -> str:
    return reverse(f"marketplace:{step}", args=[product.family.slug, product.slug])


def find_plans(family: str, service: str) -> list[Plan]:
    """The plans of a service on sale, each with its product and family, in one query; Http404 when there are none."""
    on_sale = Product.objects.on_sale().filter(family__slug=family, slug=service)
    plans = Plan.objects.filter(is_active=True, product__in=on_sale)
    return get_list_or_404(plans.select_related("product__family"))


@require_safe
@purchase_step
def plans(request: HttpRequest, family: str, service: str) -> HttpResponse:
    """First step. *Siguiente* comes back here; a plan that can be bought leads on."""
    offered = find_plans(family, service)
    product = offered[0].product
    form = PlanForm(offered, request.GET if "siguiente" in request.GET else None, initial=request.GET.dict())
    if form.is_valid():
        return redirect(with_choices(address_of(product, "add_ons"), request.GET))
    context = {
        "product": product,
        "form": form,
        "cards": [(radio, plan, describe_grants(product.kind, plan.resources)) for radio, plan in form.cards],
        "choices": choices_beside(form, request.GET),
        "steps": steps_line(0),
        "denied": why_not(request),
    }
    return render(request, "marketplace/plans.html", context)


@require_safe
@purchase_step
def add_ons(request: HttpRequest, family: str, service: str) -> HttpResponse:
    """Second step. *Finalizar* comes back here; units that can be bought lead on to the confirmation."""
    offered = find_plans(family, service)
    product = offered[0].product
    plan_form = PlanForm(offered, request.GET)
    if not plan_form.is_valid():
        return redirect(with_choices(address_of(product, "plans"), request.GET, siguiente=1))
    extras = list(product.add_ons.filter(is_active=True))
    form = AddOnsForm(extras, request.GET if "finalizar" in request.GET else None, initial=request.GET.dict())
    if form.is_valid():
        return redirect(with_choices(address_of(product, "confirm"), request.GET))
    context = {
        "product": product,
        "plan": plan_form.chosen,
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
def confirm(request: HttpRequest, family: str, service: str) -> HttpResponse:
    """Third step: shows the order; a POST of exactly what was shown places it."""
    offered = find_plans(family, service)
    product = offered[0].product
    plan_form = PlanForm(offered, request.GET)
    if not plan_form.is_valid():
        messages.warning(request, _("Elija de nuevo el plan: el que eligió ya no está a la venta. No se cobró nada."))
        return redirect(with_choices(address_of(product, "plans"), request.GET, siguiente=1))
    form = AddOnsForm(list(product.add_ons.filter(is_active=True)), request.GET)
    if not form.is_valid():
        return redirect(with_choices(address_of(product, "add_ons"), request.GET, finalizar=1))
    quote = quote_sale(plan=plan_form.chosen, units=form.units, terms=terms_in_force(product))
    context = {
        "product": product,
        "withdrawn": form.has_withdrawn(request.GET),
        "steps": steps_line(2),
        "back": with_choices(address_of(product, "add_ons"), request.GET),
    }
    return show_or_place(request, quote, "marketplace/confirm.html", context)

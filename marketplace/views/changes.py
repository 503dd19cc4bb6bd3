"""*Agregar recursos* to a subscription that runs: recursos adicionales → confirmation → *Confirmar*.

``volver`` is where the person came from (a wizard that met a limit): it travels along and the order leads back there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import check_role, get_visible_or_404
from accounts.models import Role
from marketplace.forms import AddOnsForm
from marketplace.models import AddOn, BillingPeriod, Subscription
from marketplace.services.catalogue import terms_in_force
from marketplace.services.price_book import PriceBook, PriceTag, price_book
from marketplace.services.pricing import quote_change
from marketplace.views.confirmation import show_or_place
from marketplace.views.steps import (
    CHANGE_STEPS,
    RETURN,
    choices_beside,
    local_path,
    purchase_step,
    steps_line,
    why_not,
    with_choices,
)


def address_of(subscription: Subscription, step: str) -> str:
    return reverse(f"marketplace:{step}", args=[subscription.public_id])


def find_subscription(request: HttpRequest, public_id: UUID) -> Subscription:
    check_role(request, Role.ACCOUNT_ADMIN, Role.DELEGATE)
    whole = Subscription.objects.select_related("product", "plan__product", "account")
    return get_visible_or_404(request, whole, public_id)


def changeable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """``view(request, subscription)``; one that is suspended or gone leads to its page, which says why not."""

    @purchase_step
    @functools.wraps(view)
    def step(request: HttpRequest, subscription: UUID) -> HttpResponse:
        found = find_subscription(request, subscription)
        if found.closed_reason:
            messages.error(request, found.closed_reason)
            return redirect(address_of(found, "subscription"))
        return view(request, found)

    return step


def offers_for(subscription: Subscription) -> tuple[PriceBook, dict[AddOn, PriceTag], dict[int, int]]:
    """What can be added at which price, and how many units of each there already are."""
    bought = subscription.items.filter(add_on__isnull=False).values_list("add_on_id").annotate(Sum("units"))
    owned = dict(bought.order_by())
    add_ons = list(AddOn.objects.filter(product_id=subscription.product_id, is_active=True))
    book = price_book(subscription.account, add_ons=add_ons)
    tags = {add_on: book.of(add_on, BillingPeriod(subscription.billing_period)) for add_on in add_ons}
    return book, {add_on: tag for add_on, tag in tags.items() if tag}, owned


@require_safe
@changeable
def choose(request: HttpRequest, found: Subscription) -> HttpResponse:
    _book, offered, owned = offers_for(found)
    data = request.GET if "finalizar" in request.GET else None
    form = AddOnsForm(offered, data, initial=request.GET.dict(), owned=owned, is_required=True)
    if form.is_valid():
        return redirect(with_choices(address_of(found, "confirm_change"), request.GET))
    context = {
        "subscription": found,
        "form": form,
        "choices": choices_beside(form, request.GET),
        "steps": steps_line(0, CHANGE_STEPS),
        "denied": why_not(request),
        "action": address_of(found, "change"),
        "back": local_path(request, request.GET.get(RETURN, "")) or address_of(found, "subscription"),
    }
    return render(request, "marketplace/change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@changeable
def confirm(request: HttpRequest, found: Subscription) -> HttpResponse:
    book, offered, owned = offers_for(found)
    form = AddOnsForm(offered, request.GET, owned=owned, is_required=True)
    if not form.is_valid():
        return redirect(with_choices(address_of(found, "change"), request.GET, finalizar=1))
    quote = quote_change(
        subscription=found, units=form.units, terms=terms_in_force(found.product.terms_slug), book=book
    )
    context = {
        "subscription": found,
        "withdrawn": form.has_withdrawn(request.GET),
        "steps": steps_line(1, CHANGE_STEPS),
        "back": with_choices(address_of(found, "change"), request.GET),
    }
    return_path = local_path(request, request.GET.get(RETURN, ""))
    return show_or_place(request, quote, "marketplace/confirm_change.html", context, return_path)

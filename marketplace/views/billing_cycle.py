"""*Cambiar a pago anual* or *mensual*: one page with what is given back, what is charged and what comes after."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cloudpanel.core.exceptions import BusinessError
from marketplace.models import Order, Subscription
from marketplace.services.billing_cycle import CycleQuote, change_cycle, order_of_new_period, quote_cycle
from marketplace.services.catalogue import terms_in_force
from marketplace.views.change_confirmation import as_shown, carry_out_shown
from marketplace.views.changes import address_of, changeable
from marketplace.views.steps import PurchaseRequest


@require_http_methods(["GET", "HEAD", "POST"])
@changeable
def cycle(request: PurchaseRequest, found: Subscription) -> HttpResponse:
    try:
        quote = quote_cycle(subscription=found, terms=terms_in_force(found.product.terms_slug))
    except BusinessError as error:
        messages.warning(request, error.user_message)
        return redirect(address_of(found, "subscription"))
    if request.method == "POST":
        return carry_out_shown(request, quote, partial(_change, request, quote))
    context = {"subscription": found, "back": address_of(found, "subscription"), **as_shown(request, quote)}
    return render(request, "marketplace/confirm_cycle.html", context)


def _change(request: PurchaseRequest, quote: CycleQuote) -> Order:
    """Leads to what there is to pay now."""
    order = change_cycle(actor=request.actor, quote=quote, token=request.purchase)
    messages.success(request, _("%(what)s: hecho. Este es el pedido del periodo nuevo.") % {"what": order.description})
    return order_of_new_period(order)

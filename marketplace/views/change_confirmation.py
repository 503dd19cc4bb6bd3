"""The last step of a change: what is given back, what is charged, what comes after, the terms, *Confirmar*.

As with a purchase a POST always ends in a redirection; whatever went wrong is told by the address that it leads to.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import check_role
from accounts.models import Role
from cloudpanel.core.exceptions import BusinessError
from marketplace.change_forms import AcceptForm
from marketplace.models import Order
from marketplace.services.changes import ChangeQuote, Shown, differences, seal
from marketplace.services.changing import confirm_change
from marketplace.services.purchases import find_order
from marketplace.services.usage import describe_change, describe_grants
from marketplace.views.confirmation import LONGEST_SEAL, SHOWN
from marketplace.views.steps import (
    MISSING,
    SEEN,
    PurchaseRequest,
    order_address,
    to_existing_order,
    why_not,
    with_choices,
)


def show_or_change(
    request: PurchaseRequest, quote: ChangeQuote, context: dict[str, Any], return_path: str
) -> HttpResponse:
    """GET shows ``quote``; POST carries out exactly what was shown."""
    if request.method != "POST":
        return _show(request, quote, context)
    facts = {"actor": request.actor, "quote": quote, "token": request.purchase, "return_path": return_path}
    return carry_out_shown(request, quote, partial(confirm_change, **facts))


def carry_out_shown(request: PurchaseRequest, quote: Shown, carry_out: Callable[[], Order]) -> HttpResponse:
    """The POST: to the order, or back to the page, which says why not."""
    check_role(request, Role.ACCOUNT_ADMIN)
    sealed = request.POST.get(SHOWN, "")[:LONGEST_SEAL]
    if differences(sealed, quote):
        return _refuse(request, SEEN, sealed or "-")
    if not AcceptForm(request.POST).is_valid():
        return _refuse(request, MISSING, "terminos")
    try:
        order = carry_out()
    except BusinessError as error:
        messages.warning(request, error.user_message)
        return _refuse(request)
    return redirect(order_address(order))


def _refuse(request: PurchaseRequest, reason: str = "", value: str = "") -> HttpResponse:
    """Back to the page, which says why; or to the order, when the other click was first."""
    first = find_order(request.account, request.purchase)
    if first is not None:
        return to_existing_order(request, first)
    return redirect(with_choices(request.path, request.GET, **{reason: value} if reason else {}))


def _show(request: PurchaseRequest, quote: ChangeQuote, context: dict[str, Any]) -> HttpResponse:
    kind = quote.subscription.kind
    shown = {
        "grants": describe_grants(kind, quote.grants),
        "resources": describe_change(kind, quote.included_before, quote.included_after),
    }
    return render(request, "marketplace/confirm_change.html", {**context, **shown, **as_shown(request, quote)})


def as_shown(request: PurchaseRequest, quote: Shown) -> dict[str, Any]:
    """What every page needs that shows ``quote`` to be agreed to."""
    return {
        "quote": quote,
        "changes": differences(request.GET[SEEN], quote) if SEEN in request.GET else [],
        "form": AcceptForm({} if MISSING in request.GET else None),
        "action": with_choices(request.path, request.GET),
        "sealed": seal(quote),
        "denied": why_not(request),
    }

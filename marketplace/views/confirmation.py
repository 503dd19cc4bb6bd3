"""The last step of every purchase: what it costs, what it does to the invoice, the terms, *Confirmar*.

A POST always ends in a redirection, refused ones too: whatever went wrong is told by the address that it leads to, so
that Back and reload never meet a page which the browser would have to send again.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import check_role
from accounts.models import Role
from accounts.requests import PanelRequest
from billing.models import PaymentMethod
from cloudpanel.core.exceptions import BusinessError
from marketplace.forms import ConfirmForm, CouponForm
from marketplace.services.agreement import differences, seal
from marketplace.services.collection import cards_of
from marketplace.services.pricing import Quote
from marketplace.services.promotions import with_promotion
from marketplace.services.purchases import Placed, confirm_purchase, find_order
from marketplace.services.usage import describe_grants
from marketplace.views.steps import (
    MISSING,
    SEEN,
    PurchaseRequest,
    choices_beside,
    order_address,
    to_existing_order,
    why_not,
    with_choices,
)

SHOWN = "mostrado"  # what the customer saw, sealed; in the form
LONGEST_SEAL = 4000


def with_coupon_in(request: PanelRequest, quote: Quote) -> tuple[Quote, CouponForm]:
    """``quote`` with the coupon in the address, or the promotion that fits; the form says what is wrong with the coupon."""
    form = CouponForm({"cupon": request.GET["cupon"]} if "cupon" in request.GET else None)
    account = request.account
    code = form.cleaned_data["cupon"].strip() if form.is_valid() else ""
    try:
        return with_promotion(quote, account, code), form
    except BusinessError as error:
        form.add_error(error.field, error.user_message)
        return with_promotion(quote, account), form


def show_or_place(
    request: PurchaseRequest,
    quote: Quote,
    template: str,
    context: dict[str, Any],
    return_path: str = "",
    on_placed: Placed | None = None,
) -> HttpResponse:
    """GET shows ``quote``; POST places exactly what was shown."""
    if request.method != "POST":
        return _show(request, quote, template, context)
    check_role(request, Role.ACCOUNT_ADMIN)
    sealed = request.POST.get(SHOWN, "")[:LONGEST_SEAL]
    if differences(sealed, quote):
        return _refuse(request, SEEN, sealed or "-")
    form = ConfirmForm(cards_to_charge(request, quote), request.POST)
    if not form.is_valid():
        return _refuse(request, MISSING, "pago" if "pago" in form.errors else "terminos")
    try:
        order = confirm_purchase(
            actor=request.actor,
            account=request.account,
            quote=quote,
            token=request.purchase,
            coupon_code=quote.coupon.code if quote.coupon else "",
            method=form.method,
            return_path=return_path,
            on_placed=on_placed,
        )
    except BusinessError as error:
        messages.warning(request, error.user_message)
        return _refuse(request)
    return redirect(order_address(order))


def _address(request: PurchaseRequest, **reason: str) -> str:
    return with_choices(request.path, request.GET, **reason)


def _refuse(request: PurchaseRequest, reason: str = "", value: str = "") -> HttpResponse:
    """Back to the page, which says why; or to the order, when the other click was first."""
    first = find_order(request.account, request.purchase)
    if first is not None:
        return to_existing_order(request, first)
    return redirect(_address(request, **{reason: value} if reason else {}))


def cards_to_charge(request: PanelRequest, quote: Quote) -> list[PaymentMethod]:
    """None for those who cannot buy, nor for what costs nothing today."""
    if not quote.today.total or not request.membership.is_admin:
        return []
    return cards_of(request.account)


def _form(request: PanelRequest, quote: Quote) -> ConfirmForm:
    """Says again what was missing; what was chosen is chosen again."""
    cards = cards_to_charge(request, quote)
    missing = request.GET.get(MISSING)
    if missing is None:
        return ConfirmForm(cards)
    return ConfirmForm(cards, {"pago": "-", "acepto": "on"} if missing == "pago" else {})


def _show(request: PurchaseRequest, quote: Quote, template: str, context: dict[str, Any]) -> HttpResponse:
    shown = {
        "quote": quote,
        "services": [(each, describe_grants(each.plan.product.kind, each.grants)) for each in quote.services],
        "changes": differences(request.GET[SEEN], quote) if SEEN in request.GET else [],
        "form": _form(request, quote),
        "action": _address(request),
        "sealed": seal(quote),
        "coupon_choices": choices_beside(CouponForm(), request.GET),
        "denied": why_not(request),
        "clabe": settings.TRANSFER_CLABE,
        "bank": settings.TRANSFER_BANK,
        "due_days": settings.TRANSFER_DUE_DAYS,
    }
    return render(request, template, {**context, **shown})

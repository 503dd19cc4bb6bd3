"""The last step of every purchase: what it costs, what it does to the invoice, the terms, *Confirmar*."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import check_role
from accounts.models import Role
from cloudpanel.core.exceptions import BusinessError
from marketplace.forms import ConfirmForm
from marketplace.services.pricing import Quote, differences
from marketplace.services.purchases import confirm_purchase, find_order
from marketplace.services.usage import describe_grants
from marketplace.views.steps import SHOWN, order_address, to_existing_order, why_not


def show_or_place(
    request: HttpRequest, quote: Quote, template: str, context: dict[str, Any], return_path: str = ""
) -> HttpResponse:
    """GET shows ``quote``; POST places exactly what was shown, and shows what changed if it is not the same any more."""
    if request.method != "POST":
        return _show(request, quote, template, context, ConfirmForm())
    check_role(request, Role.ACCOUNT_ADMIN)
    changes = differences(request.POST.get(SHOWN, ""), quote)
    form = ConfirmForm() if changes else ConfirmForm(request.POST)
    if not changes and form.is_valid():
        try:
            order = confirm_purchase(
                actor=request.actor,  # type: ignore[attr-defined]
                account=request.account,  # type: ignore[attr-defined]
                quote=quote,
                token=request.purchase,  # type: ignore[attr-defined]
                return_path=return_path,
            )
            return redirect(order_address(order))
        except BusinessError as error:
            form.add_error(None, error.user_message)
    first = find_order(request.account, request.purchase)  # type: ignore[attr-defined]
    if first is not None:
        return to_existing_order(request, first)
    return _show(request, quote, template, {**context, "changes": changes}, form)


def _show(
    request: HttpRequest, quote: Quote, template: str, context: dict[str, Any], form: ConfirmForm
) -> HttpResponse:
    shown = {
        "quote": quote,
        "grants": describe_grants(quote.plan.product.kind, quote.grants),
        "form": form,
        "sealed": quote.seal(),
        "denied": why_not(request),
        "clabe": settings.TRANSFER_CLABE,
        "bank": settings.TRANSFER_BANK,
        "due_days": settings.TRANSFER_DUE_DAYS,
    }
    return render(request, template, {**context, **shown})

"""*Cancelar la suscripción*, its renewal switch, and *Reactivar*."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import account_required, check_role, get_visible_or_404
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from marketplace.change_forms import CancelForm
from marketplace.models import Order, Subscription
from marketplace.services.cancellations import (
    cancel_at_period_end,
    cancel_now,
    quote_cancellation,
    reactivate_subscription,
    set_auto_renew,
)
from marketplace.services.changing import fixed_reason
from marketplace.services.renewals import next_charge
from marketplace.views.steps import order_address

WHOLE = Subscription.objects.select_related("product", "plan", "account")


def _find(request: PanelRequest, public_id: UUID) -> Subscription:
    """A stranger gets 404; who sees it but does not administer the account 403."""
    found = get_visible_or_404(request, WHOLE, public_id)
    check_role(request, Role.ACCOUNT_ADMIN)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@account_required
def cancel(request: PanelRequest, subscription: UUID) -> HttpResponse:
    """Shows what each way of ending costs and does to the data; a POST of exactly that carries it out."""
    found = _find(request, subscription)
    if reason := found.closed_reason or fixed_reason(found):
        messages.info(request, reason)
        return redirect("marketplace:subscription", found.public_id)
    form = CancelForm(request.POST if request.method == "POST" else None, initial={"cuando": CancelForm.AT_END})
    if form.is_valid():
        try:
            return redirect(order_address(_carry_out(request, found, form)))
        except BusinessError as error:
            form.add_error(None, error.user_message)
            found = _find(request, subscription)  # as it is now: the error may say that it changed
    quote = quote_cancellation(found)
    context = {
        "subscription": found,
        "form": form,
        "quote": quote,
        "shown": str(quote.today.total),
        "token": request.POST.get("compra") or uuid4(),
        "grace_days": settings.CANCELLATION_GRACE_DAYS,
    }
    return render(request, "marketplace/cancel_subscription.html", context)


def _carry_out(request: PanelRequest, found: Subscription, form: CancelForm) -> Order:
    facts = {
        "actor": request.actor,
        "subscription": found,
        "token": _token_in(request),
        "reason": form.cleaned_data["motivo"],
    }
    if form.cleaned_data["cuando"] == CancelForm.NOW:
        return cancel_now(**facts, shown=_shown_in(request))
    return cancel_at_period_end(**facts)


def _token_in(request: PanelRequest) -> UUID:
    try:
        return UUID(request.POST.get("compra", ""))
    except ValueError as error:
        raise BusinessError(_("Recargue la página y vuelva a intentarlo."), code="no_token") from error


def _shown_in(request: PanelRequest) -> Decimal:
    try:
        return (
            Decimal(request.POST.get("mostrado", "")[:20]) + 0
        )  # a number that signals does so here, not where compared
    except InvalidOperation as error:
        raise BusinessError(_("Recargue la página y vuelva a intentarlo."), code="stale") from error


@require_POST
@account_required
def auto_renew(request: PanelRequest, subscription: UUID) -> HttpResponse:
    found = _find(request, subscription)
    wanted = request.POST.get("renovar") == "si"
    try:
        set_auto_renew(actor=request.actor, subscription=found, auto_renew=wanted)
        messages.success(
            request,
            _("La suscripción se renovará sola.")
            if wanted
            else _("La suscripción no se renovará: termina con el periodo."),
        )
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("marketplace:subscription", found.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@account_required
def reactivate(request: PanelRequest, subscription: UUID) -> HttpResponse:
    """Says first what the new period costs."""
    found = _find(request, subscription)
    if not found.is_cancelled:
        messages.info(request, found.closed_reason or _("La suscripción ya está activa."))
        return redirect("marketplace:subscription", found.public_id)
    if request.method != "POST":
        found.begin_anew(found.today())
        charge, _skipped = next_charge(found, found.today())
        return render(request, "marketplace/reactivate.html", {"subscription": found, "charge": charge})
    try:
        reactivate_subscription(actor=request.actor, subscription=found)
        messages.success(request, _("La suscripción está activa de nuevo."))
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("marketplace:subscription", found.public_id)

"""*Métodos de pago*: the account's cards, and where transfers go."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from billing.models import CardSetup, Invoice, PaymentMethod
from billing.services.methods import (
    check_card_setup,
    choose_default,
    remove_card,
    secret_of,
    start_card_setup,
    why_no_cards,
)
from billing.views.gateway_page import allow_gateway, gateway_context
from cloudpanel.core.exceptions import BusinessError

State = CardSetup.State
MOST_INVOICES = 5


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def methods(request: PanelRequest) -> HttpResponse:
    owed = Invoice.objects.visible_to(request.membership).open().order_by("due_date", "pk")
    context = {
        "cards": PaymentMethod.objects.visible_to(request.membership),
        "no_cards": why_no_cards(),
        "invoices": owed[:MOST_INVOICES],
        "bank": settings.TRANSFER_BANK,
        "clabe": settings.TRANSFER_CLABE,
    }
    return render(request, "billing/methods.html", context)


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def add_card(request: PanelRequest) -> HttpResponse:
    """``factura``: the invoice to come back to."""
    wanted = request.POST.get("factura")
    invoice = get_visible_or_404(request, Invoice, wanted) if _is_uuid(wanted) else None
    try:
        setup = start_card_setup(actor=request.actor, account=request.account, invoice=invoice)
    except BusinessError as error:
        messages.warning(request, error.user_message)
        return redirect("billing:methods")
    return redirect("billing:card_setup", setup.public_id)


@require_safe
@never_cache
@require_role(Role.ACCOUNT_ADMIN)
def card_setup(request: PanelRequest, setup: UUID) -> HttpResponse:
    """HTMX asks with the ``estado`` that it shows; when that has changed the whole page is fetched anew: the form needs a
    policy of its own."""
    found = get_visible_or_404(request, CardSetup.objects.select_related("invoice", "method"), setup)
    if request.htmx:
        is_same = request.GET.get("estado") == found.state
        return HttpResponse(status=204) if is_same else HttpResponse(headers={"HX-Refresh": "true"})
    if found.state == State.DONE:
        messages.success(request, _("Guardamos su tarjeta: %(card)s.") % {"card": found.method})
        return redirect("billing:pay", found.invoice.public_id) if found.invoice else redirect("billing:methods")
    secret = secret_of(found) if found.state == State.OPEN else ""
    context = {
        "setup": found,
        "is_live": found.state in {State.PREPARING, State.CHECKING},
        **gateway_context(secret),
    }
    response = render(request, "billing/card_setup.html", context)
    return allow_gateway(response) if secret else response


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def card_typed(request: PanelRequest, setup: UUID) -> HttpResponse:
    found = get_visible_or_404(request, CardSetup.objects.select_related("account"), setup)
    check_card_setup(actor=request.actor, setup=found)
    return redirect("billing:card_setup", found.public_id)


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def make_default(request: PanelRequest, method: UUID) -> HttpResponse:
    found = get_visible_or_404(request, PaymentMethod, method)
    try:
        choose_default(actor=request.actor, method=found)
        messages.success(request, _("Desde ahora se cobra a %(card)s.") % {"card": found})
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("billing:methods")


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.ACCOUNT_ADMIN)
def remove(request: PanelRequest, method: UUID) -> HttpResponse:
    """Asks first: what will be charged from then on."""
    found = get_visible_or_404(request, PaymentMethod.objects.select_related("account"), method)
    if request.method != "POST":
        others = PaymentMethod.objects.visible_to(request.membership).exclude(pk=found.pk)
        return render(request, "billing/remove_card.html", {"card": found, "next_card": others.first()})
    try:
        remove_card(actor=request.actor, method=found)
        messages.success(request, _("Quitamos su tarjeta: %(card)s.") % {"card": found})
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("billing:methods")


def _is_uuid(text: str | None) -> bool:
    try:
        return bool(UUID(text or ""))
    except ValueError:
        return False

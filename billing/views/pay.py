"""*Pagar esta factura*, and what became of a payment."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from billing.forms.pay import CardForm
from billing.models import Invoice, Payment, PaymentMethod
from billing.services import charges
from billing.services.instalments import complements_of
from billing.services.methods import secret_of, why_no_cards
from billing.views.gateway_page import allow_gateway, gateway_context
from cloudpanel.core.exceptions import BusinessError

WAITING = frozenset({Payment.State.PENDING, Payment.State.PROCESSING})


@require_safe
@never_cache
@require_role(Role.ACCOUNT_ADMIN)
def pay(request: PanelRequest, invoice: UUID) -> HttpResponse:
    found = get_visible_or_404(request, Invoice, invoice)
    return _pay_page(request, found, _card_form(request, None))


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def pay_with_card(request: PanelRequest, invoice: UUID) -> HttpResponse:
    found = get_visible_or_404(request, Invoice, invoice)
    form = _card_form(request, request.POST)
    if form.is_valid():
        try:
            payment = charges.pay_with_card(
                actor=request.actor, invoice=found, method=form.card, token=str(form.cleaned_data["token"])
            )
            return redirect("billing:payment", payment.public_id)
        except BusinessError as error:
            form.add_error(error.field or None, error.user_message)
            found.refresh_from_db()
    return _pay_page(request, found, form)


def _card_form(request: PanelRequest, data: object) -> CardForm:
    cards = list(PaymentMethod.objects.visible_to(request.membership))
    return CardForm(data, cards=cards)


def _pay_page(request: PanelRequest, invoice: Invoice, form: CardForm) -> HttpResponse:
    context = {
        "invoice": invoice,
        "form": form,
        "no_cards": why_no_cards(),
        "under_way": charges.charge_under_way(invoice),
        "bank": settings.TRANSFER_BANK,
        "clabe": settings.TRANSFER_CLABE,
    }
    return render(request, "billing/pay.html", context)


@require_safe
@never_cache
@require_role(Role.ACCOUNT_ADMIN)
def payment(request: PanelRequest, payment: UUID) -> HttpResponse:
    """HTMX asks with the ``estado`` that it shows; when that has changed the whole page is fetched anew, because the next
    one may need the gateway's script."""
    rows = Payment.objects.select_related("invoice", "card_charge__method")
    found = get_visible_or_404(request, rows, payment)
    if request.htmx:
        is_same = request.GET.get("estado") == found.state
        return HttpResponse(status=204) if is_same else HttpResponse(headers={"HX-Refresh": "true"})
    secret = secret_of(getattr(found, "card_charge", None)) if found.state == Payment.State.NEEDS_ACTION else ""
    context = {
        "payment": found,
        "reason": _(found.failure_message) if found.failure_message else "",
        "is_live": found.state in WAITING,
        "disputes": list(found.disputes.order_by("pk")),
        "complements": complements_of(found),
        **gateway_context(secret),
    }
    response = render(request, "billing/payment.html", context)
    return allow_gateway(response) if secret else response


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def authorised(request: PanelRequest, payment: UUID) -> HttpResponse:
    """The bank has answered in the browser; what it said is asked of the gateway."""
    found = get_visible_or_404(request, Payment, payment)
    if found.state in WAITING | {Payment.State.NEEDS_ACTION}:
        charges.note_answer(actor=request.actor, payment=found)
    return redirect("billing:payment", found.public_id)


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def give_up(request: PanelRequest, payment: UUID) -> HttpResponse:
    found = get_visible_or_404(request, Payment, payment)
    try:
        charges.give_up_charge(actor=request.actor, payment=found)
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("billing:payment", found.public_id)

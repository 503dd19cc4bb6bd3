"""*Transferir dominio*: indicar dominio → Buscar → cost per year → clave de autorización → Enviar; then *Confirmar* when the
check has passed, all on the domain's page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.domain_names import lookalike_warning, readable
from cloudpanel.core.exceptions import BusinessError
from domains.models import Contact, Domain, DomainTransfer
from domains.registries import registry_of
from domains.registry_forms import TransferForm, TransferNameForm
from domains.services.buying import placing_transfer, quote_transfer
from domains.services.contacts import create_contact, missing_in
from domains.services.names import ending_of, require_sold, shop_for
from domains.services.transferring import ask_for_transfer, cancel_transfer, check_auth_code
from domains.views.buying import MOST_HOLDERS
from domains.views.common import add_refusal, administrator_view, done_or_told
from marketplace.views.confirmation import show_or_place, with_coupon_in
from marketplace.views.steps import purchase_step


@never_cache
@require_role(Role.ACCOUNT_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: PanelRequest) -> HttpResponse:
    """*Buscar* asks for the domain, *Enviar* for the rest. The name stands in the address."""
    if "dominio" not in request.GET:
        return render(request, "domains/transfer.html", {"form": TransferNameForm()})
    name_form = TransferNameForm(request.GET)
    try:
        offer = _offer(request, name_form)
    except BusinessError as refusal:
        add_refusal(name_form, refusal)
    if not name_form.is_valid():
        return render(request, "domains/transfer.html", {"form": name_form})
    contacts = list(Contact.objects.visible_to(request.membership).order_by("-pk")[:MOST_HOLDERS])
    form = bound_or_stashed(request, TransferForm, contacts=contacts)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("domains:domain", _ask(request, offer["name"], form).public_id)
        except BusinessError as refusal:
            add_refusal(form, refusal)
    return render(request, "domains/transfer_key.html", {"form": form, **offer})


def _offer(request: PanelRequest, form: TransferNameForm) -> dict[str, Any]:
    """What *Buscar* shows. BusinessError when we do not take such domains; nothing when the form is wrong already."""
    if not form.is_valid():
        return {}
    name = form.cleaned_data["dominio"]
    shop = require_sold(shop_for(request.account), name)
    registry = registry_of(ending_of(name))
    return {
        "name": name,
        "readable_name": readable(name),
        "price": shop.price(ending_of(name)),
        "lookalike": lookalike_warning(name),
        "days": registry.transfer_days if registry else 5,
    }


def _ask(request: PanelRequest, name: str, form: TransferForm) -> Domain:
    code = check_auth_code(form.cleaned_data["clave"])
    contact = form.chosen or create_contact(actor=request.actor, account=request.account, data=form.data_of_new())
    if missing_in(contact):
        raise BusinessError(_("A este titular le faltan datos: escríbalos como otro titular."), field="titular")
    return ask_for_transfer(actor=request.actor, account=request.account, name=name, registrant=contact, auth_code=code)


@administrator_view
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_transfer(request: PanelRequest, domain: Domain) -> HttpResponse:
    """The check has passed: cost, terms, *Confirmar*."""
    if domain.kind != Domain.Kind.TRANSFER or domain.transfer.step != DomainTransfer.Step.READY:
        messages.info(request, _("Esta transferencia ya no espera confirmación."))
        return redirect("domains:domain", domain.public_id)
    return _confirmation(request, domain=domain)


@purchase_step
def _confirmation(request: PanelRequest, domain: Domain) -> HttpResponse:
    try:
        shop = require_sold(shop_for(request.account), domain.name)
    except BusinessError as refusal:
        messages.warning(request, refusal.user_message)
        return redirect("domains:domain", domain.public_id)
    quote, coupon = with_coupon_in(request, quote_transfer(shop, domain.name))
    context = {"domain": domain, "coupon": coupon, "back": reverse("domains:domain", args=[domain.public_id])}
    return show_or_place(request, quote, "domains/confirm_transfer.html", context, on_placed=placing_transfer(domain))


@administrator_view
@require_POST
def cancel(request: PanelRequest, domain: Domain) -> HttpResponse:
    def act() -> None:
        if domain.kind != Domain.Kind.TRANSFER:
            raise BusinessError(_("La transferencia ya terminó."), code="over")
        cancel_transfer(actor=request.actor, domain=domain)

    return done_or_told(request, domain, act, _("La transferencia se canceló. Si ya había pagado, se le devuelve."))

"""*Nuevo dominio*: Encontrar dominio → Enviar → registrant → confirmation → *Confirmar*."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.domain_names import clean_registrable, lookalike_warning, readable
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from domains.models import Contact, DomainSearch
from domains.registry_forms import RegistrationForm, SearchForm
from domains.search_results import results_of
from domains.services.buying import Choice, placing_registration, quote_registration
from domains.services.contacts import create_contact, missing_in
from domains.services.names import Shop, ending_of, most_years, require_sold, shop_for
from domains.services.searching import start_search
from domains.views.common import add_refusal
from marketplace.views.confirmation import show_or_place, with_coupon_in
from marketplace.views.steps import purchase_step, steps_line, with_choices

STEPS = (gettext_lazy("Encontrar dominio"), gettext_lazy("Titular"), gettext_lazy("Confirmación"))
NOTHING_SOLD = gettext_lazy("En este momento no vendemos dominios. Escriba a soporte.")
MOST_HOLDERS = 50


@never_cache
@require_role(Role.ACCOUNT_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: PanelRequest) -> HttpResponse:
    """A POST begins a search; its answers appear below as the registries give them."""
    form = bound_or_stashed(request, SearchForm, initial={"buscar": request.GET.get("buscar", "")[:253]})
    shop = shop_for(request.account)
    if request.method == "POST" and form.is_valid():
        try:
            begun = _begin(request, shop, form.cleaned_data["buscar"])
            return redirect(with_choices(reverse("domains:search"), QueryDict(), busqueda=begun.public_id))
        except BusinessError as refusal:
            add_refusal(form, refusal)
    results = _results(request, shop)
    if "search" in results:
        form.initial["buscar"] = form.initial.get("buscar") or results["search"].text
    context = {"form": form, "steps": steps_line(0, STEPS), "is_closed": shop is None, **results}
    return render_page_or_fragment(request, "domains/search.html", "domains/_results.html", context)


def _begin(request: PanelRequest, shop: Shop | None, text: str) -> DomainSearch:
    if shop is None:
        raise BusinessError(str(NOTHING_SOLD))
    return start_search(actor=request.actor, account=request.account, shop=shop, text=text)


def _results(request: PanelRequest, shop: Shop | None) -> dict[str, Any]:
    try:
        public_id = UUID(request.GET.get("busqueda", ""))
    except ValueError:
        return {}
    found = DomainSearch.objects.visible_to(request.membership).filter(public_id=public_id).first()
    if found is None or shop is None:
        return {"is_forgotten": shop is not None}
    return {"search": found, "results": results_of(found, shop), "address": request.get_full_path()}


@never_cache
@require_role(Role.ACCOUNT_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def holder(request: PanelRequest) -> HttpResponse:
    """*Enviar* leads here with the chosen name. A POST with everything needed leads on to the confirmation."""
    try:
        name, shop = _name_and_shop(request)
    except BusinessError as refusal:
        messages.warning(request, refusal.user_message)
        return redirect("domains:search")
    contacts = list(Contact.objects.visible_to(request.membership).order_by("-pk")[:MOST_HOLDERS])
    offers_privacy = shop.privacy_price(ending_of(name)) is not None
    kwargs = {"contacts": contacts, "years": most_years(name), "offers_privacy": offers_privacy}
    form = bound_or_stashed(request, RegistrationForm, **kwargs, initial=_chosen_before(request))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_on_to_confirmation(request, name, form))
        except BusinessError as refusal:
            add_refusal(form, refusal)
    context = {
        "form": form,
        "name": name,
        "readable_name": readable(name),
        "price": shop.price(ending_of(name)),
        "privacy_price": shop.privacy_price(ending_of(name)),
        "lookalike": lookalike_warning(name),
        "steps": steps_line(1, STEPS),
    }
    return render(request, "domains/holder.html", context)


def _name_and_shop(request: PanelRequest) -> tuple[str, Shop]:
    """The name in the address, which is on sale. BusinessError otherwise."""
    name = clean_registrable(request.GET.get("dominio", ""), field="dominio")
    return name, require_sold(shop_for(request.account), name)


def _chosen_before(request: PanelRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("titular", "anios", "privacidad") if name in request.GET}


def _on_to_confirmation(request: PanelRequest, name: str, form: RegistrationForm) -> str:
    contact = form.chosen or create_contact(actor=request.actor, account=request.account, data=form.data_of_new())
    if missing_in(contact):
        raise BusinessError(_("A este titular le faltan datos: escríbalos como otro titular."), field="titular")
    choices = {
        "dominio": name,
        "titular": contact.public_id,
        "anios": form.cleaned_data["anios"],
        "privacidad": int(form.cleaned_data.get("privacidad", False)),
    }
    keep = QueryDict(mutable=True)
    if "compra" in request.GET:
        keep["compra"] = request.GET["compra"]
    return with_choices(reverse("domains:confirm"), keep, **choices)


@require_role(Role.ACCOUNT_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
@purchase_step
def confirm(request: PanelRequest) -> HttpResponse:
    """What it costs, the terms, *Confirmar*; the order's page and Inicio tell the rest."""
    try:
        name, shop = _name_and_shop(request)
    except BusinessError as refusal:
        messages.warning(request, refusal.user_message)
        return redirect("domains:search")
    contact = get_visible_or_404(request, Contact, _uuid_in(request, "titular"))
    years = _years_in(request, most_years(name))
    choice = Choice(name, years, contact, is_private=request.GET.get("privacidad") == "1")
    quote, coupon = with_coupon_in(request, quote_registration(shop, name, years=years, is_private=choice.is_private))
    context = {
        "choice": choice,
        "readable_name": readable(name),
        "coupon": coupon,
        "steps": steps_line(2, STEPS),
        "back": with_choices(reverse("domains:holder"), request.GET),
    }
    placed = placing_registration(request.account, choice)
    return show_or_place(request, quote, "domains/confirm.html", context, on_placed=placed)


def _uuid_in(request: PanelRequest, name: str) -> UUID:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return UUID(int=0)  # nobody's


def _years_in(request: PanelRequest, most: int) -> int:
    text = request.GET.get("anios", "")
    years = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else 1
    return min(max(years, 1), most)

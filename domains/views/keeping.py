"""What is done with a registered domain, each on an address of its own below its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from domains.models import Contact, Domain
from domains.registry_forms import DsForm, HolderForm, NameserversForm, YearsForm
from domains.services import keeping
from domains.services.buying import placing_restore, quote_restore
from domains.services.contacts import create_contact
from domains.services.findings import take_theirs, write_ours
from domains.services.names import require_sold, shop_for
from domains.services.renewing import renew_now, years_to_come
from domains.views.buying import MOST_HOLDERS
from domains.views.common import add_refusal, administrator_view, domain_view, done_or_told
from marketplace.models import Subscription
from marketplace.services.cancellations import set_auto_renew
from marketplace.views.confirmation import show_or_place, with_coupon_in
from marketplace.views.steps import purchase_step


@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
@require_safe
def of_subscription(request: PanelRequest, subscription: UUID) -> HttpResponse:
    """Lists of services lead here: a domain's subscription has no panel but the domain's page."""
    found = get_visible_or_404(request, Subscription, subscription)
    domain = get_object_or_404(Domain, subscription=found)
    return redirect("domains:domain", domain.public_id)


def _form_page(
    request: PanelRequest, domain: Domain, form: Any, save: Callable[[Any], Any], page: str, **context: Any
) -> HttpResponse:
    """A page with one form whose service says what is wrong."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form)
            messages.success(request, _("Se está cambiando en el registro."))
            return redirect("domains:domain", domain.public_id)
        except BusinessError as refusal:
            add_refusal(form, refusal)
    closed = keeping.closed_reason(domain)
    return render(request, page, {"domain": domain, "form": form, "closed": closed, **context})


@administrator_view
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: PanelRequest, domain: Domain) -> HttpResponse:
    """*Renovar*: years, what they cost, and the invoice that pays them."""
    most = years_to_come(domain)
    form = bound_or_stashed(request, YearsForm, most=max(most, 1), initial={"anios": 1})
    closed = keeping.closed_reason(domain)
    if request.method == "POST" and form.is_valid():
        try:
            keeping.require_open(domain)
            invoice = renew_now(actor=request.actor, domain=domain, years=form.cleaned_data["anios"])
            messages.success(request, _("Se emitió la factura. El dominio se renueva cuando llegue su pago."))
            return redirect(f"/cuenta/facturas/{invoice.public_id}/" if invoice else _page(domain))
        except BusinessError as refusal:
            add_refusal(form, refusal)
    context = {"domain": domain, "form": form, "most": most, "closed": closed, "price": _yearly(domain)}
    return render(request, "domains/renew.html", context)


def _page(domain: Domain) -> str:
    return reverse("domains:domain", args=[domain.public_id])


def _yearly(domain: Domain) -> Any:
    return domain.subscription.price if domain.subscription else None


@administrator_view
@require_POST
def auto_renew(request: PanelRequest, domain: Domain) -> HttpResponse:
    wanted = request.POST.get("renovar") == "si"
    done = _("Se renovará solo.") if wanted else _("No se renovará: deja de ser suyo cuando venza.")

    def act() -> None:
        keeping.require_open(domain)
        set_auto_renew(actor=request.actor, subscription=domain.subscription, auto_renew=wanted)  # type: ignore[arg-type]

    return done_or_told(request, domain, act, done)


@domain_view
@require_POST
def lock(request: PanelRequest, domain: Domain) -> HttpResponse:
    wanted = request.POST.get("bloquear") == "si"
    done = _("Se está bloqueando.") if wanted else _("Se está quitando el bloqueo.")
    act = partial(keeping.set_lock, actor=request.actor, domain=domain, is_locked=wanted)
    return done_or_told(request, domain, act, done)


@never_cache
@administrator_view
@require_http_methods(["GET", "HEAD", "POST"])
def auth_code(request: PanelRequest, domain: Domain) -> HttpResponse:
    """The key is in the answer to this POST and nowhere else: a reload asks for another one."""
    context: dict[str, Any] = {"domain": domain, "closed": keeping.closed_reason(domain)}
    if request.method == "POST":
        try:
            context["code"] = keeping.ask_auth_code(actor=request.actor, domain=domain)
        except BusinessError as refusal:
            context["refusal"] = refusal.user_message
    return render(request, "domains/auth_code.html", context)


@domain_view
@require_http_methods(["GET", "HEAD", "POST"])
def nameservers(request: PanelRequest, domain: Domain) -> HttpResponse:
    form = bound_or_stashed(request, NameserversForm, domain=domain)

    def save(valid: NameserversForm) -> None:
        keeping.change_nameservers(actor=request.actor, domain=domain, hosts=valid.cleaned_data["servidores"])

    return _form_page(request, domain, form, save, "domains/nameservers.html")


@domain_view
@require_http_methods(["GET", "HEAD", "POST"])
def dnssec(request: PanelRequest, domain: Domain) -> HttpResponse:
    form = bound_or_stashed(request, DsForm, domain=domain)

    def save(valid: DsForm) -> None:
        keeping.change_ds_records(actor=request.actor, domain=domain, records=valid.cleaned_data["registros"])

    return _form_page(request, domain, form, save, "domains/dnssec.html")


@administrator_view
@require_http_methods(["GET", "HEAD", "POST"])
def registrant(request: PanelRequest, domain: Domain) -> HttpResponse:
    contacts = list(Contact.objects.visible_to(request.membership).order_by("-pk")[:MOST_HOLDERS])
    initial = {"titular": str(domain.registrant.public_id)} if domain.registrant else {}
    form = bound_or_stashed(request, HolderForm, contacts=contacts, initial=initial)

    def save(valid: HolderForm) -> None:
        keeping.require_open(domain)
        contact = valid.chosen or create_contact(actor=request.actor, account=request.account, data=valid.data_of_new())
        keeping.change_registrant(actor=request.actor, domain=domain, contact=contact)

    return _form_page(request, domain, form, save, "domains/registrant.html")


@domain_view
@require_POST
def retry(request: PanelRequest, domain: Domain) -> HttpResponse:
    act = partial(keeping.retry, actor=request.actor, domain=domain)
    return done_or_told(request, domain, act, _("Se está intentando de nuevo."))


@administrator_view
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: PanelRequest, domain: Domain) -> HttpResponse:
    """*Rescatar*: the registry's price and a year."""
    return _restore(request, domain=domain)


@purchase_step
def _restore(request: PanelRequest, domain: Domain) -> HttpResponse:
    try:
        shop = require_sold(shop_for(request.account), domain.name)
        quote, coupon = with_coupon_in(request, quote_restore(shop, domain))
    except BusinessError as refusal:
        messages.warning(request, refusal.user_message)
        return redirect("domains:domain", domain.public_id)
    context = {"domain": domain, "coupon": coupon, "back": _page(domain)}
    return show_or_place(request, quote, "domains/confirm_restore.html", context, on_placed=placing_restore(domain))


@administrator_view
@require_POST
def keep_ours(request: PanelRequest, domain: Domain, finding: int) -> HttpResponse:
    found = get_object_or_404(domain.findings, pk=finding)
    act = partial(write_ours, actor=request.actor, finding=found)
    return done_or_told(request, domain, act, _("Se está escribiendo en el registro lo que dice el panel."))


@administrator_view
@require_POST
def accept_theirs(request: PanelRequest, domain: Domain, finding: int) -> HttpResponse:
    found = get_object_or_404(domain.findings, pk=finding)
    act = partial(take_theirs, actor=request.actor, finding=found)
    return done_or_told(request, domain, act, _("El panel dice ahora lo mismo que el registro."))

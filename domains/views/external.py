"""*Añada su dominio*: one that is held elsewhere and goes on being paid there."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from domains.forms import DomainNameForm
from domains.models import Domain
from domains.services import ownership
from domains.services.looking_up import ask_again
from domains.views.common import add_refusal, administrator_view, done_or_told


@require_role(Role.ACCOUNT_ADMIN)
def external_domain(request: PanelRequest) -> HttpResponse:
    form = bound_or_stashed(request, DomainNameForm)
    if request.method == "POST" and form.is_valid():
        try:
            row = ownership.claim_domain(actor=request.actor, account=request.account, name=form.cleaned_data["name"])
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("domains:domain", row.public_id)
    return render(request, "domains/external.html", {"form": form})


@administrator_view
@require_POST
def check_ownership(request: PanelRequest, domain: Domain) -> HttpResponse:
    act = partial(ownership.check_ownership_now, actor=request.actor, domain=domain)
    said = _("Se está comprobando el registro. Actualice en unos segundos.")
    return done_or_told(request, domain, act, said, tell=messages.info, refuse=messages.error)


@administrator_view
@require_POST
def look_up(request: PanelRequest, domain: Domain) -> HttpResponse:
    act = partial(ask_again, actor=request.actor, domain=domain)
    said = _("Se está preguntando al registro. Actualice en unos segundos.")
    return done_or_told(request, domain, act, said, tell=messages.info, refuse=messages.error)


@administrator_view
def remove_from_list(request: PanelRequest, domain: Domain) -> HttpResponse:
    if request.method == "POST":
        try:
            ownership.remove_from_list(actor=request.actor, domain=domain)
        except BusinessError as refusal:
            messages.error(request, refusal.user_message)
            return redirect("domains:domain", domain.public_id)
        messages.success(request, _("Se quitó el dominio %(name)s.") % {"name": domain.readable_name})
        return redirect("domains:list")
    return render(request, "domains/remove.html", {"domain": domain})

"""Mi perfil, the theme, and which account one is working in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import sign_in_required
from accounts.forms.profile import ProfileForm
from accounts.middleware import SESSION_KEY
from accounts.requests import PanelRequest
from accounts.services.people import change_profile, choose_account
from accounts.stash import bound_or_stashed
from accounts.themes import remember_theme
from cloudpanel.core.exceptions import BusinessError


def local_address(request: PanelRequest, address: str, otherwise: str = "/") -> str:
    """``address`` if it is a path of this site, ``otherwise`` if not: ``redirect()`` would take a bare word for the
    name of a view."""
    is_safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if is_safe and address.startswith("/") else otherwise


@sign_in_required
def profile(request: PanelRequest) -> HttpResponse:
    user = request.user
    form = bound_or_stashed(request, ProfileForm, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        change_profile(actor=request.actor, user=user, account=request.account, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Guardamos los cambios de su perfil."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@require_POST
def theme(request: PanelRequest) -> HttpResponse:
    response = redirect(local_address(request, request.POST.get("next", "")))
    remember_theme(response, request.POST.get("theme", ""))
    return response


@sign_in_required
@require_POST
def switch_account(request: PanelRequest) -> HttpResponse:
    try:
        member = choose_account(
            user=request.user, members=request.memberships, public_id=request.POST.get("account", "")
        )
    except BusinessError as error:
        messages.error(request, error.user_message)
    else:
        request.session[SESSION_KEY] = member.account_id
        messages.success(request, _("Ahora trabaja en la cuenta %(account)s.") % {"account": member.account})
    return redirect("home")

"""Cambio de correo: asked for when signed in; confirmed and undone by whoever holds the link that we sent."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import sign_in_required
from accounts.forms.profile_email import EmailChangeForm
from accounts.middleware import client_address
from accounts.requests import PanelRequest
from accounts.services.email_change import (
    cancel_email_change,
    confirm_email_change,
    find_change_to_confirm,
    find_change_to_revert,
    request_email_change,
    revert_email_change,
)
from cloudpanel.core.exceptions import BusinessError


@sign_in_required
@reauthentication_required(allow_get=False)
def change_email(request: PanelRequest) -> HttpResponse:
    form = EmailChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            request_email_change(actor=request.actor, account=request.account, user=request.user, email=email)
        except BusinessError as error:
            form.add_error(error.field or None, error.user_message)
        else:
            text = _("Le enviamos un enlace a %(email)s. Ábralo en las próximas 24 horas para confirmar el cambio.")
            messages.success(request, text % {"email": email})
            return redirect("accounts:email")
    waiting = request.user.email_changes.filter(state="requested").first()
    waiting = waiting if waiting and waiting.is_open else None
    return render(request, "accounts/email_change.html", {"form": form, "waiting": waiting})


@sign_in_required
@require_POST
def cancel_change(request: PanelRequest) -> HttpResponse:
    cancel_email_change(user=request.user)
    messages.info(request, _("El cambio de correo quedó cancelado."))
    return redirect("accounts:email")


@never_cache
def confirm_change(request: PanelRequest, token: str) -> HttpResponse:
    """GET only asks: mail programs open links by themselves."""
    change = find_change_to_confirm(token)
    if change is None:
        return render(request, "accounts/email_link_dead.html", status=410)
    if request.method == "POST":
        try:
            confirm_email_change(change=change, origin=client_address(request))
        except BusinessError:
            return render(request, "accounts/email_link_dead.html", status=410)
        return render(request, "accounts/email_changed.html", {"change": change})
    return render(request, "accounts/email_confirm.html", {"change": change})


@never_cache
def revert_change(request: PanelRequest, token: str) -> HttpResponse:
    change = find_change_to_revert(token)
    if change is None:
        return render(request, "accounts/email_link_dead.html", status=410)
    if request.method == "POST":
        try:
            was_done = revert_email_change(change=change, origin=client_address(request))
        except BusinessError:
            return render(request, "accounts/email_link_dead.html", status=410)
        return render(request, "accounts/email_reverted.html", {"change": change, "was_done": was_done})
    return render(request, "accounts/email_revert.html", {"change": change})

"""The pages behind the link in the activation e-mail. Opening the link changes nothing (mail scanners do it too);
only the button does."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.access import account_required
from accounts.middleware import SESSION_KEY, client_address
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from users.forms.activation import PasswordForm
from users.models import Activation
from users.services.activation import activate, ask_for_new_link, dead_link, find_activation

GONE = 410


@never_cache
@sensitive_post_parameters("password")
def activation_page(request: PanelRequest, token: str) -> HttpResponse:
    activation = find_activation(token)
    if activation is None or activation.state != Activation.State.OPEN or not _lets_in(activation):
        return _dead(request, token, activation)
    with translation.override(activation.membership.user.language):
        form = PasswordForm(request.POST if request.method == "POST" else None, user=activation.membership.user)
        if request.method == "POST" and form.is_valid():
            try:
                return _come_in(request, token, form)
            except BusinessError as error:
                if error.code.startswith("link_"):
                    return _dead(request, token, find_activation(token))
                form.add_error(error.field or None, error.user_message)
        return render(request, "users/activation.html", {"form": form, "member": activation.membership})


@never_cache
@require_POST
def ask_new_link(request: PanelRequest, token: str) -> HttpResponse:
    is_told = ask_for_new_link(token=token)
    return render(request, "users/activation_asked.html", {"is_told": is_told})


@account_required
@require_safe
def activated(request: PanelRequest) -> HttpResponse:
    """Where an activation lands: a second factor is offered, then what the person may use."""
    landing = "users:own" if request.membership.is_service_user else "home"
    return render(request, "users/activated.html", {"landing": landing})


def _come_in(request: PanelRequest, token: str, form: PasswordForm) -> HttpResponse:
    had_password = form.user.activated_at is not None
    membership = activate(token=token, origin=client_address(request), **form.cleaned_data)
    if not had_password:
        login(request, membership.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        request.session[SESSION_KEY] = membership.account_id
        return redirect("users:activated")
    text = _("Listo: ya puede trabajar en %(account)s.") % {"account": membership.account}
    messages.success(request, text)
    if request.user == membership.user:
        request.session[SESSION_KEY] = membership.account_id
    return redirect("home")


def _lets_in(activation: Activation) -> bool:
    member = activation.membership
    return member is not None and member.is_active and member.user.is_active


def _dead(request: PanelRequest, token: str, activation: Activation | None) -> HttpResponse:
    state = activation.state if activation else Activation.State.WITHDRAWN
    if state == Activation.State.OPEN:  # valid, but its person was disabled
        state = Activation.State.WITHDRAWN
    context: dict[str, Any] = {
        "token": token,
        "state": state.value,
        "reason": dead_link(state).user_message,
        "can_ask": state in {Activation.State.EXPIRED, Activation.State.SUPERSEDED},
    }
    return render(request, "users/activation_dead.html", context, status=GONE)

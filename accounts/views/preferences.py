"""Preferencias de notificación: how one wants to be told what."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import sign_in_required
from accounts.forms.preferences import PreferencesForm
from accounts.requests import PanelRequest
from accounts.services.preferences import change_preferences, preferences_of


@sign_in_required
def preferences(request: PanelRequest) -> HttpResponse:
    form = PreferencesForm(request.POST or None, choices=preferences_of(request.user))
    if request.method == "POST" and form.is_valid():
        change_preferences(actor=request.actor, account=request.account, user=request.user, choices=form.choices())
        messages.success(request, _("Guardamos sus preferencias."))
        return redirect("accounts:preferences")
    return render(request, "accounts/preferences.html", {"form": form})

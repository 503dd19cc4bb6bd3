"""Mis servicios: what a person uses, and what to type into which program."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import account_required
from accounts.requests import PanelRequest
from users.belongings import own_services


@account_required
@require_safe
def own_page(request: PanelRequest) -> HttpResponse:
    return render(request, "users/own.html", {"services": own_services(request.membership)})

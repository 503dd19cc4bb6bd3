"""Ends one of one's own sessions; the list and "all the others" are allauth's."""

from __future__ import annotations

from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import sign_in_required
from accounts.requests import PanelRequest


@sign_in_required
@require_POST
def end_session(request: PanelRequest, pk: int) -> HttpResponse:
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    end_sessions(request, [session])
    messages.success(request, _("La sesión quedó cerrada."))
    return redirect("usersessions_list")

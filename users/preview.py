"""Ver como este usuario: an administrator looks at the panel with another person's eyes, and touches nothing.

Only the *membership* of the request changes, and with it everything that is fetched through ``visible_to``; the user
stays the administrator, so that no page of the previewed person's own (profile, sign-in, notifications) can be opened.
Whatever is not a plain GET is refused, except leaving.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import Membership
from accounts.requests import PanelRequest

SESSION_KEY = "preview"
LASTS = timedelta(minutes=30)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PERSONAL = ("/perfil/", "/acceso/", "/notificaciones/", "/solicitar-acceso/", "/admin/")
LEAVING = ("users:preview_end", "account_logout")


@dataclass(frozen=True, slots=True)
class Preview:
    """For the banner: who is looked at. ``own`` is the administrator's membership."""

    member: Membership
    own: Membership


def start(request: PanelRequest, member: Membership) -> None:
    request.session[SESSION_KEY] = {"member": member.pk, "until": time.time() + LASTS.total_seconds()}


def stop(request: PanelRequest) -> None:
    request.session.pop(SESSION_KEY, None)


class PreviewMiddleware:
    """After CurrentAccountMiddleware. The right to look is checked at every request, as every right."""

    def __init__(self, get_response: Callable[[PanelRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PanelRequest) -> HttpResponse:
        request.preview = None
        mark = request.session.get(SESSION_KEY) if request.user.is_authenticated else None
        if not mark or request.path in map(reverse, LEAVING):
            return self.get_response(request)
        member = _previewed(request, mark)
        if member is None:
            stop(request)
            return self.get_response(request)
        _look_as(request, member)
        if request.method not in SAFE or request.path.startswith(PERSONAL):
            return render(request, "users/preview_refused.html", status=403)
        return self.get_response(request)


def _previewed(request: PanelRequest, mark: dict[str, Any]) -> Membership | None:
    own: Membership | None = request.membership
    if own is None or not own.is_admin or mark["until"] < time.time():
        return None
    people = Membership.objects.filter(pk=mark["member"], account=own.account_id, is_active=True)
    return people.select_related("user", "account").first()


def _look_as(request: PanelRequest, member: Membership) -> None:
    request.preview = Preview(member, request.membership)
    member.unread_count = 0  # type: ignore[attr-defined]
    request.membership = member
    request.memberships = [member]

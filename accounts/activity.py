"""When and from where each session was last used: written at most every ten minutes, not at every page."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.middleware import client_address

SESSION_KEY = "seen_at"
EVERY = timedelta(minutes=10)


class LastSeenMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = request.session
        if request.user.is_authenticated and session.get(SESSION_KEY, 0) < time.time() - EVERY.total_seconds():
            session[SESSION_KEY] = int(time.time())
            seen = {"last_seen_at": timezone.now(), "ip": client_address(request) or "0.0.0.0"}  # noqa: S104
            UserSession.objects.filter(session_key=session.session_key).update(**seen)
        return response

"""Light, dark, or whatever the person's device says: a cookie, so that signing in already looks right."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

COOKIE = "theme"
COOKIE_AGE = int(timedelta(days=365).total_seconds())


class Theme(models.TextChoices):
    AUTO = "auto", _("Como mi dispositivo")
    LIGHT = "light", _("Claro")
    DARK = "dark", _("Oscuro")


def current_theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in Theme.values else Theme.AUTO


def remember_theme(response: HttpResponse, theme: str) -> None:
    """Unknown words are ignored: the cookie never carries what somebody typed."""
    if theme in Theme.values:
        response.set_cookie(COOKIE, theme, max_age=COOKIE_AGE, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)

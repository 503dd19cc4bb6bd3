"""Inicio and the pages of the frame itself."""

from __future__ import annotations

import logging
import secrets
import sys
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest, HttpResponseServerError
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.access import account_required, sign_in_required
from accounts.requests import PanelRequest
from accounts.stash import page_of, stash_post
from accounts.themes import current_theme
from cloudpanel.core.database import is_away
from cloudpanel.help_topics import TOPICS
from cloudpanel.home import Overview
from cloudpanel.navigation import navigation_of

logger = logging.getLogger(__name__)
RETRY_AFTER = 10  # seconds; PostgreSQL restarts in less


@sign_in_required
def home(request: PanelRequest) -> HttpResponse:
    """Support, who belongs to no account, begins in the admin."""
    if request.membership is None and request.user.is_staff:
        return redirect("admin:index")
    return overview(request)


@account_required
def overview(request: PanelRequest) -> HttpResponse:
    return render(request, "home.html", {"overview": Overview(request.membership, navigation_of(request))})


def help_page(request: PanelRequest, topic: str = "") -> HttpResponse:
    """The index, or the page of one screen. Open to everybody: who cannot sign in needs it most."""
    if topic and topic not in TOPICS:
        raise Http404
    if not topic:
        return render(request, "help/index.html", {"topics": TOPICS})
    language = "en" if (get_language() or "").startswith("en") else "es"
    context = {
        "topics": TOPICS,
        "topic": topic,
        "topic_title": TOPICS[topic][0],
        "text": f"help/{language}/{topic}.html",
    }
    return render(request, "help/page.html", context)


def robots(request: PanelRequest) -> HttpResponse:
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def csrf_failure(request: PanelRequest, reason: str = "") -> HttpResponse:
    """A page that was open before signing in again (in another tab, say) comes with an old token: the person finds
    what they typed in a fresh one. Only for what the browser vouches to come from our own pages."""
    if request.headers.get("Sec-Fetch-Site") == "same-origin" and stash_post(request):
        messages.info(
            request, _("La página ya no estaba vigente. Sus datos están a salvo: revíselos y envíelos otra vez.")
        )
        return redirect(page_of(request))
    return render(request, "403_csrf.html", status=403)


def bad_request(request: PanelRequest, exception: Exception | None = None) -> HttpResponse:
    """Reads nothing of what was sent: Django's own page checks its token, and fails once more over the same form."""
    return HttpResponseBadRequest(render_to_string("400.html", _bare_context(request)))


def server_error(request: PanelRequest) -> HttpResponse:
    """Touches neither the database nor the session: either may be what is broken. The number finds it in the log."""
    if is_away(sys.exception()):
        return unavailable(request)
    incident = secrets.token_hex(4).upper()
    logger.error("incident %s: %s %s", incident, request.method, request.path)
    return HttpResponseServerError(render_to_string("500.html", {**_bare_context(request), "incident": incident}))


def unavailable(request: PanelRequest) -> HttpResponse:
    """PostgreSQL is away: nobody's fault and soon over, so no incident, and programs are told when to come again."""
    logger.error("the database is away: %s %s", request.method, request.path)
    path = request.get_full_path() if request.method == "GET" else ""
    page = render_to_string("503.html", {**_bare_context(request), "retry_path": path})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})


def _bare_context(request: PanelRequest) -> dict[str, Any]:
    return {
        "theme": current_theme(request),
        "panel_name": settings.PANEL_NAME,
        "support_email": settings.SUPPORT_EMAIL,
        "LANGUAGE_CODE": get_language(),
    }

"""Accounts may demand a second factor of everybody who works in them: without one, everything else waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import ResolverMatch, reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.factors import has_factor_now
from accounts.requests import PanelRequest
from accounts.stash import page_of, stash_post

# What a person without a factor may still reach: setting one up, proving who they are, help, and the way out.
OPEN_NAMES = frozenset(
    {
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "help",
        "help_topic",
        "accounts:second_factor",
        "accounts:theme",
        "accounts:switch",
        "accounts:email_confirm",
        "accounts:email_revert",
        "hijack:release",
        "healthz",
        "readyz",
    }
)
OPEN_PREFIX = "mfa_"


class SecondFactorMiddleware:
    """After CurrentAccountMiddleware, which has read whether there is one in its own query."""

    def __init__(self, get_response: Callable[[PanelRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PanelRequest) -> HttpResponse:
        request.own_membership = request.membership  # before a preview puts another there
        return self.get_response(request)

    def process_view(
        self, request: PanelRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        if not request.user.is_authenticated or match is None or _is_open(match):
            return None
        return _ask_for_factor(request) if _must_wait(request) else None


def _is_open(match: ResolverMatch) -> bool:
    return match.view_name in OPEN_NAMES or (match.url_name or "").startswith(OPEN_PREFIX)


def _must_wait(request: PanelRequest) -> bool:
    """Support that entered as somebody is not asked for that person's factor; their own was asked for in the admin."""
    if request.session.get("hijack_history"):
        return False
    user, membership = request.user, request.own_membership
    if settings.STAFF_SECOND_FACTOR and user.is_staff and request.path.startswith(reverse("admin:index")):
        return not has_factor_now(user)
    if membership is None or not membership.account.requires_second_factor:
        return False
    return not membership.has_second_factor


def _ask_for_factor(request: PanelRequest) -> HttpResponse:
    """To the page that explains; programs get a 403 that says the same. What was being sent is kept."""
    text = _("Su cuenta exige un segundo factor. Configúrelo para continuar.")
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"error": "second_factor_required", "detail": text}, status=403)
    if request.method == "POST" and stash_post(request):
        messages.info(request, _("Lo que escribió está a salvo; lo encontrará al volver."))
    address = f"{reverse('accounts:second_factor')}?{urlencode({'next': page_of(request)})}"
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)

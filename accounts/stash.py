"""An expired session in the middle of a form loses nothing.

A POST that arrives without a session leaves what was typed in the new, anonymous session of the same browser; the
person signs in and finds it in the form again. Passwords, tokens and files are never kept. Whose form it was is told
by a cookie that every signed-in answer carries (an HMAC of the person, useless elsewhere): nobody else is shown it,
and without that cookie nothing is kept at all.

In a view: ``form = bound_or_stashed(request, MailboxForm, subscription=subscription)`` instead of
``MailboxForm(request.POST or None, ...)``; for formsets and the like, :func:`stashed_data`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User

SESSION_KEY = "stash"
COOKIE = "form_owner"
KEPT_FOR = timedelta(hours=2)
MAX_CHARACTERS = 100_000
NEVER_KEPT = re.compile(r"pass|contrase|token|secret|clave|cvv|csrf|otp|auth_?code|^code$", re.IGNORECASE)
F = TypeVar("F", bound=forms.BaseForm)


def owner_mark(user: User) -> str:
    return salted_hmac("accounts.stash", str(user.public_id), algorithm="sha256").hexdigest()[:40]


class FormOwnerMiddleware:
    """Keeps the cookie that says whose browser this was before its session expired."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            mark = owner_mark(request.user)
            if not constant_time_compare(request.COOKIES.get(COOKIE, ""), mark):
                age, secure = 2 * settings.SESSION_COOKIE_AGE, settings.SESSION_COOKIE_SECURE
                response.set_cookie(COOKIE, mark, max_age=age, httponly=True, samesite="Lax", secure=secure)
        return response


def page_of(request: HttpRequest) -> str:
    """The page whose form was sent: the referring page of this site, else the address of the POST itself."""
    referrer = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if request.method != "POST" or referrer.netloc != request.get_host():
        return request.get_full_path()
    return f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path


def stash_post(request: HttpRequest) -> bool:
    """Keep what this POST brought. False when there is nothing to keep or nobody to keep it for."""
    owner = owner_mark(request.user) if request.user.is_authenticated else request.COOKIES.get(COOKIE, "")
    typed = {name: values for name, values in request.POST.lists() if not NEVER_KEPT.search(name)}
    size = sum(len(name) + sum(map(len, values)) for name, values in typed.items())
    if not (owner and typed) or size > MAX_CHARACTERS:
        return False
    paths = sorted({request.path, page_of(request).partition("?")[0]})
    request.session[SESSION_KEY] = {"owner": owner, "paths": paths, "typed": typed, "at": time.time()}
    return True


def stashed_data(request: HttpRequest) -> QueryDict | None:
    """What this person had typed on this page before the session expired; None when there is nothing."""
    kept: dict[str, Any] = request.session.get(SESSION_KEY) or {}
    if not kept or request.path not in kept["paths"]:
        return None
    is_theirs = request.user.is_authenticated and constant_time_compare(kept["owner"], owner_mark(request.user))
    if not is_theirs or time.time() - kept["at"] > KEPT_FOR.total_seconds():
        forget_stash(request)
        return None
    data = QueryDict(mutable=True)
    for name, values in kept["typed"].items():
        data.setlist(name, values)
    return data


def forget_stash(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)


def bound_or_stashed(request: HttpRequest, form_class: type[F], **kwargs: Any) -> F:
    """The form of this page: bound on POST; on GET with what the expired session had left, if anything."""
    if request.method == "POST":
        data = stashed_data(request)
        if data is not None:
            forget_stash(request)
        return form_class(request.POST, request.FILES, **kwargs)
    typed = stashed_data(request)
    if typed is None:
        return form_class(**kwargs)
    blank = form_class(**kwargs)
    found = {name: _typed_value(blank, name, typed) for name in blank.fields}
    initial = {**kwargs.pop("initial", {}), **{name: value for name, value in found.items() if value is not None}}
    return form_class(initial=initial, **kwargs)


def _typed_value(form: forms.BaseForm, name: str, typed: QueryDict) -> Any:
    """As the field's own widget reads it; None when it was not among what was sent."""
    widget, html_name = form.fields[name].widget, form.add_prefix(name)
    if widget.value_omitted_from_data(typed, {}, html_name):
        return None
    return widget.value_from_datadict(typed, {}, html_name)

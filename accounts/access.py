"""The access check is part of the fetch: a stranger gets 404, an insufficient role 403."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import Membership, Role, User
from accounts.requests import PanelRequest
from accounts.stash import page_of, stash_post

View = TypeVar("View", bound=Callable[..., HttpResponse])
M = TypeVar("M", bound=models.Model)


def get_visible_or_404(
    request: PanelRequest, source: type[M] | models.QuerySet[M], public_id: UUID | str, **filters: Any
) -> M:
    """The row with this public id, if ``visible_to(request.membership)`` shows it; Http404 otherwise.

    ``source`` is a model or a queryset of one (to add ``select_related`` and the like); its queryset class must
    have ``visible_to(membership)``.
    """
    queryset: Any = source._default_manager.all() if isinstance(source, type) else source
    membership = request.membership
    if membership is None:
        raise Http404
    row = queryset.visible_to(membership).filter(public_id=public_id, **filters).first()
    if row is None:
        raise Http404
    return row


def send_to_sign_in(request: PanelRequest) -> HttpResponse:
    """To the sign-in page and back to this one. What an expired session had sent is kept (accounts.stash)."""
    if request.method == "POST":
        if stash_post(request):
            messages.info(request, _("Su sesión expiró; sus datos están a salvo. Ingrese de nuevo para continuar."))
        else:
            messages.info(request, _("Su sesión expiró. Ingrese de nuevo para continuar."))
    response = redirect_to_login(page_of(request))
    return HttpResponseClientRedirect(response.url) if request.headers.get("HX-Request") else response


def sign_in_required(view: View) -> View:
    """Like Django's ``login_required``, but nothing typed is lost."""

    @functools.wraps(view)
    def check(request: PanelRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return send_to_sign_in(request)
        return view(request, *args, **kwargs)

    return check  # type: ignore[return-value]


def account_required(view: View) -> View:
    """Signed in and inside an account. Staff without any account have nothing to see here: 403 says so."""

    @sign_in_required
    @functools.wraps(view)
    def check(request: PanelRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.membership is None:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return check  # type: ignore[return-value]


def require_role(*roles: Role) -> Callable[[View], View]:
    """Like :func:`account_required`, for these roles only; any other member gets 403.

    On a view that takes an object, call :func:`check_role` *after* the fetch instead, so that a stranger gets 404.
    """

    def decorate(view: View) -> View:
        @account_required
        @functools.wraps(view)
        def check(request: PanelRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            check_role(request, *roles)
            return view(request, *args, **kwargs)

        return check  # type: ignore[return-value]

    return decorate


def check_role(request: PanelRequest, *roles: Role) -> None:
    """PermissionDenied unless the person has one of ``roles`` in the current account."""
    membership: Membership = request.membership
    if membership.role not in roles:
        raise PermissionDenied


def may_enter_as(*, hijacker: User, hijacked: User) -> bool:
    """Support with that permission may *entrar como* a customer's user, never as another member of staff."""
    is_allowed = hijacker.is_active and hijacker.is_staff and hijacker.has_perm("accounts.enter_as")
    return bool(is_allowed and hijacked.is_active and not (hijacked.is_staff or hijacked.is_superuser))

"""What every screen of a domain begins with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.access import check_role, get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from domains.models import Domain

View = Callable[..., HttpResponse]
Tell = Callable[[HttpRequest, Any], None]  # messages.info and its like


def domain_view(view: View) -> View:
    """``view(request, domain, ...)``: administrators, and delegates of the subscription by which it is paid. A service
    user gets 403, a stranger 404."""

    @require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
    @functools.wraps(view)
    def fetch(request: PanelRequest, domain: UUID, **kwargs: Any) -> HttpResponse:
        whole = Domain.objects.select_related("subscription", "registrant", "last_job")
        row = get_visible_or_404(request, whole, domain)
        row.account = request.account
        return view(request, row, **kwargs)

    return fetch


def administrator_view(view: View) -> View:
    """As :func:`domain_view`, for administrators only: what adds or takes away a domain of the account."""

    @domain_view
    @functools.wraps(view)
    def check(request: PanelRequest, domain: Domain, **kwargs: Any) -> HttpResponse:
        check_role(request, Role.ACCOUNT_ADMIN)
        return view(request, domain, **kwargs)

    return check


def done_or_told(
    request: PanelRequest,
    domain: Domain,
    act: Callable[[], Any],
    said: Any,
    *,
    tell: Tell = messages.success,
    refuse: Tell = messages.warning,
    to: str = "domains:domain",
) -> HttpResponse:
    """One button: the service, a word about how it went, and back to the page."""
    try:
        act()
    except BusinessError as refusal:
        refuse(request, refusal.user_message)
    else:
        tell(request, said)
    return redirect(to, domain.public_id)


def add_refusal(form: forms.Form, refusal: BusinessError) -> None:
    """The sentence beside its field, or above the form when the field is not in it."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.user_message)

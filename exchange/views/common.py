"""What every screen of a subscription begins with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from cloudpanel.core.exceptions import BusinessError
from marketplace.menu import managed_service
from marketplace.models import Subscription

KIND = "exchange"
View = Callable[..., HttpResponse]


def subscription_view(view: View) -> View:
    """``view(request, subscription, ...)``: administrators, and delegates of this subscription. A service user gets 403, a
    stranger 404. The menu has read the person's services already: mostly this costs no statement of its own."""

    @require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
    @functools.wraps(view)
    def fetch(request: HttpRequest, subscription: UUID, **kwargs: Any) -> HttpResponse:
        row = managed_service(request, subscription, KIND)
        if row is None:
            whole = Subscription.objects.filter(kind=KIND).select_related("product", "plan")
            row = get_visible_or_404(request, whole, subscription)
        row.account = request.account
        return view(request, row, **kwargs)

    return fetch


def add_refusal(form: forms.Form, refusal: BusinessError) -> None:
    """The sentence beside its field, or above the form when the field is not in it."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.user_message)


def closed_reason(subscription: Subscription) -> str:
    """Why nothing can be changed on this subscription; empty when it can."""
    return subscription.closed_reason

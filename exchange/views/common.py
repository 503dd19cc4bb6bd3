"""What every screen of a subscription begins with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, QueryDict

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from exchange.services.selection import Filters, Selection, moment_in, uuid_in
from marketplace.menu import managed_service
from marketplace.models import Subscription

KIND = "exchange"
MAX_TICKED = 1000
View = Callable[..., HttpResponse]


def subscription_view(view: View) -> View:
    """``view(request, subscription, ...)``: administrators, and delegates of this subscription. A service user gets 403, a
    stranger 404. The menu has read the person's services already: mostly this costs no statement of its own."""

    @require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: UUID, **kwargs: Any) -> HttpResponse:
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


def selection_in(data: QueryDict) -> Selection:
    """What a form sent: ``mailbox[]``, or ``todos`` with the filters. Ids that make no sense are as good as none."""
    ids = [found for text in data.getlist("mailbox[]")[:MAX_TICKED] if (found := uuid_in(text))]
    newest = data.get("newest", "")
    return Selection(
        public_ids=tuple(ids),
        is_everything=data.get("todos") == "1",
        filters=Filters.of(data),
        until=moment_in(data.get("hasta")),
        newest=int(newest) if newest.isascii() and newest.isdigit() and len(newest) < 18 else 0,
    )

"""What every step of the creation wizard begins with and shows."""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.requests import PanelRequest
from exchange.models import MailboxDraft
from exchange.services.capacity import MAILBOXES
from exchange.services.templates import has_choice
from exchange.views.common import View, closed_reason, subscription_view
from marketplace.models import Subscription


def draft_view(view: View) -> View:
    """``view(request, draft)`` with the draft's subscription loaded; a finished one leads to its confirmation."""

    @never_cache
    @subscription_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: Subscription, draft: UUID) -> HttpResponse:
        row = draft_of(request, subscription, draft)
        if row.finished_at:
            return redirect(step_url(row, "draft_done"))
        if reason := closed_reason(subscription):
            messages.error(request, reason)
            return redirect("exchange:mailboxes", subscription.public_id)
        return view(request, row)

    return fetch


def draft_of(request: PanelRequest, subscription: Subscription, public_id: UUID) -> MailboxDraft:
    """This person's draft, or a new one that the first step will keep. Somebody else's is a 404."""
    related = MailboxDraft.objects.select_related("mail_domain", "template", "user")
    row = related.filter(public_id=public_id).first()
    if row is None:
        row = MailboxDraft(public_id=public_id, subscription=subscription, owner_id=request.membership.user_id)
    if row.owner_id != request.user.pk or row.subscription_id != subscription.pk:
        raise Http404
    row.subscription, row.account = subscription, request.account
    return row


def step_url(draft: MailboxDraft, name: str) -> str:
    return reverse(f"exchange:{name}", args=[draft.subscription.public_id, draft.public_id])


def step_context(draft: MailboxDraft, step: str, **more: Any) -> dict[str, Any]:
    """Where one is, whether there is a place left, and where to buy one and come back."""
    subscription = draft.subscription
    places = subscription.resources.filter(resource=MAILBOXES).first()
    buy = reverse("marketplace:change", args=[subscription.public_id])
    return {
        "subscription": subscription,
        "draft": draft,
        "steps": _steps(draft, step),
        "has_template_step": has_template_step(draft),
        "places": places,
        "is_full": places is not None and places.available < 1,
        "buy_url": f"{buy}?{urlencode({'volver': step_url(draft, step)})}",
        **more,
    }


def has_template_step(draft: MailboxDraft) -> bool:
    """Only with two or more."""
    if not hasattr(draft, "_has_template_step"):
        draft._has_template_step = has_choice(draft.subscription)  # type: ignore[attr-defined]
    return bool(draft._has_template_step)  # type: ignore[attr-defined]


def _steps(draft: MailboxDraft, current: str) -> list[dict[str, str]]:
    names = {"draft_data": _("Datos"), "draft_template": _("Plantilla"), "draft_summary": _("Resumen")}
    if not has_template_step(draft) and current != "draft_template":
        del names["draft_template"]
    if draft.mode or current in {"draft_start", "draft_user"}:
        names = {"draft_start": _("Usuario"), **names}
    place = list(names).index("draft_start" if current == "draft_user" else current)
    states = ["done" if index < place else "current" if index == place else "todo" for index in range(len(names))]
    return [{"label": label, "state": state} for label, state in zip(names.values(), states, strict=True)]

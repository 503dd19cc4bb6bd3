"""One thing done to many mailboxes: it is asked first, then it shows how far it is."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import get_visible_or_404
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.pagination import capped_count
from cloudpanel.provisioning.models import JobState
from exchange.forms import BatchForm
from exchange.models import MailboxBatch
from exchange.services.batches import IN_BIN_VERBS, MOST, progress_of, start_batch, within_reach
from exchange.services.selection import newest_of
from exchange.views.common import add_refusal, selection_in, subscription_view
from marketplace.models import Subscription

SHOWN = 10
FAILURES = 200
VERBS = {
    "eliminar": MailboxBatch.Verb.DELETE,
    "plantilla": MailboxBatch.Verb.TEMPLATE,
    "enlace": MailboxBatch.Verb.LINK,
    "habilitar": MailboxBatch.Verb.ENABLE,
    "deshabilitar": MailboxBatch.Verb.DISABLE,
}


@never_cache
@subscription_view
def batch_new(request: PanelRequest, subscription: Subscription, verb: str) -> HttpResponse:
    """What will happen to how many, and the button that begins it. The list's own form leads here."""
    if verb not in VERBS:
        raise Http404
    selection = selection_in(request.POST if request.method == "POST" else request.GET)
    form = BatchForm(request.POST or None, subscription=subscription, verb=VERBS[verb], initial={"token": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            batch = start_batch(
                actor=request.actor,
                subscription=subscription,
                verb=VERBS[verb],
                selection=selection,
                **form.cleaned_data,
            )
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("exchange:batch", subscription.public_id, batch.public_id)
    chosen = within_reach(subscription, VERBS[verb], selection)
    count = capped_count(chosen, limit=MOST)
    if not count.number:
        messages.warning(request, _("Seleccione los buzones primero."))
        return redirect("exchange:mailboxes", subscription.public_id)
    context = {
        "subscription": subscription,
        "verb": VERBS[verb],
        "form": form,
        "selection": selection,
        "parameters": selection.filters.as_parameters,
        "newest": (selection.newest or newest_of(chosen)) if selection.is_everything else 0,
        "count": count,
        "some": chosen.order_by("address", "pk")[:SHOWN],
        "more": max(count.number - SHOWN, 0),
        "back": reverse("exchange:mailboxes", args=[subscription.public_id]),
    }
    return render(request, "exchange/batch_new.html", context)


@subscription_view
@require_safe
def batch_page(request: PanelRequest, subscription: Subscription, batch: UUID) -> HttpResponse:
    """How far it is, and what failed. **Actualizar** is a link to this same address."""
    row = get_visible_or_404(request, MailboxBatch, batch, subscription=subscription)
    progress = progress_of(row)
    failures = row.items.filter(job__state__in=[JobState.FAILED, JobState.CANCELLED]).select_related("mailbox", "job")
    context: dict[str, Any] = {
        "subscription": subscription,
        "batch": row,
        "progress": progress,
        "percent": (row.total - progress["waiting"]) * 100 // max(row.total, 1),
        "failures": failures.order_by("mailbox__address")[:FAILURES],
        "reasons": [(_(text), count) for text, count in row.reasons.items()],
        "is_moving": progress["waiting"] > 0,
        "back": "exchange:bin" if row.verb in IN_BIN_VERBS else "exchange:mailboxes",
        "is_in_bin": row.verb in IN_BIN_VERBS,
    }
    return render_page_or_fragment(request, "exchange/batch.html", "exchange/_batch.html", context)

"""*Eliminar* → *Ok* → *Eliminando* → gone; and the bin, from which it can come back for thirty days."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import capped_count, keyset_page
from exchange.listing import MAX_QUERY
from exchange.models import Mailbox
from exchange.models.mailboxes import BIN_DAYS
from exchange.services.capacity import LIMIT_REACHED
from exchange.services.deletion import Selection, delete_mailboxes, newest_of, restore_mailboxes
from exchange.states import shown_of
from exchange.views.common import closed_reason, subscription_view
from marketplace.models import Subscription

SHOWN = 10
MAX_TICKED = 1000
MOST = 1_000_000


def selection_in(data: QueryDict) -> Selection:
    """What was ticked. Ids that make no sense are as good as none."""
    ids: list[UUID] = []
    for text in data.getlist("mailbox[]")[:MAX_TICKED]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    newest = data.get("newest", "")
    return Selection(
        public_ids=tuple(ids),
        is_everything=data.get("todos") == "1",
        query=data.get("q", "")[:MAX_QUERY],
        newest=int(newest) if newest.isascii() and newest.isdigit() and len(newest) < 18 else 0,
    )


@never_cache
@subscription_view
def mailbox_delete(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """The confirmation on GET (the list's own form leads here), the deletion on its **Ok**."""
    back = reverse("exchange:mailboxes", args=[subscription.public_id])
    if request.method == "POST":
        return _delete(request, subscription, back)
    selection = selection_in(request.GET)
    chosen = selection.within(Mailbox.objects.filter(subscription=subscription).listed().idle())
    count = capped_count(chosen, limit=MOST)
    if not count.number:
        messages.warning(request, _("Seleccione los buzones que quiere eliminar."))
        return redirect(back)
    context = {
        "subscription": subscription,
        "selection": selection,
        "newest": newest_of(chosen) if selection.is_everything else 0,
        "count": count,
        "some": chosen.order_by("address", "pk")[:SHOWN],
        "more": max(count.number - SHOWN, 0),
        "bin_days": BIN_DAYS,
        "back": back,
    }
    return render(request, "exchange/mailbox_delete.html", context)


def _delete(request: HttpRequest, subscription: Subscription, back: str) -> HttpResponse:
    selection = selection_in(request.POST)
    try:
        count = delete_mailboxes(actor=request.actor, subscription=subscription, selection=selection)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        return redirect(back)
    if count:
        text = ngettext("Se está eliminando %(count)s buzón.", "Se están eliminando %(count)s buzones.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("No había nada que eliminar: esos buzones ya se estaban eliminando."))
    return redirect(back)


@subscription_view
@require_safe
def mailbox_bin(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """*Papelera*, the latest first, with the day on which each one goes for ever."""
    binned = Mailbox.objects.filter(subscription=subscription).in_bin()
    related = binned.select_related("last_job")
    page = keyset_page(related, order=("-deleted_at", "-pk"), cursor=request.GET.get("cursor", ""))
    context: dict[str, Any] = {
        "subscription": subscription,
        "page": page,
        "rows": [{"mailbox": mailbox, "shown": shown_of(mailbox)} for mailbox in page.rows],
        "total": capped_count(binned),
        "bin_days": BIN_DAYS,
        "closed_reason": closed_reason(subscription),
    }
    return render(request, "exchange/mailbox_bin.html", context)


@subscription_view
@require_POST
def mailbox_restore(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    selection = selection_in(request.POST)
    try:
        count = restore_mailboxes(actor=request.actor, subscription=subscription, selection=selection)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        if refusal.code == LIMIT_REACHED:
            messages.info(request, _("En el panel de la suscripción puede contratar más con “Agregar recursos”."))
        return redirect("exchange:bin", subscription.public_id)
    if count:
        text = ngettext("Se está restaurando %(count)s buzón.", "Se están restaurando %(count)s buzones.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.warning(request, _("Seleccione los buzones que quiere restaurar."))
    return redirect("exchange:bin", subscription.public_id)

"""*Eliminar* → *Ok* → *Eliminando* → gone; and the bin, from which it can come back for thirty days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import capped_count, keyset_page
from exchange.models import Mailbox, MailboxBatch, MailboxQuerySet
from exchange.models.mailboxes import BIN_DAYS
from exchange.services.batches import MOST, start_batch, within_reach
from exchange.services.capacity import LIMIT_REACHED, places_of
from exchange.services.deletion import delete_mailboxes, purge_mailboxes, restore_mailboxes
from exchange.services.prices import rates_of
from exchange.services.selection import Selection, latest_deletion_of, newest_of, uuid_in
from exchange.states import shown_of
from exchange.views.common import closed_reason, selection_in, subscription_view
from marketplace.models import Subscription

SHOWN = 10
Verb = MailboxBatch.Verb
_ALONE: dict[str, Callable[..., int]] = {
    Verb.DELETE: delete_mailboxes,
    Verb.RESTORE: restore_mailboxes,
    Verb.PURGE: purge_mailboxes,
}


@never_cache
@subscription_view
def mailbox_delete(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """The confirmation on GET (the list's own form leads here), the deletion on its **Ok**."""
    back = reverse("exchange:mailboxes", args=[subscription.public_id])
    if request.method == "POST":
        return _begin(request, subscription, Verb.DELETE, back)
    selection = selection_in(request.GET)
    chosen = within_reach(subscription, Verb.DELETE, selection).idle()
    if not chosen.exists():
        messages.warning(request, _("Seleccione los buzones que quiere eliminar."))
        return redirect(back)
    context = _question(subscription, selection, chosen, back)
    context["newest"] = newest_of(chosen) if selection.is_everything else 0
    return render(request, "exchange/mailbox_delete.html", context)


@subscription_view
@require_safe
def mailbox_bin(request: PanelRequest, subscription: Subscription) -> HttpResponse:
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


@never_cache
@subscription_view
def mailbox_restore(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """*Restaurar*: what it takes of the plan on GET (the bin's own form leads here), the deed on its button."""
    back = reverse("exchange:bin", args=[subscription.public_id])
    if request.method == "POST":
        return _begin(request, subscription, Verb.RESTORE, back)
    selection = selection_in(request.GET)
    chosen = within_reach(subscription, Verb.RESTORE, selection).idle()
    if not chosen.exists():
        messages.warning(request, _("Seleccione los buzones que quiere restaurar."))
        return redirect(back)
    context = _question(subscription, selection, chosen, back)
    wanted = places_of(chosen.only("kind", "quota_mb")[:MOST])
    context["cost"] = rates_of(subscription).cost_of(wanted)
    return render(request, "exchange/mailbox_restore.html", context)


@never_cache
@subscription_view
def mailbox_purge(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """*Borrar para siempre*: what it means on GET, the deed on its button (``confirma``)."""
    back = reverse("exchange:bin", args=[subscription.public_id])
    if request.method == "POST":
        return _begin(request, subscription, Verb.PURGE, back) if request.POST.get("confirma") else redirect(back)
    selection = selection_in(request.GET)
    chosen = within_reach(subscription, Verb.PURGE, selection).idle()
    if not chosen.exists():
        messages.warning(request, _("Seleccione los buzones que quiere borrar para siempre."))
        return redirect(back)
    return render(request, "exchange/mailbox_purge.html", _question(subscription, selection, chosen, back))


def _question(subscription: Subscription, selection: Selection, chosen: MailboxQuerySet, back: str) -> dict[str, Any]:
    """What every confirmation shows. ``token`` makes one batch of a double click."""
    count = capped_count(chosen, limit=MOST)
    return {
        "subscription": subscription,
        "selection": selection,
        "parameters": selection.filters.as_parameters,
        "until": latest_deletion_of(chosen) if selection.is_everything else None,
        "token": uuid4(),
        "count": count,
        "some": chosen.order_by("address", "pk")[:SHOWN],
        "more": max(count.number - SHOWN, 0),
        "bin_days": BIN_DAYS,
        "back": back,
    }


def _begin(request: PanelRequest, subscription: Subscription, verb: Verb, back: str) -> HttpResponse:
    """One mailbox by itself; several as one batch, whose page an "all" leads to and a list of ticks links to."""
    selection = selection_in(request.POST)
    try:
        if len(selection.public_ids) < 2 and not selection.is_everything:
            count, batch = _ALONE[verb](actor=request.actor, subscription=subscription, selection=selection), None
        else:
            token = uuid_in(request.POST.get("token")) or uuid4()
            batch = start_batch(
                actor=request.actor, subscription=subscription, verb=verb, selection=selection, token=token
            )
            count = batch.total
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        if refusal.code == LIMIT_REACHED:
            messages.info(request, _("En el panel de la suscripción puede contratar más con “Agregar recursos”."))
        return redirect(back)
    if batch is not None and selection.is_everything:
        return redirect("exchange:batch", subscription.public_id, batch.public_id)
    _say(request, subscription, verb, count, batch)
    return redirect(back)


def _say(request: PanelRequest, subscription: Subscription, verb: Verb, count: int, batch: MailboxBatch | None) -> None:
    if not count:
        messages.info(request, _("No había nada que hacer: esos buzones ya se estaban cambiando."))
        return
    texts = {
        Verb.DELETE: ngettext("Se está eliminando %(count)s buzón.", "Se están eliminando %(count)s buzones.", count),
        Verb.RESTORE: ngettext(
            "Se está restaurando %(count)s buzón.", "Se están restaurando %(count)s buzones.", count
        ),
        Verb.PURGE: ngettext("Se está borrando %(count)s buzón.", "Se están borrando %(count)s buzones.", count),
    }
    text = texts[verb] % {"count": count}
    if batch is not None:
        address = reverse("exchange:batch", args=[subscription.public_id, batch.public_id])
        text = format_html('{} <a class="alert-link" href="{}">{}</a>', text, address, _("Ver el avance"))
    messages.success(request, text)

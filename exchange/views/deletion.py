"""*Eliminar* → *Ok* → *Eliminando* → gone; and the bin, from which it can come back for thirty days."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import capped_count, keyset_page
from exchange.models import Mailbox, MailboxQuerySet
from exchange.models.mailboxes import BIN_DAYS
from exchange.services.capacity import LIMIT_REACHED
from exchange.services.deletion import delete_mailboxes, purge_mailboxes, restore_mailboxes
from exchange.services.selection import Selection, newest_of
from exchange.states import shown_of
from exchange.views.common import closed_reason, selection_in, subscription_view
from marketplace.models import Subscription

SHOWN = 10
MOST = 1_000_000


@never_cache
@subscription_view
def mailbox_delete(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """The confirmation on GET (the list's own form leads here), the deletion on its **Ok**."""
    back = reverse("exchange:mailboxes", args=[subscription.public_id])
    if request.method == "POST":
        return _delete(request, subscription, back)
    selection = selection_in(request.GET)
    chosen = selection.within(_deletable(subscription, selection))
    count = capped_count(chosen, limit=MOST)
    if not count.number:
        messages.warning(request, _("Seleccione los buzones que quiere eliminar."))
        return redirect(back)
    context = {
        "subscription": subscription,
        "selection": selection,
        "parameters": selection.filters.as_parameters,
        "newest": newest_of(chosen) if selection.is_everything else 0,
        "count": count,
        "some": chosen.order_by("address", "pk")[:SHOWN],
        "more": max(count.number - SHOWN, 0),
        "bin_days": BIN_DAYS,
        "back": back,
    }
    return render(request, "exchange/mailbox_delete.html", context)


def _deletable(subscription: Subscription, selection: Selection) -> MailboxQuerySet:
    """A shared mailbox goes only when it is named: "all" means all of the list."""
    mine = Mailbox.objects.filter(subscription=subscription)
    return (mine.personal() if selection.is_everything else mine.listed()).idle()


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


@never_cache
@subscription_view
def mailbox_purge(request: HttpRequest, subscription: Subscription) -> HttpResponse:
    """*Borrar para siempre*: what it means on GET, the deed on its button (``confirma``). The bin's own form is a POST."""
    selection = selection_in(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and not request.POST.get("confirma"):
        ids = urlencode([("mailbox[]", str(public_id)) for public_id in selection.public_ids])
        return redirect(f"{reverse('exchange:purge', args=[subscription.public_id])}?{ids}")
    if request.method == "POST":
        count = purge_mailboxes(actor=request.actor, subscription=subscription, selection=selection)
        text = ngettext("Se está borrando %(count)s buzón.", "Se están borrando %(count)s buzones.", count)
        messages.success(request, text % {"count": count})
        return redirect("exchange:bin", subscription.public_id)
    chosen = selection.within(Mailbox.objects.filter(subscription=subscription).in_bin().idle())
    count = 0 if selection.is_everything else chosen.count()
    if not count:
        messages.warning(request, _("Seleccione los buzones que quiere borrar para siempre."))
        return redirect("exchange:bin", subscription.public_id)
    context = {
        "subscription": subscription,
        "selection": selection,
        "count": count,
        "some": chosen.order_by("address", "pk")[:SHOWN],
        "more": max(count - SHOWN, 0),
    }
    return render(request, "exchange/mailbox_purge.html", context)

"""*Listas de distribución*: the lists, one of them with everybody on it, and what can be done there."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.pagination import capped_count, keyset_page
from exchange.models import DistributionList, ListMember
from exchange.services import list_members, lists
from exchange.services.lists import ListData
from exchange.states import shown_of_job
from exchange.team_forms import ListForm, MembersForm, OwnersForm
from exchange.views.common import View, add_refusal, closed_reason, subscription_view
from marketplace.models import Subscription

MAX_QUERY = 100


def list_view(view: View) -> View:
    """``view(request, row)``."""

    @subscription_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: Subscription, list_id: UUID, **kwargs: Any) -> HttpResponse:
        whole = DistributionList.objects.select_related("last_job", "mail_domain")
        row = get_visible_or_404(request, whole, list_id, subscription=subscription)
        row.subscription, row.account = subscription, request.account
        return view(request, row, **kwargs)

    return fetch


@subscription_view
@require_safe
def list_index(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    query = " ".join(request.GET.get("q", "")[:MAX_QUERY].replace("\x00", "").split())
    rows = DistributionList.objects.filter(subscription=subscription).select_related("last_job")
    for word in query.lower().split():
        rows = rows.filter(address__contains=word) | rows.filter(name__icontains=word)
    page = keyset_page(rows, order=("address", "pk"), cursor=request.GET.get("cursor", ""))
    context = {
        "subscription": subscription,
        "page": page,
        "rows": [{"list": row, "shown": shown_of_job(row.last_job)} for row in page.rows],
        "total": capped_count(rows),
        "query": query,
        "closed_reason": closed_reason(subscription),
    }
    return render_page_or_fragment(request, "exchange/lists.html", "exchange/_lists.html", context)


@subscription_view
def list_new(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    form = bound_or_stashed(request, ListForm, subscription=subscription)
    if request.method == "POST" and form.is_valid():
        try:
            row = lists.create_list(actor=request.actor, subscription=subscription, data=_data(form))
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está creando la lista. Añada a sus integrantes."))
            return _to(row)
    return render(request, "exchange/list_edit.html", {"subscription": subscription, "form": form})


@list_view
@require_safe
def list_page(request: PanelRequest, row: DistributionList) -> HttpResponse:
    people = row.members.select_related("mailbox", "contact", "nested").order_by("pk")
    page = keyset_page(people.filter(is_member=True), order=("pk",), cursor=request.GET.get("cursor", ""))
    shown = shown_of_job(row.last_job)
    context = {
        "list": row,
        "subscription": row.subscription,
        "shown": shown,
        "page": page,
        "owners": people.filter(is_owner=True),
        "closed_reason": closed_reason(row.subscription)
        or (_("Ya hay una operación en curso.") if shown.is_moving else ""),
        "members_form": MembersForm(auto_id="nuevos_%s"),
        "owners_form": OwnersForm(auto_id="dueno_%s"),
    }
    return render_page_or_fragment(request, "exchange/list.html", "exchange/_list.html", context)


@list_view
def list_edit(request: PanelRequest, row: DistributionList) -> HttpResponse:
    local_part = row.address.partition("@")[0]
    initial = {
        "name": row.name,
        "local_part": local_part,
        "domain": row.mail_domain.public_id,
        "senders": row.senders,
    }
    form = bound_or_stashed(request, ListForm, subscription=row.subscription, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            lists.update_list(actor=request.actor, row=row, data=_data(form))
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está aplicando el cambio."))
            return _to(row)
    return render(request, "exchange/list_edit.html", {"subscription": row.subscription, "list": row, "form": form})


@list_view
def list_members_add(request: PanelRequest, row: DistributionList) -> HttpResponse:
    """The form is on the list's page; it comes back alone when something in it is wrong."""
    return _add(request, row, bound_or_stashed(request, MembersForm), is_owner=False)


@list_view
def list_owners_add(request: PanelRequest, row: DistributionList) -> HttpResponse:
    return _add(request, row, bound_or_stashed(request, OwnersForm), is_owner=True)


def _add(request: PanelRequest, row: DistributionList, form: Any, *, is_owner: bool) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["addresses"]
        try:
            count = list_members.add_members(actor=request.actor, row=row, text=text, is_owner=is_owner)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            words = ngettext("Se añadió %(count)s persona.", "Se añadieron %(count)s personas.", count)
            messages.success(request, words % {"count": count} if count else _("Ya estaban en la lista."))
            return _to(row)
    context = {"subscription": row.subscription, "list": row, "form": form, "is_owner": is_owner}
    return render(request, "exchange/list_members.html", context)


@list_view
@require_POST
def list_member_remove(request: PanelRequest, row: DistributionList, member: int, role: str) -> HttpResponse:
    found = ListMember.objects.filter(pk=member, list=row).first()
    if role not in {"integrante", "propietario"}:
        raise Http404
    if found is not None:
        try:
            list_members.remove_member(actor=request.actor, row=row, member=found, is_owner=role == "propietario")
        except BusinessError as refusal:
            messages.error(request, refusal.user_message)
    return _to(row)


@list_view
def list_delete(request: PanelRequest, row: DistributionList) -> HttpResponse:
    if request.method == "POST":
        try:
            lists.delete_list(actor=request.actor, row=row)
        except BusinessError as refusal:
            messages.error(request, refusal.user_message)
        else:
            messages.success(request, _("Se está eliminando la lista %(address)s.") % {"address": row.address})
        return redirect("exchange:lists", row.subscription.public_id)
    return render(request, "exchange/list_delete.html", {"subscription": row.subscription, "list": row})


@list_view
@require_POST
def list_retry(request: PanelRequest, row: DistributionList) -> HttpResponse:
    try:
        lists.retry_list(actor=request.actor, row=row)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.success(request, _("Se está intentando de nuevo."))
    return _to(row)


def _data(form: Any) -> ListData:
    data = form.cleaned_data
    return ListData(data["name"], data["local_part"], data["domain"], data["senders"])


def _to(row: DistributionList) -> HttpResponse:
    return redirect("exchange:list", row.subscription.public_id, row.public_id)

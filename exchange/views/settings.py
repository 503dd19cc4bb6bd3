"""*Permisos*, *Reenvío*, *Respuesta automática* and *Protocolos* of one mailbox."""

from __future__ import annotations

import functools
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import get_visible_or_404
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from exchange.forms import AutoReplyForm, ForwardForm, PermissionForm, ProtocolsForm
from exchange.models import AutoReply, Mailbox
from exchange.services import settings
from exchange.services.settings import ReplyData, Rights
from exchange.views.common import add_refusal
from exchange.views.mailbox import back_to, done, mailbox_view


@mailbox_view
def permissions(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    """Who may do what, and the form that gives more."""
    form = bound_or_stashed(request, PermissionForm, initial={"is_full": True})
    if request.method == "POST" and form.is_valid():
        rights = Rights(**{name: form.cleaned_data[name] for name in ("is_full", "is_send_as", "is_send_on_behalf")})
        try:
            grantee = settings.find_mailbox(mailbox.subscription, form.cleaned_data["address"])
            settings.grant(actor=request.actor, mailbox=mailbox, grantee=grantee, rights=rights)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está aplicando el permiso."))
            return redirect("exchange:permissions", mailbox.subscription.public_id, mailbox.public_id)
    rows = mailbox.grants.select_related("grantee").order_by("grantee__address")
    return render(request, "exchange/permissions.html", {"mailbox": mailbox, "form": form, "grants": rows})


@mailbox_view
@require_POST
def permission_remove(request: PanelRequest, mailbox: Mailbox, grantee: UUID) -> HttpResponse:
    row = get_visible_or_404(request, Mailbox, grantee, subscription=mailbox.subscription)
    try:
        settings.revoke(actor=request.actor, mailbox=mailbox, grantee=row)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.success(request, _("Se está quitando el permiso."))
    return redirect("exchange:permissions", mailbox.subscription.public_id, mailbox.public_id)


@mailbox_view
def forwarding(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    initial = {"target": mailbox.forward_to, "keeps_copy": mailbox.forward_keeps_copy}
    form = bound_or_stashed(request, ForwardForm, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            settings.set_forwarding(actor=request.actor, mailbox=mailbox, **form.cleaned_data)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está aplicando el reenvío."))
            return back_to(mailbox)
    return render(request, "exchange/forwarding.html", {"mailbox": mailbox, "form": form})


@mailbox_view
@require_POST
def forwarding_end(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    change = functools.partial(
        settings.set_forwarding, actor=request.actor, mailbox=mailbox, target="", keeps_copy=True
    )
    return done(request, mailbox, change, _("Se está quitando el reenvío."))


@mailbox_view
def auto_reply(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    row = AutoReply.objects.filter(mailbox=mailbox).first()
    initial = {name: getattr(row, name) for name in AutoReplyForm.base_fields} if row else {"is_on": True}
    form = bound_or_stashed(request, AutoReplyForm, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            settings.set_auto_reply(actor=request.actor, mailbox=mailbox, data=ReplyData(**form.cleaned_data))
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está aplicando la respuesta automática."))
            return back_to(mailbox)
    return render(request, "exchange/auto_reply.html", {"mailbox": mailbox, "form": form})


@mailbox_view
def protocols(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    initial = {name: getattr(mailbox, name) for name in ProtocolsForm.base_fields}
    form = bound_or_stashed(request, ProtocolsForm, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            settings.set_protocols(actor=request.actor, mailbox=mailbox, **form.cleaned_data)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se están aplicando los protocolos."))
            return back_to(mailbox)
    return render(request, "exchange/protocols.html", {"mailbox": mailbox, "form": form})

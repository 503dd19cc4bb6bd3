"""The page of one mailbox, and what can be done there. A service user sees their own, and changes nothing."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.access import account_required, get_visible_or_404
from accounts.log_words import whole_sentence
from accounts.models import ActionLogEntry
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import JobState
from exchange.forms import AliasForm, LinkForm, MailboxForm, PasswordForm
from exchange.models import AutoReply, DistributionList, Mailbox, MailboxAlias
from exchange.services import aliases, mailboxes
from exchange.services.links import send_link
from exchange.services.settings import is_own_domain
from exchange.sizes import readable_bytes, readable_megabytes
from exchange.states import shown_of
from exchange.views.common import View, add_refusal, closed_reason, subscription_view
from exchange.views.panel import mail_settings
from marketplace.models import Subscription

HISTORY = 20
SHOWN = 20
RELATED = ("last_job", "mail_domain", "template", "user", "subscription")


def mailbox_view(view: View) -> View:
    """``view(request, mailbox)`` for who may change it."""

    @subscription_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: Subscription, mailbox: UUID, **kwargs: Any) -> HttpResponse:
        whole = Mailbox.objects.select_related(*RELATED).exclude(state=Mailbox.State.TERMINATED)
        row = get_visible_or_404(request, whole, mailbox, subscription=subscription)
        row.subscription, row.account = subscription, request.account
        return view(request, row, **kwargs)

    return fetch


@account_required
@require_safe
def mailbox_page(request: PanelRequest, subscription: UUID, mailbox: UUID) -> HttpResponse:
    whole = Mailbox.objects.select_related(*RELATED).exclude(state=Mailbox.State.TERMINATED)
    row = get_visible_or_404(request, whole, mailbox, subscription__public_id=subscription)
    is_manager = not request.membership.is_service_user
    context = _context(request, row) if is_manager else {}
    facts = {
        "mailbox": row,
        "subscription": row.subscription,
        "shown": shown_of(row),
        "used": readable_bytes(row.used_bytes),
        "limit": readable_megabytes(row.quota_mb),
        "percent": min(100, row.used_bytes * 100 // (row.quota_mb * 1024 * 1024)),
        "aliases": row.aliases.select_related("last_job").order_by("address"),
        "mail": mail_settings(),
        "is_manager": is_manager,
    }
    return render(request, "exchange/mailbox.html", {**facts, **context})


def _context(request: PanelRequest, row: Mailbox) -> dict[str, Any]:
    """What only those see who may change it."""
    history = ActionLogEntry.objects.filter(
        account=row.account_id, object_type=Mailbox._meta.label_lower, object_id=str(row.public_id)
    )
    member = row.user.memberships.filter(account=row.account_id).first() if row.user else None
    return {
        "closed_reason": closed_reason(row.subscription) or _busy_reason(row),
        "history": [(whole_sentence(line), line.at) for line in history.order_by("-pk")[:HISTORY]],
        "member": member,
        "link": row.password_links.order_by("-pk").first(),
        "grants": row.grants.select_related("grantee").order_by("grantee__address")[:SHOWN],
        "reply": AutoReply.objects.filter(mailbox=row).first(),
        "forwards_outside": bool(row.forward_to) and not is_own_domain(row, row.forward_to),
        "lists": DistributionList.objects.filter(members__mailbox=row).distinct().order_by("address")[:SHOWN],
        "is_failed": row.last_job is not None and row.last_job.state == JobState.FAILED,
        "needs_creation": row.state == Mailbox.State.PENDING and shown_of(row).code == "attention",
    }


def _busy_reason(row: Mailbox) -> str:
    """Why nothing can be changed right now; empty when it can."""
    try:
        mailboxes.require_settled(row)
    except BusinessError as refusal:
        return refusal.user_message
    return ""


def back_to(row: Mailbox) -> HttpResponse:
    return redirect("exchange:mailbox", row.subscription.public_id, row.public_id)


def done(request: PanelRequest, row: Mailbox, change: Any, text: str) -> HttpResponse:
    """One service, one sentence, back to the page."""
    try:
        change()
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.success(request, text)
    return back_to(row)


@mailbox_view
def mailbox_edit(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    initial = {
        "display_name": mailbox.display_name,
        "quota_mb": mailbox.quota_mb,
        "template": mailbox.template.public_id if mailbox.template else None,
    }
    form = bound_or_stashed(request, MailboxForm, subscription=mailbox.subscription, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            mailboxes.update_mailbox(actor=request.actor, mailbox=mailbox, **form.cleaned_data)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está aplicando el cambio."))
            return back_to(mailbox)
    return render(request, "exchange/mailbox_edit.html", {"mailbox": mailbox, "form": form})


@mailbox_view
@sensitive_post_parameters("password")
def mailbox_password(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    form = PasswordForm(request.POST or None, words=(mailbox.display_name, mailbox.address))
    if request.method == "POST" and form.is_valid():
        try:
            mailboxes.set_password(actor=request.actor, mailbox=mailbox, password=form.cleaned_data["password"])
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("La contraseña nueva valdrá en unos segundos."))
            return back_to(mailbox)
    return render(request, "exchange/mailbox_password.html", {"mailbox": mailbox, "form": form})


@mailbox_view
def mailbox_link(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    """Let the user choose the password: a link to another address of theirs."""
    form = bound_or_stashed(request, LinkForm, address=mailbox.address)
    if request.method == "POST" and form.is_valid():
        try:
            mailboxes.require_settled(mailbox)
            send_link(actor=request.actor, mailbox=mailbox, email=form.cleaned_data["link_email"])
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("El enlace va en camino. Sirve una vez, durante 48 horas."))
            return back_to(mailbox)
    return render(request, "exchange/mailbox_link.html", {"mailbox": mailbox, "form": form})


@mailbox_view
@require_POST
def mailbox_disable(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    change = functools.partial(mailboxes.disable_mailbox, actor=request.actor, mailbox=mailbox)
    return done(request, mailbox, change, _("Se está deshabilitando el buzón. No se borra nada."))


@mailbox_view
@require_POST
def mailbox_enable(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    change = functools.partial(mailboxes.enable_mailbox, actor=request.actor, mailbox=mailbox)
    return done(request, mailbox, change, _("Se está habilitando el buzón."))


@mailbox_view
@require_POST
def mailbox_retry(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    change = functools.partial(mailboxes.retry_mailbox, actor=request.actor, mailbox=mailbox)
    return done(request, mailbox, change, _("Se está intentando de nuevo."))


@mailbox_view
def alias_add(request: PanelRequest, mailbox: Mailbox) -> HttpResponse:
    form = bound_or_stashed(request, AliasForm, subscription=mailbox.subscription)
    if request.method == "POST" and form.is_valid():
        local_part, domain = form.cleaned_data["local_part"], form.cleaned_data["domain"]
        try:
            aliases.add_alias(actor=request.actor, mailbox=mailbox, local_part=local_part, mail_domain=domain)
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Se está añadiendo el alias."))
            return back_to(mailbox)
    return render(request, "exchange/alias_add.html", {"mailbox": mailbox, "form": form})


def alias_view(view: View) -> View:
    """``view(request, mailbox, alias)``; every one of them is a POST."""

    @mailbox_view
    @require_POST
    @functools.wraps(view)
    def fetch(request: PanelRequest, mailbox: Mailbox, alias: UUID) -> HttpResponse:
        row = get_visible_or_404(request, MailboxAlias.objects.select_related("last_job"), alias, mailbox=mailbox)
        row.mailbox, row.account = mailbox, request.account
        return view(request, mailbox, row)

    return fetch


@alias_view
def alias_remove(request: PanelRequest, mailbox: Mailbox, alias: MailboxAlias) -> HttpResponse:
    change = functools.partial(aliases.remove_alias, actor=request.actor, alias=alias)
    return done(request, mailbox, change, _("Se está quitando el alias."))


@alias_view
def alias_retry(request: PanelRequest, mailbox: Mailbox, alias: MailboxAlias) -> HttpResponse:
    change = functools.partial(aliases.retry_alias, actor=request.actor, alias=alias)
    return done(request, mailbox, change, _("Se está intentando de nuevo."))


@alias_view
def alias_primary(request: PanelRequest, mailbox: Mailbox, alias: MailboxAlias) -> HttpResponse:
    change = functools.partial(aliases.make_primary, actor=request.actor, mailbox=mailbox, alias=alias)
    text = _("%(address)s es ahora la dirección principal y el inicio de sesión. La anterior queda como alias.")
    return done(request, mailbox, change, text % {"address": alias.address})

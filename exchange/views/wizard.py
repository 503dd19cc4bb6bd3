"""*Agregar buzón*, step by step. Every address holds the draft's id, made when the wizard opens: Back, reload, a double
click and a second tab meet one row, and *Finalizar* makes one mailbox of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Membership, Role
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.folding import fold
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.pagination import keyset_page
from exchange.forms import DataForm, ModeForm, TemplateChoiceForm
from exchange.models import MailboxDraft
from exchange.services import drafts
from exchange.services.capacity import LIMIT_REACHED, places_for
from exchange.services.passwords import generate_password
from exchange.services.people import people_without_mailbox
from exchange.services.prices import rates_of
from exchange.sizes import readable_megabytes
from exchange.states import shown_of
from exchange.views.common import KIND, add_refusal, subscription_view
from exchange.views.drafts import draft_of, draft_view, has_template_step, step_context, step_url
from marketplace.models import Subscription

REFUSED = "mailbox_draft_refused"  # in the session: why Finalizar could not be done, told once on the summary
USUAL_WAIT = timedelta(seconds=30)  # a creation that takes longer has met a mail system that does not answer


@subscription_view
@require_safe
def new_mailbox(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """Opens the wizard with a draft of its own; nothing is stored until something is typed."""
    return redirect("exchange:draft_start", subscription.public_id, uuid4())


@draft_view
def draft_start(request: PanelRequest, draft: MailboxDraft) -> HttpResponse:
    """The choice of the manual: only when there is an existing service user without a mailbox to choose."""
    if not people_without_mailbox(draft.account).exists():
        return redirect(step_url(draft, "draft_data"))
    form = bound_or_stashed(request, ModeForm, initial={"mode": draft.mode or MailboxDraft.Mode.NEW})
    if request.method == "POST" and form.is_valid():
        drafts.choose_mode(draft=draft, mode=form.cleaned_data["mode"])
        is_existing = form.cleaned_data["mode"] == MailboxDraft.Mode.EXISTING
        return redirect(step_url(draft, "draft_user" if is_existing else "draft_data"))
    return render(request, "exchange/draft_start.html", step_context(draft, "draft_start", form=form))


@draft_view
def draft_user(request: PanelRequest, draft: MailboxDraft) -> HttpResponse:
    """Only those without a mailbox, searched and paged."""
    query = " ".join(request.GET.get("q", "")[:100].split())
    members = people_without_mailbox(draft.account).select_related("user")
    error = ""
    if request.method == "POST":
        error = _choose(draft, _member_in(members, request.POST.get("member", "")))
        if not error:
            return redirect(step_url(draft, "draft_data"))
    for word in fold(query).split():
        members = members.filter(search_text__contains=word)
    page = keyset_page(members, order=("search_text", "pk"), cursor=request.GET.get("cursor", ""), size=20)
    context = step_context(draft, "draft_user", page=page, query=query, error=error)
    return render(request, "exchange/draft_user.html", context)


def _member_in(members: Any, public_id: str) -> Membership | None:
    try:
        found: Membership | None = members.filter(public_id=UUID(public_id)).first()
    except ValueError:
        return None
    return found


def _choose(draft: MailboxDraft, member: Membership | None) -> str:
    """The sentence that says why not; empty when it is done."""
    if member is None:
        return _("Elija a un usuario de la lista.")
    try:
        drafts.choose_user(draft=draft, user=member.user, name=member.name)
    except BusinessError as refusal:
        return refusal.user_message
    return ""


@draft_view
@sensitive_post_parameters("password")
def draft_data(request: PanelRequest, draft: MailboxDraft) -> HttpResponse:
    """The data form. A good password is kept even when another field is wrong."""
    form = bound_or_stashed(
        request,
        DataForm,
        subscription=draft.subscription,
        has_password=bool(draft.sealed_password),
        initial=_initial(draft),
    )
    if request.method == "POST" and _keep_data(draft, form):
        return redirect(step_url(draft, _after_data(draft)))
    return _render_data(request, draft, form)


def _keep_data(draft: MailboxDraft, form: DataForm) -> bool:
    """True when the step is complete."""
    if not form.is_valid():
        password = form.cleaned_data.get("password", "")
        if password and not form.has_error("password"):
            drafts.keep_password(draft=draft, password=password)
            form.has_password = True
        return False
    data = dict(form.cleaned_data)
    data["mail_domain"] = data.pop("domain")
    data.pop("address", None)
    try:
        drafts.keep_data(draft=draft, data=drafts.DraftData(**data))
    except BusinessError as refusal:
        add_refusal(form, refusal)
        return False
    return True


def _initial(draft: MailboxDraft) -> dict[str, Any]:
    return {
        "display_name": draft.display_name,
        "local_part": draft.local_part,
        "domain": draft.mail_domain.public_id if draft.mail_domain else None,
        "password_by": draft.password_by,
        "link_email": draft.link_email,
    }


def _render_data(request: PanelRequest, draft: MailboxDraft, form: DataForm, **more: Any) -> HttpResponse:
    if form.has_password:
        form.fields["password"].widget.attrs["placeholder"] = _("Guardada; escriba otra para cambiarla")
    return render(request, "exchange/draft_data.html", step_context(draft, "draft_data", form=form, **more))


@draft_view
@require_POST
@sensitive_post_parameters("password")
def draft_generate(request: PanelRequest, draft: MailboxDraft) -> HttpResponse:
    """*Generar* without JavaScript: the same form with a password in it, shown once so that it can be written down."""
    typed = DataForm(request.POST, subscription=draft.subscription, has_password=True)
    values = {name: typed[name].value() for name in typed.fields}
    password = generate_password()
    drafts.keep_password(draft=draft, password=password)
    initial = {**values, "password_by": MailboxDraft.PasswordBy.TYPED, "password": ""}
    form = DataForm(subscription=draft.subscription, has_password=True, initial=initial)
    return _render_data(request, draft, form, generated=password)


def _after_data(draft: MailboxDraft) -> str:
    """A single template is chosen by itself."""
    if has_template_step(draft):
        return "draft_template"
    only = draft.subscription.mailbox_templates.first()
    if only is not None and draft.template_id != only.pk:
        drafts.choose_template(draft=draft, template=only)
    return "draft_summary"


@draft_view
def draft_template(request: PanelRequest, draft: MailboxDraft) -> HttpResponse:
    default = draft.template or draft.subscription.mailbox_templates.order_by("-is_default", "name").first()
    initial = {"template": default.public_id if default else None}
    rates = rates_of(draft.subscription) if request.membership.is_admin else None
    form = bound_or_stashed(request, TemplateChoiceForm, subscription=draft.subscription, rates=rates, initial=initial)
    if request.method == "POST" and form.is_valid():
        drafts.choose_template(draft=draft, template=form.cleaned_data["template"])
        return redirect(step_url(draft, "draft_summary"))
    return render(request, "exchange/draft_template.html", step_context(draft, "draft_template", form=form))


@draft_view
@require_safe
def draft_summary(request: PanelRequest, draft: MailboxDraft) -> HttpResponse:
    """Everything once more, each line with its way back."""
    if not draft.has_data:
        return redirect(step_url(draft, "draft_data"))
    if draft.template is None:
        return redirect(step_url(draft, _after_data(draft)))
    refused = _take_refusal(request, draft)
    context = step_context(
        draft,
        "draft_summary",
        error=refused.get("message", ""),
        needs_more=refused.get("code") == LIMIT_REACHED,
        owner=draft.user.memberships.filter(account=draft.account).first() if draft.user else None,
        quota=readable_megabytes(draft.template.quota_mb),
        cost=rates_of(draft.subscription).cost_of(places_for([draft.template.quota_mb])),
    )
    return render(request, "exchange/draft_summary.html", context)


def _take_refusal(request: PanelRequest, draft: MailboxDraft) -> dict[str, str]:
    """What the last **Finalizar** of this draft was refused for; empty when it was not, or when it was told already."""
    if request.session.get(REFUSED, {}).get("draft") != str(draft.public_id):
        return {}
    refused: dict[str, str] = request.session.pop(REFUSED)
    return refused


@never_cache
@require_role(Role.ACCOUNT_ADMIN, Role.DELEGATE)
@require_POST
def draft_finish(request: PanelRequest, subscription: UUID, draft: UUID) -> HttpResponse:
    """**Finalizar**: however often it is clicked, one mailbox and this one confirmation. A refusal leads back to the
    summary, which a reload does not send again."""
    whole = MailboxDraft.objects.select_related("subscription", "mail_domain", "template", "user")
    row = get_visible_or_404(
        request, whole, draft, owner=request.user, subscription__public_id=subscription, subscription__kind=KIND
    )
    row.account = row.subscription.account = request.account
    try:
        drafts.finish_draft(actor=request.actor, draft=row)
    except BusinessError as refusal:
        if refusal.code == "incomplete" or row.finished_at:
            return redirect(step_url(row, "draft_start"))
        request.session[REFUSED] = {
            "draft": str(row.public_id),
            "message": refusal.user_message,
            "code": refusal.code,
        }
        return redirect(step_url(row, "draft_summary"))
    return redirect(step_url(row, "draft_done"))


@never_cache
@subscription_view
@require_safe
def draft_done(request: PanelRequest, subscription: Subscription, draft: UUID) -> HttpResponse:
    """The confirmation that the creation is in process; **Actualizar** reads the state again."""
    row = draft_of(request, subscription, draft)
    mailbox = drafts.made_by(row) if row.finished_at else None
    if mailbox is None:
        return redirect(step_url(row, "draft_start"))
    is_late = mailbox.last_job is not None and timezone.now() - mailbox.last_job.created_at > USUAL_WAIT
    context = {
        "subscription": subscription,
        "draft": row,
        "mailbox": mailbox,
        "shown": shown_of(mailbox),
        "is_late": is_late,
    }
    return render_page_or_fragment(request, "exchange/draft_done.html", "exchange/_draft_done.html", context)


@draft_view
@require_POST
def draft_discard(request: PanelRequest, draft: MailboxDraft) -> HttpResponse:
    drafts.discard_draft(draft=draft)
    messages.info(request, _("Se descartó el buzón que estaba creando."))
    return redirect("exchange:mailboxes", draft.subscription.public_id)

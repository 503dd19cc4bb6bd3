"""One person's page, and what an administrator changes there."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import account_required, check_role, get_visible_or_404
from accounts.models import Membership, Role
from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation
from users.belongings import belongings_of
from users.forms.members import DelegationsForm, MemberForm
from users.listing import STATUS_TONES, letter_text
from users.models import AccessRequest, Activation, SignIn
from users.services.activation import resend_activations
from users.services.administrators import administrators_in_force, last_administrator_reason
from users.services.delegation import set_delegations
from users.services.members import disable_members, enable_members, update_member
from users.services.removal import delete_members
from users.services.sessions import end_sessions, people_without_other_accounts
from users.views.bulk import delete_form

PEOPLE = Membership.objects.select_related("user", "account")
SHOWN_SIGN_INS = 10


def fetch_member(request: PanelRequest, public_id: Any) -> Membership:
    """The person of this page; 404 for strangers, 403 for who is no administrator."""
    member: Membership = get_visible_or_404(request, PEOPLE.all(), public_id)
    check_role(request, Role.ACCOUNT_ADMIN)
    return member


@account_required
@require_safe
def user_page(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    return render(request, "users/user.html", _page_context(request, member))


@account_required
def edit_user(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    form = bound_or_stashed(request, MemberForm, initial=MemberForm.initial_of(member))
    if request.method == "POST" and form.is_valid():
        try:
            update_member(actor=request.actor, member=member, **form.cleaned_data)
        except BusinessError as error:
            _explain(form, member, error)
        else:
            messages.success(request, _("Datos guardados."))
            return redirect("users:user", public_id=member.public_id)
    context = {"member": member, "form": form, "kept_as_administrator": _reason_to_stay(member)}
    return render(request, "users/edit.html", context)


@account_required
def edit_services(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    form = bound_or_stashed(request, DelegationsForm, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            set_delegations(
                actor=request.actor, member=member, version=form.cleaned_data["version"], wanted=form.wanted()
            )
        except BusinessError as error:
            _explain(form, member, error)
        else:
            messages.success(request, _("Servicios guardados."))
            return redirect("users:user", public_id=member.public_id)
    return render(request, "users/services.html", {"member": member, "form": form})


@account_required
@require_POST
def resend_activation(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    if resend_activations(actor=request.actor, account=request.account, members=[member]):
        messages.success(request, _("El correo de activación está en camino."))
    else:
        messages.info(request, _("Esta persona ya entró o está deshabilitada: no hace falta activarla."))
    return redirect("users:user", public_id=member.public_id)


@account_required
@require_POST
def disable_user(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    outcome = disable_members(actor=request.actor, account=request.account, members=[member])
    for _name, reason in outcome.refused:
        messages.error(request, reason)
    if outcome.done:
        messages.success(request, _("Usuario deshabilitado: sus sesiones terminaron."))
    return redirect("users:user", public_id=member.public_id)


@account_required
@require_POST
def enable_user(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    enable_members(actor=request.actor, account=request.account, members=[member])
    messages.success(request, _("Usuario habilitado."))
    return redirect("users:user", public_id=member.public_id)


@account_required
@require_POST
def end_user_sessions(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    if member.pk in _shared_people(member):
        messages.info(request, _("Sus sesiones solo las puede cerrar esta misma persona, en su perfil."))
    else:
        end_sessions(actor=request.actor, member=member)
        messages.success(request, _("Sesiones cerradas."))
    return redirect("users:user", public_id=member.public_id)


@account_required
def delete_user(request: PanelRequest, public_id: Any) -> HttpResponse:
    member = fetch_member(request, public_id)
    form = delete_form(request.POST if request.method == "POST" else None, request.account, [member])
    if request.method == "POST" and form.is_valid():
        try:
            outcome = delete_members(actor=request.actor, account=request.account, members=[member], **form.decisions())
        except BusinessError as error:
            form.add_error(error.field if error.field in form.fields else None, error.user_message)
        else:
            return _after_deletion(request, member, outcome.refused)
    context = {
        "member": member,
        "form": form,
        "belongings": belongings_of(member.account, [member.user_id]),
        "delegations": _delegations(member),
        "reason_to_stay": _reason_to_stay(member),
    }
    return render(request, "users/delete.html", context)


def _after_deletion(request: PanelRequest, member: Membership, refused: list[tuple[str, str]]) -> HttpResponse:
    if refused:
        messages.error(request, refused[0][1])
        return redirect("users:user", public_id=member.public_id)
    messages.success(request, _("%(name)s ya no es usuario de la cuenta.") % {"name": member.name})
    return redirect("users:list")


def _explain(form: Any, member: Membership, error: BusinessError) -> None:
    """What was typed stays; the version becomes the current one, so that saving again is a decision."""
    if error.code == "changed_meanwhile":
        form.data = form.data.copy()
        form.data["version"] = Membership.objects.values_list("version", flat=True).get(pk=member.pk)
    form.add_error(error.field if error.field in form.fields else None, error.user_message)


def _page_context(request: PanelRequest, member: Membership) -> dict[str, Any]:
    is_own = member.user_id == request.user.pk
    keys = SignIn.objects.filter(user=member.user_id, account=member.account_id).exclude(session_key="")
    letter = Activation.objects.open().filter(membership=member).select_related("last_job").first()
    return {
        "member": member,
        "tone": STATUS_TONES[member.status],
        "delegations": _delegations(member),
        "belongings": belongings_of(member.account, [member.user_id]),
        "sign_ins": SignIn.objects.filter(user=member.user_id, account=member.account_id).order_by("-pk")[
            :SHOWN_SIGN_INS
        ],
        "sessions": UserSession.objects.filter(user=member.user_id, session_key__in=keys.values("session_key")),
        "requests": AccessRequest.objects.pending()
        .filter(account=member.account_id, user=member.user_id)
        .select_related("subscription"),
        "letter": _letter(letter) if member.is_pending else None,
        "reason_to_stay": _("Es usted: pídalo a otro administrador.") if is_own else _reason_to_stay(member),
    }


def _letter(activation: Activation | None) -> dict[str, Any]:
    job = activation.last_job if activation else None
    known = {"state": job.state, "message": job.user_message, "expires_at": activation.expires_at} if job else None
    text, is_problem = letter_text(known)
    return {"text": text, "is_problem": is_problem, "activation": activation, "job": job}


def _delegations(member: Membership) -> Any:
    mine = ServiceDelegation.objects.filter(user=member.user_id, subscription__account=member.account_id)
    return mine.select_related("subscription", "granted_by").order_by("subscription__name")


def _reason_to_stay(member: Membership) -> str:
    """Why this person cannot be taken away or demoted; empty when they can."""
    is_last = administrators_in_force(member.account) == [member.pk]
    return last_administrator_reason() if is_last else ""


def _shared_people(member: Membership) -> list[int]:
    return [] if member.user_id in people_without_other_accounts([member]) else [member.pk]

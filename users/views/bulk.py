"""One action for many people: what it will do is shown first, then done, then told person by person where it was not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import require_role
from accounts.models import Account, Membership, Role
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation
from users.belongings import belongings_of
from users.forms.members import DeleteForm, ServicesForm
from users.selection import MOST_AT_ONCE, Selection
from users.services.activation import resend_activations
from users.services.delegation import delegate_to_members, withdraw_from_members
from users.services.members import Outcome, disable_members, enable_members
from users.services.removal import delete_members

SHOWN_NAMES = 20
Work = Callable[[HttpRequest, list[Membership], Any], Outcome]


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def resend(request: PanelRequest) -> HttpResponse:
    def work(request: PanelRequest, members: list[Membership], form: Any) -> Outcome:
        count = resend_activations(actor=request.actor, account=request.account, members=members)
        return Outcome(count, [])

    question = _("Cada persona que todavía no ha entrado recibirá un enlace nuevo; los anteriores dejan de servir.")
    return _act(request, "reenviar", _("Reenviar correo de activación"), question, work)


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def enable(request: PanelRequest) -> HttpResponse:
    def work(request: PanelRequest, members: list[Membership], form: Any) -> Outcome:
        return enable_members(actor=request.actor, account=request.account, members=members)

    question = _("Podrán volver a entrar con su contraseña de siempre.")
    return _act(request, "habilitar", _("Habilitar usuarios"), question, work)


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def disable(request: PanelRequest) -> HttpResponse:
    def work(request: PanelRequest, members: list[Membership], form: Any) -> Outcome:
        return disable_members(actor=request.actor, account=request.account, members=members)

    question = _("Sus sesiones terminan de inmediato y no podrán entrar. Lo que tienen se conserva.")
    return _act(request, "deshabilitar", _("Deshabilitar usuarios"), question, work, is_grave=True)


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def delegate(request: PanelRequest) -> HttpResponse:
    def work(request: PanelRequest, members: list[Membership], form: Any) -> Outcome:
        data = form.cleaned_data
        return delegate_to_members(
            actor=request.actor,
            account=request.account,
            members=members,
            subscriptions=list(data["subscriptions"]),
            ends_at=data["ends_at"],
        )

    form = ServicesForm(_answers(request), account=request.account, has_end=True)
    question = _("Podrán administrar estos servicios, además de los que ya administran.")
    return _act(request, "delegar", _("Delegar servicios"), question, work, form=form)


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def withdraw(request: PanelRequest) -> HttpResponse:
    def work(request: PanelRequest, members: list[Membership], form: Any) -> Outcome:
        chosen = list(form.cleaned_data["subscriptions"])
        return withdraw_from_members(
            actor=request.actor, account=request.account, members=members, subscriptions=chosen
        )

    form = ServicesForm(_answers(request), account=request.account, has_end=False)
    question = _("Dejarán de administrar estos servicios de inmediato.")
    return _act(request, "retirar", _("Retirar servicios"), question, work, form=form)


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def delete(request: PanelRequest) -> HttpResponse:
    def work(request: PanelRequest, members: list[Membership], form: Any) -> Outcome:
        return delete_members(actor=request.actor, account=request.account, members=members, **form.decisions())

    members = Selection.of(request.POST).members(request.account)
    form = delete_form(_answers(request), request.account, members)
    question = _("Salen de la cuenta y sus sesiones terminan. No se puede deshacer; lo que hicieron queda registrado.")
    return _act(request, "eliminar", _("Eliminar usuarios"), question, work, form=form, is_grave=True)


def delete_form(data: Any, account: Account, members: list[Membership]) -> DeleteForm:
    """Asks about mailboxes and delegations only where there are any."""
    ids = [member.user_id for member in members]
    granted = ServiceDelegation.objects.filter(user__in=ids, subscription__account=account)
    return DeleteForm(
        data, account=account, has_things=bool(belongings_of(account, ids)), has_delegations=granted.exists()
    )


def _answers(request: PanelRequest) -> Any:
    """What the confirmation page sent; None when the list sent us here."""
    return request.POST if "confirmado" in request.POST else None


def _act(
    request: PanelRequest,
    action: str,
    title: str,
    question: str,
    work: Work,
    *,
    form: forms.Form | None = None,
    is_grave: bool = False,
) -> HttpResponse:
    """The confirmation, and after it the work."""
    selection = Selection.of(request.POST)
    members = selection.members(request.account)
    if not members:
        messages.warning(request, _("Seleccione al menos un usuario."))
        return redirect("users:list")
    if "confirmado" in request.POST and (form is None or form.is_valid()):
        try:
            outcome = work(request, members, form)
        except BusinessError as error:
            if form is None:
                messages.error(request, error.user_message)
                return redirect("users:list")
            form.add_error(error.field if error.field in form.fields else None, error.user_message)
        else:
            _tell(request, title, outcome)
            return redirect("users:list")
    context = {
        "action": action,
        "title": title,
        "question": question,
        "form": form,
        "is_grave": is_grave,
        "members": members[:SHOWN_NAMES],
        "count": len(members),
        "more": max(len(members) - SHOWN_NAMES, 0),
        "is_cut": len(members) == MOST_AT_ONCE,
        "selection": selection.fields(),
    }
    return render(request, "users/bulk.html", context)


def _tell(request: PanelRequest, title: str, outcome: Outcome) -> None:
    if outcome.done:
        messages.success(request, _("%(title)s: hecho con %(count)d.") % {"title": title, "count": outcome.done})
    elif not outcome.refused:
        messages.info(request, _("%(title)s: no había nada que cambiar.") % {"title": title})
    for name, reason in outcome.refused[:10]:
        messages.warning(request, f"{name}: {reason}")

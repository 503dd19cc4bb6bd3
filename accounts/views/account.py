"""Perfil de la cuenta, and what it demands of everybody who works in it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.access import require_role
from accounts.forms.account import AccountProfileForm, initial_profile
from accounts.log_models import ActionLogEntry
from accounts.log_words import change, changes, person
from accounts.models import Account, Role
from accounts.requests import PanelRequest
from accounts.services.account import account_facts, change_account_profile
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError


@require_role(Role.ACCOUNT_ADMIN)
def account_profile(request: PanelRequest) -> HttpResponse:
    account: Account = request.account
    form = bound_or_stashed(request, AccountProfileForm, initial=initial_profile(account, list(account.contacts.all())))
    conflict: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        version, profile, contacts = form.cleaned_data["version"], form.profile(), form.contacts()
        try:
            change_account_profile(
                actor=request.actor, account=account, version=version, profile=profile, contacts=contacts
            )
        except BusinessError as error:
            form.add_error(error.field or None, error.user_message)
            conflict = _conflict(account, form)
        else:
            messages.success(request, _("Guardamos el perfil de la cuenta."))
            return redirect("accounts:account_profile")
    return render(request, "accounts/account_profile.html", {"form": form, "conflict": conflict})


def _conflict(account: Account, form: AccountProfileForm) -> dict[str, object]:
    """Who was quicker, and where their data differ from what is typed here. Saving again then is a decision."""
    form.take_version(Account.objects.values_list("version", flat=True).get(pk=account.pk))
    typed = {**form.profile(), **{f"{kind}_contact": dict(data) for kind, data in form.contacts().items()}}
    saved = account_facts(account)
    differing = [key for key in {**saved, **typed} if saved.get(key) != typed.get(key)]
    entry = (
        ActionLogEntry.objects.filter(account=account, action="accounts.account.profile_changed")
        .order_by("-at", "-pk")
        .first()
    )
    return {
        "who": person(entry.actor_name)[0] if entry else "",
        "at": entry.at if entry else None,
        "theirs": changes(entry) if entry else [],
        "lines": [change(key, saved.get(key), typed.get(key)) for key in differing],
    }

"""What administrators change about the account itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.factors import has_factor_now
from accounts.models import Account, AccountContact
from cloudpanel.core.exceptions import BusinessError

Contacts = Mapping[str, Mapping[str, str]]


@transaction.atomic
def change_account_profile(
    *, actor: Actor, account: Account, version: int, profile: Mapping[str, str], contacts: Contacts
) -> None:
    """Writes the profile and the three contacts, if nobody did since ``version`` was read.

    Raises BusinessError (code ``changed_meanwhile``) when somebody did. ``contacts`` are all there shall be.
    """
    now = Account.objects.select_for_update().get(pk=account.pk)
    if now.version != version:
        raise BusinessError(
            _("Otra persona cambió este perfil mientras usted lo editaba. Lo que usted escribió sigue aquí abajo."),
            code="changed_meanwhile",
        )
    before, after = _difference(_facts(now), _wanted(profile, contacts))
    if not after and not before:
        return
    for name, value in profile.items():
        setattr(now, name, value)
    now.version = F("version") + 1
    now.save(update_fields=[*profile, "version"])
    _write_contacts(now, contacts)
    log_action(
        actor=actor,
        account=now,
        action="accounts.account.profile_changed",
        target=now,
        target_name=profile["legal_name"],
        before=before,
        after=after,
    )


def account_facts(account: Account) -> dict[str, Any]:
    """The profile as it is now, contacts included: what a conflict is explained with."""
    return _facts(Account.objects.get(pk=account.pk))


def _facts(account: Account) -> dict[str, Any]:
    names = ("legal_name", "tax_id", "tax_regime", "cfdi_use", "street", "city", "state", "postal_code", "country")
    facts: dict[str, Any] = {name: getattr(account, name) for name in (*names, "language", "time_zone")}
    for contact in account.contacts.order_by("kind"):
        facts[f"{contact.kind}_contact"] = _contact_facts(contact)
    return facts


def _contact_facts(contact: AccountContact) -> dict[str, str]:
    return {"name": contact.name, "email": contact.email, "phone": contact.phone}


def _wanted(profile: Mapping[str, str], contacts: Contacts) -> dict[str, Any]:
    return {**profile, **{f"{kind}_contact": dict(contact) for kind, contact in contacts.items()}}


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Only what differs, as before and after."""
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return {key: old[key] for key in changed if key in old}, {key: new[key] for key in changed if key in new}


def _write_contacts(account: Account, contacts: Contacts) -> None:
    account.contacts.exclude(kind__in=list(contacts)).delete()
    for kind, contact in contacts.items():
        AccountContact.objects.update_or_create(account=account, kind=kind, defaults=dict(contact))


@transaction.atomic
def set_second_factor_policy(*, actor: Actor, account: Account, is_required: bool) -> None:
    """Makes the second factor obligatory for everybody who works in this account, or not. Counts at the next request.

    Raises BusinessError (``no_factor``) when the administrator who demands it has none: they would lock themselves out
    of everything but setting one up, and would not notice that it works.
    """
    if is_required and not has_factor_now(actor.user):
        raise BusinessError(
            _("Configure primero su propio segundo factor; así sabe que funciona y no se queda fuera."),
            code="no_factor",
        )
    verb = "second_factor_required" if is_required else "second_factor_optional"
    changed = Account.objects.filter(pk=account.pk, requires_second_factor=not is_required).update(
        requires_second_factor=is_required
    )
    if changed:
        log_action(actor=actor, account=account, action=f"accounts.account.{verb}", target=account)

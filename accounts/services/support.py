"""What support staff do for a person or an account; always logged where the customer sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.action_log import build_entry, log_action, log_actions
from accounts.actors import Actor
from accounts.mail_models import NotificationKind, OutgoingEmail
from accounts.models import Account, Membership, User
from accounts.notifications import notify
from accounts.services.email_change import end_all_sessions
from cloudpanel.core.exceptions import BusinessError


@transaction.atomic
def reset_second_factor(*, actor: Actor, user: User, reason: str) -> None:
    """For somebody who lost phone and recovery codes: takes every factor away, ends every session, and tells them.

    Raises BusinessError: nobody does it for themselves (``own``), only a superuser for other staff (``staff``), and not
    for somebody who has none (``no_factor``). ``reason`` (how the person proved who they are) is kept in the log.
    """
    agent = actor.user
    if agent is None or agent.pk == user.pk:
        raise BusinessError(_("Nadie quita su propio segundo factor desde aquí; pídalo a otra persona."), code="own")
    if user.is_staff and not agent.is_superuser:
        raise BusinessError(_("Solo un superusuario puede hacerlo con personal de soporte."), code="staff")
    removed, _rows = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise BusinessError(_("Esta persona no tiene un segundo factor."), code="no_factor")
    end_all_sessions(user)
    OutgoingEmail.objects.create(kind=OutgoingEmail.Kind.SECOND_FACTOR_RESET, user=user, address=user.email)
    accounts = accounts_of(user)
    logged_in: list[int | None] = [*accounts] or [None]  # somebody without an account is logged in none
    log_actions(
        build_entry(
            actor=actor,
            account=account,
            action="accounts.user.second_factor_reset",
            target=user,
            target_name=user.email,
            after={"reason": reason},
        )
        for account in logged_in
    )
    for account in accounts:
        notify(
            account=account,
            users=[user],
            title=gettext_lazy("Soporte quitó su segundo factor; configure uno nuevo"),
            url="/acceso/seguridad/",
            level="warning",
            kind=NotificationKind.SECURITY,
        )


@transaction.atomic
def note_account_change(
    *, actor: Actor, account: Account, before: Mapping[str, Any], after: Mapping[str, Any], is_new: bool = False
) -> None:
    """Support changed an account in the admin or by an import: the line, and only if something differs."""
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if not changed:
        return
    log_action(
        actor=actor,
        account=account,
        action="accounts.account.created" if is_new else "accounts.account.changed_by_support",
        target=account,
        before={key: before[key] for key in changed if key in before},
        after={key: after[key] for key in changed if key in after},
    )


def staff_rights(user: User) -> dict[str, Any]:
    """What somebody may do at /admin/, as text that survives the groups."""
    return {
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "user_permissions": sorted(user.user_permissions.values_list("codename", flat=True)),
    }


@transaction.atomic
def note_staff_rights(*, actor: Actor, user: User, before: Mapping[str, Any]) -> None:
    after = staff_rights(User.objects.get(pk=user.pk))
    if after != before:
        log_action(
            actor=actor,
            account=None,
            action="accounts.user.staff_rights_changed",
            target=user,
            target_name=user.email,
            before=before,
            after=after,
        )


def accounts_of(user: User) -> list[int]:
    return list(Membership.objects.filter(user=user).order_by("account").values_list("account_id", flat=True))

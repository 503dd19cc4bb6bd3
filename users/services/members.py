"""What administrators change about the people of their account. One at a time or many, by the same rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_action, log_actions
from accounts.actors import Actor
from accounts.addresses import normalize_email
from accounts.mail_models import NotificationKind
from accounts.models import Account, Membership, Role, User
from accounts.notifications import notify
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation
from users.services.administrators import administrators_in_force, keep_an_administrator, last_administrator_reason
from users.services.locks import lock_account
from users.services.sessions import end_sessions_of, people_without_other_accounts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change of many did. ``refused`` says of whom it was not done, and why."""

    done: int
    refused: list[tuple[str, str]]


def named(member: Membership) -> str:
    """How the log names a person: as text, which outlives them."""
    return f"{member.name} <{member.email}>"


def take_version(member: Membership, version: int) -> None:
    """Of two who edit the same person, the first wins and the second is told: nothing is overwritten unseen."""
    changed = Membership.objects.filter(pk=member.pk, version=version).update(version=F("version") + 1)
    if not changed:
        text = _("Otra persona cambió estos datos mientras usted los editaba. Revíselos y vuelva a guardar.")
        raise BusinessError(text, code="changed_meanwhile")


@transaction.atomic
def update_member(
    *, actor: Actor, member: Membership, version: int, name: str, notification_email: str, role: Role
) -> Membership:
    """Data and role. Raises BusinessError ``changed_meanwhile`` or ``last_administrator``."""
    lock_account(member.account_id)
    take_version(member, version)
    member.refresh_from_db()
    before = {"name": member.name, "notification_email": member.notification_email, "role": member.role}
    if member.role == Role.ACCOUNT_ADMIN and role != Role.ACCOUNT_ADMIN:
        keep_an_administrator(member.account, [member.pk])
    if role == Role.SERVICE_USER:
        _withdraw_everything(member)
    member.name, member.role = name.strip(), role
    member.notification_email = normalize_email(notification_email)
    after = {"name": member.name, "notification_email": member.notification_email, "role": str(role)}
    member.save(update_fields=["name", "notification_email", "role"])
    _copy_to_own_person(member)
    log_action(
        actor=actor,
        account=member.account_id,
        action="users.user.changed",
        target=member,
        target_name=named(member),
        before={key: value for key, value in before.items() if after[key] != value},
        after={key: value for key, value in after.items() if before[key] != value},
    )
    if before["role"] != role:
        _tell_new_role(member)
    return member


def _copy_to_own_person(member: Membership) -> None:
    """Who belongs to nobody else is this account's to name; another customer's user is not."""
    alone = not Membership.objects.filter(user=member.user_id).exclude(pk=member.pk).exists()
    if alone and not member.user.is_staff:
        own = {"name": member.name, "notification_email": member.notification_email}
        User.objects.filter(pk=member.user_id).update(**own)


def _withdraw_everything(member: Membership) -> None:
    ServiceDelegation.objects.filter(user=member.user_id, subscription__account=member.account_id).delete()


def _tell_new_role(member: Membership) -> None:
    notify(
        account=member.account_id,
        users=[member.user_id],
        title=lambda: _("Su acceso cambió: %(role)s") % {"role": member.get_role_display()},
        url="/",
        kind=NotificationKind.USERS,
    )


@transaction.atomic
def disable_members(*, actor: Actor, account: Account, members: Sequence[Membership]) -> Outcome:
    """They are out at once: the membership counts no more, and what they have open ends."""
    lock_account(account)
    chosen = [member for member in members if member.is_active]
    chosen, refused = spare_what_must_stay(actor, account, chosen)
    ids = [member.pk for member in chosen]
    Membership.objects.filter(pk__in=ids).update(is_active=False, version=F("version") + 1)
    end_sessions_of(people_without_other_accounts(chosen))
    _log_all(actor, chosen, "users.user.disabled")
    return Outcome(len(chosen), refused)


@transaction.atomic
def enable_members(*, actor: Actor, account: Account, members: Sequence[Membership]) -> Outcome:
    lock_account(account)
    chosen = [member for member in members if not member.is_active]
    ids = [member.pk for member in chosen]
    Membership.objects.filter(pk__in=ids).update(is_active=True, version=F("version") + 1)
    _log_all(actor, chosen, "users.user.enabled")
    return Outcome(len(chosen), [])


def spare_what_must_stay(
    actor: Actor, account: Account, members: Sequence[Membership]
) -> tuple[list[Membership], list[tuple[str, str]]]:
    """Takes out of ``members`` the person who is doing it and, if nobody else is left, the administrators."""
    chosen, refused = [], []
    left = set(administrators_in_force(account)) - {member.pk for member in members}
    acting = actor.user.pk if actor.user else None
    for member in members:
        if member.user_id == acting:
            refused.append((named(member), _("Es usted: pídalo a otro administrador.")))
            left.add(member.pk)
        else:
            chosen.append(member)
    if not left & set(administrators_in_force(account)):
        staying = [member for member in chosen if member.role == Role.ACCOUNT_ADMIN]
        refused += [(named(member), last_administrator_reason()) for member in staying]
        chosen = [member for member in chosen if member not in staying]
    return chosen, refused


def _log_all(actor: Actor, members: Sequence[Membership], action: str) -> None:
    log_actions(
        build_entry(actor=actor, account=m.account_id, action=action, target=m, target_name=named(m)) for m in members
    )

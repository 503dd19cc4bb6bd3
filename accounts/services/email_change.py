"""Changing the address one signs in with: asked for by the person, confirmed by the new address, undone by the old."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.addresses import normalize_email
from accounts.emails import CONFIRM_SALT, REVERT_SALT
from accounts.models import Account, EmailChange, Membership, OutgoingEmail, User
from accounts.person_models import REVERT_WITHIN
from cloudpanel.core.exceptions import BusinessError

MOST_PER_HOUR = 5
Kind = OutgoingEmail.Kind
State = EmailChange.State


@transaction.atomic
def request_email_change(*, actor: Actor, account: Account | None, user: User, email: str) -> EmailChange:
    """Asks the new address to confirm, and tells the old one. An older open wish is replaced.

    Whether the address is somebody else's is not told: then that person is written to instead, and the screen says the
    same. Raises BusinessError (``same_email``, ``too_many``).
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    new = normalize_email(email)
    if new == user.email:
        raise BusinessError(_("Este ya es su correo de acceso."), field="email", code="same_email")
    if user.email_changes.filter(created_at__gt=timezone.now() - timedelta(hours=1)).count() >= MOST_PER_HOUR:
        raise BusinessError(_("Pidió demasiados cambios seguidos. Espere una hora."), field="email", code="too_many")
    user.email_changes.filter(state=State.REQUESTED).update(state=State.CANCELLED)
    change = EmailChange.objects.create(user=user, old_email=user.email, new_email=new)
    owner = User.objects.filter(email=new).first()
    if owner is None:
        _write(Kind.EMAIL_CHANGE_CONFIRM, user, new, change)
    else:
        _write(Kind.EMAIL_TAKEN, owner, new)
    _write(Kind.EMAIL_CHANGE_NOTICE, user, user.email, change)
    log_action(
        actor=actor,
        account=account,
        action="accounts.user.email_change_requested",
        target=user,
        before={"email": user.email},
        after={"email": new},
    )
    return change


@transaction.atomic
def cancel_email_change(*, user: User) -> None:
    """The person thought better of it. Nothing changes, so nothing is logged."""
    user.email_changes.filter(state=State.REQUESTED).update(state=State.CANCELLED)


def find_change_to_confirm(token: str) -> EmailChange | None:
    """The wish that this link confirms, while it may; None for any other link."""
    change = _find(token, CONFIRM_SALT)
    return change if change is not None and change.is_open and change.user.is_active else None


def find_change_to_revert(token: str) -> EmailChange | None:
    change = _find(token, REVERT_SALT)
    return change if change is not None and change.may_be_reverted else None


@transaction.atomic
def confirm_email_change(*, change: EmailChange, origin: str) -> None:
    """Whoever holds the link holds the new address. Raises BusinessError (``link_used``) when it counts no more, also
    when the address has become somebody else's meanwhile."""
    user = User.objects.select_for_update().get(pk=change.user_id)
    moved = EmailChange.objects.filter(pk=change.pk, state=State.REQUESTED, old_email=user.email).update(
        state=State.CONFIRMED, confirmed_at=timezone.now()
    )
    if not moved:
        raise BusinessError(_("Este enlace ya se usó o venció."), code="link_used")
    _set_email(user, change.new_email)
    _write(Kind.EMAIL_CHANGE_NOTICE, user, change.old_email, change)
    _log(user, origin, "accounts.user.email_changed", change.old_email, change.new_email)


@transaction.atomic
def revert_email_change(*, change: EmailChange, origin: str) -> bool:
    """Undoes it, or keeps it from happening; True when the address was changed back, and then every session of the
    person ends. Raises BusinessError (``link_used``, ``taken``)."""
    user = User.objects.select_for_update().get(pk=change.user_id)
    change.refresh_from_db()
    was_done = change.state == State.CONFIRMED
    if not change.may_be_reverted or (was_done and user.email != change.new_email):
        raise BusinessError(_("Este enlace ya se usó o venció."), code="link_used")
    EmailChange.objects.filter(pk=change.pk).update(state=State.REVERTED)
    if was_done:
        _set_email(user, change.old_email)
        end_all_sessions(user)
        _log(user, origin, "accounts.user.email_change_reverted", change.new_email, change.old_email)
    return was_done


def end_all_sessions(user: User) -> None:
    """Everywhere, at once."""
    for session in UserSession.objects.filter(user=user):
        session.end()


def _find(token: str, salt: str) -> EmailChange | None:
    try:
        public_id = UUID(signing.loads(token, salt=salt, max_age=2 * REVERT_WITHIN))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return EmailChange.objects.select_related("user").filter(public_id=public_id).first()


def _set_email(user: User, email: str) -> None:
    """Raises BusinessError when somebody else has it."""
    user.email = email
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
    except IntegrityError as error:
        raise BusinessError(_("Este enlace ya no sirve. Escriba a soporte."), code="taken") from error
    EmailAddress.objects.filter(user=user).delete()  # allauth looks there too when a password is recovered


def _write(kind: OutgoingEmail.Kind, user: User, address: str, change: EmailChange | None = None) -> None:
    params = {"change": change.pk} if change else {}
    OutgoingEmail.objects.create(kind=kind, user=user, address=address, params=params)


def _log(user: User, origin: str, action: str, before: str, after: str) -> None:
    """In each of the person's accounts: their administrators know them by the address."""
    actor = Actor(user=user, origin=origin)
    accounts: list[int | None] = list(Membership.objects.filter(user=user).values_list("account_id", flat=True)) or [
        None
    ]
    for account in accounts:
        log_action(
            actor=actor,
            account=account,
            action=action,  # one of accounts.user.email_changed, accounts.user.email_change_reverted
            target=user,
            before={"email": before},
            after={"email": after},
        )

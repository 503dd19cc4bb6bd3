"""Support staff come in as everybody does: invited, and with a password that only they know."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.addresses import normalize_email
from accounts.emails import STAFF_LINK_LIFE, STAFF_SALT
from accounts.models import OutgoingEmail, User
from accounts.services.people import new_person
from cloudpanel.core.exceptions import BusinessError


@transaction.atomic
def add_staff_user(*, actor: Actor, email: str, name: str, language: str, groups: Iterable[Group]) -> User:
    """A colleague who gets an activation e-mail. Raises BusinessError: somebody has this address already."""
    user = new_person(email=normalize_email(email), name=name, language=language, is_staff=True)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        text = _("Ya hay una persona con este correo. Búsquela en la lista de usuarios.")
        raise BusinessError(text, field="email", code="taken") from error
    user.groups.set(groups)
    after = {"email": user.email, "groups": sorted(group.name for group in groups)}
    log_action(
        actor=actor, account=None, action="accounts.user.staff_added", target=user, target_name=user.email, after=after
    )
    _invite(user)
    return user


@transaction.atomic
def invite_staff_again(*, actor: Actor, user: User) -> None:
    """Another e-mail with another link. Raises BusinessError for who is in already, or is no member of staff."""
    if not user.is_staff or not user.is_active or user.activated_at:
        text = _("Solo se invita otra vez al personal de soporte que todavía no activa su acceso.")
        raise BusinessError(text, code="not_waiting")
    _invite(user)
    log_action(
        actor=actor, account=None, action="accounts.user.staff_invited_again", target=user, target_name=user.email
    )


def find_invited(token: str) -> User | None:
    """Whose link this is; None when it is not ours, is older than 48 hours or was used."""
    try:
        public_id = signing.loads(token, salt=STAFF_SALT, max_age=STAFF_LINK_LIFE)
    except signing.BadSignature:
        return None
    return User.objects.filter(public_id=public_id, is_staff=True, is_active=True, activated_at=None).first()


@transaction.atomic
def activate_staff(*, token: str, origin: str, name: str, password: str) -> User:
    """Uses the link, once. Raises BusinessError: ``link_dead``, or field "password" when it is too weak."""
    user = find_invited(token)
    if user is None:
        raise BusinessError(_("Este enlace ya no sirve."), code="link_dead")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BusinessError(" ".join(error.messages), field="password", code="weak_password") from error
    user.set_password(password)
    changes = {"password": user.password, "name": name.strip() or user.name, "activated_at": timezone.now()}
    if not User.objects.filter(pk=user.pk, activated_at=None).update(**changes):
        raise BusinessError(_("Este enlace ya no sirve."), code="link_dead")
    log_action(
        actor=Actor(user=user, origin=origin),
        account=None,
        action="users.user.activated",
        target=user,
        target_name=user.email,
    )
    return User.objects.get(pk=user.pk)


def _invite(user: User) -> None:
    OutgoingEmail.objects.create(kind=OutgoingEmail.Kind.STAFF_INVITED, user=user, address=user.email)

"""How a person begins, and what people change about themselves."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account, Membership, User
from cloudpanel.core.exceptions import BusinessError

UNUSABLE = "!"  # Django's mark of a password that nothing matches; make_password's salt would cost per person


def new_person(*, email: str, name: str, language: str, **fields: Any) -> User:
    """Somebody who has no password yet and chooses it when they activate their access. Unsaved: the caller inserts one,
    or five hundred at once. ``email`` in its one form (:mod:`accounts.addresses`)."""
    return User(email=email, name=name, language=language, password=UNUSABLE, **fields)


@transaction.atomic
def change_profile(*, actor: Actor, user: User, account: Account | None, name: str, language: str) -> None:
    """The person's own name and language. ``account`` is where the line is logged: the one they are working in."""
    before = {"name": user.name, "language": user.language}
    after = {"name": name, "language": language}
    if before == after:
        return
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])
    log_action(
        actor=actor, account=account, action="accounts.user.profile_changed", target=user, before=before, after=after
    )


def choose_account(*, user: User, members: list[Membership], public_id: str) -> Membership:
    """The membership in that account. Raises BusinessError when the person has none there (any more)."""
    for member in members:
        if str(member.account.public_id) == public_id:
            return member
    raise BusinessError(_("Usted ya no tiene acceso a esa cuenta."), code="not_a_member")

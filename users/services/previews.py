"""Looking with another person's eyes is noted, though nothing can be changed."""

from __future__ import annotations

from django.db import transaction

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Membership
from users.services.members import named


@transaction.atomic
def note_preview(*, actor: Actor, member: Membership) -> None:
    log_action(
        actor=actor,
        account=member.account_id,
        action="users.user.previewed",
        target=member,
        target_name=named(member),
    )

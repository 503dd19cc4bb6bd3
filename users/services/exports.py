"""Downloads of the list of users are noted: who took which personal data away."""

from __future__ import annotations

from django.db import transaction

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account


@transaction.atomic
def note_export(*, actor: Actor, account: Account, file_format: str) -> None:
    log_action(
        actor=actor, account=account, action="users.list.exported", target=account, after={"format": file_format}
    )

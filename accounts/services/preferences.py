"""How a person wants to be told things."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.mail_models import ALWAYS_TOLD, NotificationKind, NotificationPreference
from accounts.models import Account, User

BOTH = (True, True)


def preferences_of(user: User) -> dict[str, tuple[bool, bool]]:
    """Kind → (on screen, by e-mail), all kinds."""
    wishes = {wish.kind: (wish.on_screen, wish.by_email) for wish in user.preferences.all()}
    return {kind: wishes.get(kind, BOTH) for kind in NotificationKind if kind not in ALWAYS_TOLD}


@transaction.atomic
def change_preferences(
    *, actor: Actor, account: Account | None, user: User, choices: Mapping[str, tuple[bool, bool]]
) -> None:
    """Writes all kinds at once. Kinds that must be told stay as they are, whatever ``choices`` says."""
    User.objects.select_for_update().get(pk=user.pk)  # two tabs at once: one after the other
    before = preferences_of(user)
    after = {**before, **{kind: wish for kind, wish in choices.items() if kind in before}}
    changed = [kind for kind in after if after[kind] != before[kind]]
    if not changed:
        return
    NotificationPreference.objects.bulk_create(
        [
            NotificationPreference(user=user, kind=kind, on_screen=after[kind][0], by_email=after[kind][1])
            for kind in changed
        ],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["on_screen", "by_email"],
    )
    log_action(
        actor=actor,
        account=account,
        action="accounts.user.preferences_changed",
        target=user,
        before={kind: _as_data(before[kind]) for kind in changed},
        after={kind: _as_data(after[kind]) for kind in changed},
    )


def _as_data(wish: tuple[bool, bool]) -> dict[str, bool]:
    return {"on_screen": wish[0], "by_email": wish[1]}

"""Tells people what happened: a row on screen; the e-mail goes out of the same words."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import Account, Membership, Notification, Role, User


def administrators_of(account: Account | int) -> list[User]:
    account_id = account.pk if isinstance(account, Account) else account
    members = Membership.objects.in_force().filter(account_id=account_id, role=Role.ACCOUNT_ADMIN)
    return [member.user for member in members.select_related("user")]


def notify(
    *,
    account: Account | int,
    users: Iterable[User | int],
    title: str,
    body: str = "",
    url: str = "",
    level: str = "info",
) -> None:
    """One notification for each person, in one statement. Repeated people are told once."""
    account_id = account.pk if isinstance(account, Account) else account
    people = {user.pk if isinstance(user, User) else user for user in users}
    Notification.objects.bulk_create(
        Notification(account_id=account_id, user_id=person, title=title[:200], body=body, url=url, level=level)
        for person in sorted(people)
    )

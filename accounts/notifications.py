"""Tells people what happened: a row on screen and an e-mail in the same words, as each of them prefers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise

from accounts.mail_models import ALWAYS_TOLD, NotificationKind, NotificationPreference, OutgoingEmail
from accounts.models import Account, Membership, Notification, Role, User

Text = str | Promise | Callable[[], str]
"""Words in the reader's language: a lazy translation, or a function that translates when it is called. Plain text is
the same for everybody."""


@dataclass(frozen=True, slots=True)
class _Reader:
    user_id: int
    language: str
    on_screen: bool
    by_email: bool


def administrators_of(account: Account | int) -> list[User]:
    account_id = account.pk if isinstance(account, Account) else account
    members = Membership.objects.in_force().filter(account_id=account_id, role=Role.ACCOUNT_ADMIN)
    return [member.user for member in members.select_related("user")]


def notify(
    *,
    account: Account | int,
    users: Iterable[User | int],
    title: Text,
    body: Text = "",
    url: str = "",
    level: str = "info",
    kind: NotificationKind | str = NotificationKind.SERVICES,
    by_email: bool = True,
) -> None:
    """One notification for each person, however many there are in four statements. Repeated people are told once.

    ``by_email`` False: another e-mail says the same, e.g. the invoice itself.

    Call it once for a batch, not once for a row. E-mails are only noted here, in the caller's transaction; the ones that
    one person gets within seconds leave together (``notices``).
    """
    account_id = account.pk if isinstance(account, Account) else account
    readers = _readers({user.pk if isinstance(user, User) else user for user in users}, NotificationKind(kind))
    texts = {language: _texts(language, title, body) for language in {reader.language for reader in readers}}
    common: dict[str, Any] = {"account_id": account_id, "kind": kind}
    shown = [reader for reader in readers if reader.on_screen]
    mailed = [reader for reader in readers if by_email and reader.by_email]
    facts = {"url": url, "level": str(level)}
    if shown:
        Notification.objects.bulk_create(
            Notification(user_id=reader.user_id, **common, **facts, **texts[reader.language]) for reader in shown
        )
    if mailed:
        OutgoingEmail.objects.bulk_create(
            OutgoingEmail(
                kind=OutgoingEmail.Kind.NOTIFICATION,
                account_id=account_id,
                user_id=reader.user_id,
                params={**texts[reader.language], **facts},
            )
            for reader in mailed
        )


def _texts(language: str, title: Text, body: Text) -> dict[str, str]:
    with translation.override(language):
        words = [str(text() if callable(text) else text) for text in (title, body)]
    return {"title": words[0][:200], "body": words[1]}


def _readers(people: set[int], kind: NotificationKind) -> list[_Reader]:
    """Those who can be told, each with how."""
    languages = dict(User.objects.filter(pk__in=people).order_by("pk").values_list("pk", "language"))
    wishes = {
        wish.user_id: wish
        for wish in NotificationPreference.objects.filter(user__in=people, kind=kind)
        if kind not in ALWAYS_TOLD
    }
    return [
        _Reader(
            pk,
            language,
            on_screen=pk not in wishes or wishes[pk].on_screen,
            by_email=pk not in wishes or wishes[pk].by_email,
        )
        for pk, language in languages.items()
    ]

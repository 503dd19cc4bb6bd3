"""Puts ``request.membership(s)``, ``request.account`` and ``request.actor`` on every request, with one query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.actors import Actor
from accounts.factors import has_factor
from accounts.models import Account, Membership, User
from cloudpanel.core.prepared import PreparedRows, columns_of, instance_of

Handler = Callable[[HttpRequest], HttpResponse]
SESSION_KEY = "account_id"
UNREAD = """(SELECT count(*) FROM accounts_notification n WHERE n.user_id = accounts_membership.user_id
    AND n.account_id = accounts_membership.account_id AND n.read_at IS NULL)"""


def memberships_of(user: User) -> list[Membership]:
    """All the accounts that this person may act in, each with ``unread_count`` for the shell and
    ``has_second_factor`` for those that demand one."""
    return [_member_of(row, user) for row in _MEMBERSHIPS.fetch(user=user.pk)]


def _rows_of(user: int) -> QuerySet[Any, Any]:
    mine = Membership.objects.filter(user=user, account__is_active=True, is_active=True, is_pending=False)
    extras = {"unread_count": RawSQL(UNREAD, ()), "has_second_factor": has_factor("user_id")}  # noqa: S611 - a constant
    return (
        mine.annotate(**extras).order_by("pk").values(*columns_of(Membership), *columns_of(Account, "account"), *extras)
    )


def _member_of(row: dict[str, Any], user: User) -> Membership:
    """A row as the model that it is, with its account."""
    member = instance_of(Membership, row)
    member.account = instance_of(Account, row, "account")
    member.user = user  # no second query for who we already know
    member.unread_count, member.has_second_factor = row["unread_count"], row["has_second_factor"]
    return member


_MEMBERSHIPS = PreparedRows(_rows_of, user=int)


def choose_membership(members: list[Membership], account_id: int | None) -> Membership | None:
    """The one chosen in this session, else the first."""
    return next((member for member in members if member.account_id == account_id), members[0] if members else None)


def client_address(request: HttpRequest) -> str:
    """The peer's address. The reverse proxy is trusted to have set REMOTE_ADDR (docs/operation.md)."""
    return str(request.META.get("REMOTE_ADDR", ""))


def current_actor(request: HttpRequest) -> Actor:
    hijackers = request.session.get("hijack_history") or []
    staff = User.objects.filter(pk=hijackers[-1]).first() if hijackers else None
    return Actor(user=request.user, impersonator=staff, origin=client_address(request))  # type: ignore[arg-type]


class CurrentAccountMiddleware:
    """Anonymous visitors get None for each of them."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mark: Any = request  # accounts.requests.PanelRequest, from here on
        mark.memberships = []
        mark.membership = mark.account = mark.actor = None
        if isinstance(request.user, User):
            mark.memberships = memberships_of(request.user)
            mark.membership = choose_membership(mark.memberships, request.session.get(SESSION_KEY))
            mark.account = mark.membership.account if mark.membership else None
            mark.actor = current_actor(request)
        return self.get_response(request)


class LanguageMiddleware:
    """The person's own language and the account's time zone, from the first page after signing in."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", None) or translation.get_language_from_request(request)
        account = request.account  # type: ignore[attr-defined]
        zone = account.time_zone if account else timezone.get_default_timezone_name()
        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", str(language))
            return response

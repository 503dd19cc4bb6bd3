"""Finds lines of the *registro de acciones*, each search along one index, however long the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import StartsWith
from django.utils import timezone

from accounts.log_models import ActionLogEntry
from accounts.log_texts import ACTION_TEXTS
from accounts.models import Account, Membership
from cloudpanel.core.folding import fold
from cloudpanel.core.pagination import keyset_page

ORDER = ("-at", "-pk")
SYSTEM = 0
"""Stands for the panel itself among people."""
PEOPLE_LIMIT = 10
EXPORT_CHUNK = 2_000
# A "loose" scan of the index (account, actor): one probe for each person who ever did something.
PEOPLE_OF_THE_LOG = """
WITH RECURSIVE people AS (
    (SELECT actor_id, actor_name FROM accounts_actionlogentry
     WHERE account_id = %(account)s AND actor_id IS NOT NULL ORDER BY actor_id LIMIT 1)
    UNION ALL
    SELECT next.actor_id, next.actor_name FROM people, LATERAL (
        SELECT actor_id, actor_name FROM accounts_actionlogentry
        WHERE account_id = %(account)s AND actor_id > people.actor_id ORDER BY actor_id LIMIT 1) next
) SELECT actor_id, actor_name FROM people LIMIT 2000
"""


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for. ``since`` and ``until`` are days of the current time zone, both included."""

    since: date | None = None
    until: date | None = None
    person: int | None = None  # User.pk, or SYSTEM
    kind: str = ""  # an action ("exchange.mailbox.created") or a whole area ("exchange")
    object_name: str = ""  # its beginning
    object_type: str = ""
    object_id: str = ""
    on_behalf: bool = False


def find_lines(account: Account, search: Search) -> QuerySet[ActionLogEntry]:
    """The lines of the account, newest first by ``("-at", "-pk")``."""
    lines = ActionLogEntry.objects.filter(account=account).defer("mac", "written_in")
    lines = _between(lines, search)
    if search.person is not None:
        lines = lines.filter(actor_id__isnull=True) if search.person == SYSTEM else lines.filter(actor_id=search.person)
    if search.kind:
        lines = lines.filter(action__in=actions_of(search.kind))
    if search.object_name:
        lines = lines.filter(StartsWith(Lower("object_name"), search.object_name.lower()))
    if search.object_type:
        lines = lines.filter(object_type=search.object_type, object_id=search.object_id)
    return lines.filter(impersonator_id__isnull=False) if search.on_behalf else lines


def actions_of(kind: str) -> list[str]:
    """The actions of an area; or the one action that ``kind`` is."""
    return [kind] if "." in kind else [action for action in ACTION_TEXTS if action.startswith(f"{kind}.")]


def find_people(account: Account, text: str) -> list[tuple[int, str]]:
    """(User.pk, name) of whom ``text`` may mean: members first, else anybody whom the log names, gone ones too."""
    wanted = fold(text)
    if wanted in {"sistema", "el panel", "panel"}:
        return [(SYSTEM, "Sistema")]
    members = Membership.objects.filter(account=account)
    exact = members.filter(email=text.strip().lower()).values_list("user_id", "name")[:1]
    found = list(exact) or list(
        members.filter(search_text__contains=wanted).values_list("user_id", "name").order_by("name")[: PEOPLE_LIMIT + 1]
    )
    return found or [(pk, name) for pk, name in _people_of_the_log(account) if wanted in fold(name)][: PEOPLE_LIMIT + 1]


def in_chunks(lines: QuerySet[ActionLogEntry], limit: int) -> Iterator[ActionLogEntry]:
    """The newest ``limit`` lines, read by keyset: no transaction stays open while a slow client downloads."""
    cursor = ""
    while limit > 0:
        page = keyset_page(lines, order=ORDER, cursor=cursor, size=min(EXPORT_CHUNK, limit))
        yield from page.rows
        limit -= len(page.rows)
        cursor = page.next_cursor
        if not cursor:
            return


def _between(lines: QuerySet[ActionLogEntry], search: Search) -> QuerySet[ActionLogEntry]:
    if search.since:
        lines = lines.filter(at__gte=_midnight(search.since))
    if search.until:
        lines = lines.filter(at__lt=_midnight(search.until + timedelta(days=1)))
    return lines


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _people_of_the_log(account: Account) -> list[tuple[int, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_OF_THE_LOG, {"account": account.pk})
        return list(cursor.fetchall())

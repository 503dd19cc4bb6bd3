"""Counting what a page asks of the database besides session, person and membership, which every page asks."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

OF_EVERY_PAGE = ('FROM "accounts_user"', 'FROM "accounts_membership"', "usersessions_usersession", "django_session")
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def own_statements(act: Callable[[], object]) -> list[str]:
    """The statements of ``act``, without those of every page and without transaction control."""
    with CaptureQueriesContext(connection) as captured:
        act()
    texts = [query["sql"] for query in captured.captured_queries]
    return [
        text for text in texts if not text.startswith(TRANSACTION) and not any(part in text for part in OF_EVERY_PAGE)
    ]

"""Which rows are right, how many there are of each kind, and which mistakes repeat: kept by whoever changes rows, so that
no page has to count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from exchange.models import ImportRow, MailboxImport
from exchange.services.imports import columns
from exchange.services.imports.reasons import BY_VALUE
from exchange.services.templates import USUAL_QUOTA_MB

MOST_GROUPS = 40

_RESTATE = """
UPDATE exchange_importrow row SET state = wanted.state
FROM (SELECT checked.id,
             CASE WHEN EXISTS (SELECT 1 FROM exchange_importproblem problem
                               WHERE problem.batch_id = checked.batch_id AND problem.number = checked.number
                                 AND problem.field <> ALL(%(ignored)s))
                  THEN %(wrong)s ELSE %(ready)s END AS state
      FROM exchange_importrow checked
      WHERE checked.batch_id = %(batch)s AND checked.state IN (%(wrong)s, %(ready)s)
        AND (%(numbers)s::int[] IS NULL OR checked.number = ANY(%(numbers)s))) AS wanted
WHERE row.id = wanted.id AND row.state <> wanted.state
"""

_RECOUNT = """
UPDATE exchange_mailboximport SET
    counts = coalesce((SELECT jsonb_object_agg(state, n) FROM
        (SELECT state, count(*) AS n FROM exchange_importrow WHERE batch_id = %(batch)s GROUP BY state) AS counted), '{}')
WHERE id = %(batch)s RETURNING counts
"""

# What the ready rows take of the plan's storage, in whole gigabytes each.
_MEASURE = """
UPDATE exchange_mailboximport SET ready_gb = (
    SELECT coalesce(sum(ceil(coalesce(row.quota_mb, own.quota_mb, %(usual)s) / 1024::numeric)), 0)
    FROM exchange_importrow row LEFT JOIN exchange_mailboxtemplate own ON own.id = coalesce(%(template)s, row.template_id)
    WHERE row.batch_id = %(batch)s AND row.state = %(ready)s)
WHERE id = %(batch)s RETURNING ready_gb
"""

_GROUPS = """
SELECT problem.field, problem.code, CASE WHEN problem.code = ANY(%(by_value)s) THEN problem.value ELSE '' END AS value,
       count(*) AS n
FROM exchange_importproblem problem
JOIN exchange_importrow row ON row.batch_id = problem.batch_id AND row.number = problem.number
WHERE problem.batch_id = %(batch)s AND row.state = %(wrong)s AND problem.field <> ALL(%(ignored)s)
GROUP BY 1, 2, 3 ORDER BY n DESC, 2, 1, 3 LIMIT %(most)s
"""


def ignored_fields(batch: MailboxImport) -> list[str]:
    """Columns that do not count with the options as they are: a wrong cell there is no mistake."""
    ignored = []
    if batch.password_by == MailboxImport.PasswordBy.LINK:
        ignored.append(columns.PASSWORD)
    if batch.template_id is not None:
        ignored.append(columns.TEMPLATE)
    return ignored


def restate(batch: MailboxImport, numbers: Sequence[int] | None = None) -> None:
    """Rows with something wrong are wrong, the others are ready. All of them, or these."""
    _execute(_RESTATE, batch, numbers=None if numbers is None else list(numbers))


def recount(batch: MailboxImport) -> None:
    """``counts``, ``groups`` and ``ready_gb``, in the table and in ``batch``."""
    counts = _counted(batch)
    usual = (
        batch.subscription.mailbox_templates.order_by("-is_default", "pk").values_list("quota_mb", flat=True).first()
    )
    [(batch.ready_gb,)] = _execute(_MEASURE, batch, usual=usual or USUAL_QUOTA_MB, template=batch.template_id)
    names = ("field", "code", "value", "count")
    groups = [dict(zip(names, row, strict=True)) for row in _execute(_GROUPS, batch)] if _has_wrong(counts) else []
    batch.groups = groups
    batch.save(update_fields=["groups"])
    batch.counts = counts


def recount_states(batch: MailboxImport) -> None:
    """Only ``counts``: for what follows the finalization."""
    batch.counts = _counted(batch)


def _counted(batch: MailboxImport) -> dict[str, int]:
    [(text,)] = _execute(_RECOUNT, batch)
    counts: dict[str, int] = json.loads(text)
    return counts


def _has_wrong(counts: dict[str, int]) -> bool:
    return bool(counts.get(str(ImportRow.State.WRONG.value)))


def _execute(statement: str, batch: MailboxImport, **more: Any) -> list[Any]:
    values: dict[str, Any] = {
        "batch": batch.pk,
        "wrong": ImportRow.State.WRONG.value,
        "ready": ImportRow.State.READY.value,
        "ignored": ignored_fields(batch),
        "by_value": BY_VALUE,
        "most": MOST_GROUPS,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []

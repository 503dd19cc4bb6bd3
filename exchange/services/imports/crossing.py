"""What a row cannot know by itself: another row, a mailbox, an alias or a list has its address. One statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from exchange.models import ImportProblem, ImportRow, MailboxImport
from exchange.services.imports import columns
from exchange.services.imports.reasons import CROSS_CODES

_STATES = {f"s_{state.name.lower()}": state.value for state in ImportRow.State}

# The first row with an address keeps it.
_DUPLICATES = """
INSERT INTO exchange_importproblem (batch_id, number, field, code, value, note)
SELECT row.batch_id, row.number, %(field)s, 'duplicate', row.address, first.number::text
FROM (SELECT address, min(number) AS number FROM exchange_importrow
      WHERE batch_id = %(batch)s AND address <> '' AND state <> %(s_discarded)s {only}
      GROUP BY address HAVING count(*) > 1) AS first
JOIN exchange_importrow row ON row.batch_id = %(batch)s AND row.address = first.address
WHERE row.number > first.number AND row.state <> %(s_discarded)s
"""

# Already there under the same name: the same file again, or the part of it that went through. Not a mistake.
_EXISTING = """
UPDATE exchange_importrow row SET state = %(s_exists)s, mailbox_public_id = mailbox.public_id
FROM exchange_mailbox mailbox
WHERE row.batch_id = %(batch)s AND row.state = %(s_ready)s {only}
  AND mailbox.address = row.address AND mailbox.state <> 'terminated' AND mailbox.deleted_at IS NULL
  AND mailbox.subscription_id = %(subscription)s
  AND (NOT %(has_names)s OR lower(mailbox.display_name) = lower(row.display_name))
"""

# A mailbox of another customer is not named.
_TAKEN = """
INSERT INTO exchange_importproblem (batch_id, number, field, code, value, note)
SELECT row.batch_id, row.number, %(field)s,
       CASE WHEN mailbox.deleted_at IS NULL THEN 'taken' ELSE 'taken_bin' END, row.address,
       CASE WHEN mailbox.subscription_id = %(subscription)s THEN mailbox.display_name ELSE '—' END
FROM exchange_importrow row
JOIN exchange_mailbox mailbox ON mailbox.address = row.address AND mailbox.state <> 'terminated'
WHERE row.batch_id = %(batch)s AND row.address <> '' AND row.state IN (%(s_wrong)s, %(s_ready)s) {only}
UNION ALL
SELECT row.batch_id, row.number, %(field)s, 'taken_alias', row.address, ''
FROM exchange_importrow row JOIN exchange_mailboxalias alias ON alias.address = row.address
WHERE row.batch_id = %(batch)s AND row.address <> '' AND row.state IN (%(s_wrong)s, %(s_ready)s) {only}
UNION ALL
SELECT row.batch_id, row.number, %(field)s, 'taken_list', row.address, ''
FROM exchange_importrow row JOIN exchange_distributionlist list ON list.address = row.address
WHERE row.batch_id = %(batch)s AND row.address <> '' AND row.state IN (%(s_wrong)s, %(s_ready)s) {only}
"""


def cross_check(batch: MailboxImport, addresses: Sequence[str] | None = None) -> None:
    """Notes what is wrong, anew; ``addresses`` limits it to the rows that have one of these."""
    only = ""
    rows, notes = ImportRow.objects.filter(batch=batch), ImportProblem.objects.filter(batch=batch, code__in=CROSS_CODES)
    if addresses is not None:
        only = "AND {table}address = ANY(%(addresses)s)"
        rows = rows.filter(address__in=list(addresses))
        notes = notes.filter(number__in=list(rows.values_list("number", flat=True)))
    notes.delete()
    rows.filter(state=ImportRow.State.EXISTS).update(state=ImportRow.State.READY, mailbox_public_id=None)
    values: dict[str, Any] = {
        **_STATES,
        "batch": batch.pk,
        "subscription": batch.subscription_id,
        "field": address_field(batch),
        "addresses": list(addresses or ()),
        "has_names": any(name in batch.mapping for name in (columns.NAME, columns.FIRST_NAME, columns.LAST_NAME)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUPLICATES.format(only=only.format(table="")), values)
        for statement in (_EXISTING, _TAKEN):
            cursor.execute(statement.format(only=only.format(table="row.")), values)


def address_field(batch: MailboxImport) -> str:
    """The column that a person would correct to give a row another address."""
    return next((name for name in columns.ADDRESSES if name in batch.mapping), columns.ADDRESS)

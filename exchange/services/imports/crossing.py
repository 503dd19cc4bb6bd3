"""What a row cannot know by itself: another row, a mailbox, an alias or a list has its address, or one of its aliases. One
statement each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from exchange.models import ImportAlias, ImportProblem, ImportRow, MailboxImport
from exchange.services.imports import columns
from exchange.services.imports.reasons import ALIAS_CODES, CROSS_CODES

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


# The address of a row wins over aliases, and of two aliases the first. Rows whose mailbox exists get no aliases.
_LIVE_ALIASES = """
SELECT alias.number, alias.address FROM exchange_importalias alias
JOIN exchange_importrow row ON row.batch_id = alias.batch_id AND row.number = alias.number
WHERE alias.batch_id = %(batch)s AND row.state IN (%(s_wrong)s, %(s_ready)s)
"""
_ALIASES_IN_FILE = """
WITH live AS MATERIALIZED ({live} {among}),
mine AS MATERIALIZED (SELECT * FROM live {only}),
claims AS (
    SELECT address, min(number) AS number, true AS is_address FROM exchange_importrow
    WHERE batch_id = %(batch)s AND address <> '' AND state IN (%(s_wrong)s, %(s_ready)s) GROUP BY address
    UNION ALL SELECT address, min(number), false FROM live GROUP BY address
)
INSERT INTO exchange_importproblem (batch_id, number, field, code, value, note)
SELECT %(batch)s, mine.number, 'aliases', 'alias_repeated', left(string_agg(DISTINCT mine.address, ', '), 254),
       left(string_agg(DISTINCT claims.number::text, ', '), 254)
FROM mine JOIN claims ON claims.address = mine.address AND (claims.is_address OR claims.number < mine.number)
GROUP BY mine.number
"""
_ALIASES_TAKEN = """
WITH mine AS MATERIALIZED (SELECT * FROM ({live}) mine {only}), taken AS (
    SELECT address FROM exchange_mailbox
    WHERE address = ANY(ARRAY(SELECT address FROM mine)) AND state <> 'terminated'
    UNION SELECT address FROM exchange_mailboxalias WHERE address = ANY(ARRAY(SELECT address FROM mine))
    UNION SELECT address FROM exchange_distributionlist WHERE address = ANY(ARRAY(SELECT address FROM mine))
)
INSERT INTO exchange_importproblem (batch_id, number, field, code, value, note)
SELECT %(batch)s, mine.number, 'aliases', 'alias_taken', left(string_agg(mine.address, ', ' ORDER BY mine.address), 254), ''
FROM mine JOIN taken ON taken.address = mine.address GROUP BY mine.number
"""


def cross_check(batch: MailboxImport, among: Collection[str] | None = None) -> list[int]:
    """Notes what is wrong, anew; ``among`` limits it to the rows that have one of these as address or alias. Gives the
    numbers of those (none without a limit: all of them are concerned)."""
    has_aliases = columns.ALIASES in batch.mapping
    if among is None:
        _cross_addresses(batch, None)
        if has_aliases:
            _cross_aliases(batch, None, set())
        return []
    addresses = set(among)
    if not addresses:
        return []
    rows = ImportRow.objects.filter(batch=batch, address__in=addresses)
    numbers = set(rows.values_list("number", flat=True))
    _cross_addresses(batch, sorted(addresses))
    if has_aliases:
        addresses |= set(claims(batch, sorted(numbers)))
        named = ImportAlias.objects.filter(batch=batch, address__in=addresses)
        numbers |= set(named.values_list("number", flat=True))
        _cross_aliases(batch, sorted(numbers), addresses)
    return sorted(numbers)


def claims(batch: MailboxImport, numbers: Sequence[int]) -> list[str]:
    """The addresses and aliases of these rows."""
    rows = ImportRow.objects.filter(batch=batch, number__in=numbers).exclude(address="").values_list("address")
    return [address for (address,) in rows.union(_aliases_of(batch, numbers))]


def _aliases_of(batch: MailboxImport, numbers: Sequence[int]) -> QuerySet[ImportAlias, tuple[str]]:
    return ImportAlias.objects.filter(batch=batch, number__in=numbers).values_list("address")


def _cross_addresses(batch: MailboxImport, addresses: Sequence[str] | None) -> None:
    only = ""
    rows, notes = ImportRow.objects.filter(batch=batch), ImportProblem.objects.filter(batch=batch, code__in=CROSS_CODES)
    if addresses is not None:
        only = "AND {table}address = ANY(%(addresses)s)"
        rows = rows.filter(address__in=addresses)
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


def _cross_aliases(batch: MailboxImport, numbers: Sequence[int] | None, addresses: Collection[str]) -> None:
    """After the addresses: which rows exist already is known then."""
    notes = ImportProblem.objects.filter(batch=batch, code__in=ALIAS_CODES)
    only = among = ""
    if numbers is not None:
        only = "WHERE number = ANY(%(numbers)s)"
        addresses = {*addresses, *(address for (address,) in _aliases_of(batch, numbers))}
        among = "AND alias.address = ANY(%(addresses)s)"
        notes = notes.filter(number__in=numbers)
    notes.delete()
    values: dict[str, Any] = {
        **_STATES,
        "batch": batch.pk,
        "numbers": list(numbers or ()),
        "addresses": list(addresses),
    }
    with connection.cursor() as cursor:
        for statement in (_ALIASES_IN_FILE, _ALIASES_TAKEN):
            cursor.execute(statement.format(live=_LIVE_ALIASES, only=only, among=among), values)


def address_field(batch: MailboxImport) -> str:
    """The column that a person would correct to give a row another address."""
    return next((name for name in columns.ADDRESSES if name in batch.mapping), columns.ADDRESS)

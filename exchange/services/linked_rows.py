"""Several new rows that point at each other, in one statement.

PostgreSQL lets an INSERT be a part of another (``WITH person AS (INSERT … RETURNING id) INSERT …``); the SQL of each row
comes from Django's own compiler, so defaults, converters and new columns are its business, not ours. For the few places
where a person waits and every round trip counts.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import AutoField, GeneratedField, Model
from django.db.models.expressions import RawSQL
from django.db.models.sql import InsertQuery


def id_of(name: str) -> Any:
    """For a foreign key: the row that was inserted as ``name`` earlier in the same statement."""
    return RawSQL(_select_id(name), ())  # noqa: S611 - a name of ours


def insert_linked(**rows: Model) -> dict[str, int]:
    """Inserts the rows in the order given, in one statement; gives name → primary key, which the rows get too."""
    parts, parameters = [], []
    for name, row in rows.items():
        sql, values = _insert_of(row)
        parts.append(f"{connection.ops.quote_name(name)} AS ({sql} RETURNING id)")
        parameters += values
    keys = ", ".join(_select_id(name) for name in rows)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} SELECT {keys}", parameters)
        found = dict(zip(rows, cursor.fetchone(), strict=True))
    for name, row in rows.items():
        row.pk, row._state.adding, row._state.db = found[name], False, connection.alias
    return found


def _select_id(name: str) -> str:
    return f"(SELECT id FROM {connection.ops.quote_name(name)})"  # noqa: S608 - a name of ours


def _insert_of(row: Model) -> tuple[str, list[Any]]:
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, AutoField | GeneratedField)]
    query = InsertQuery(type(row))
    query.insert_values(fields, [row])
    [(sql, values)] = query.get_compiler(connection=connection).as_sql()
    return sql, list(values)

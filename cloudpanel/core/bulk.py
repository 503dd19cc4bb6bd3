"""Many new rows as one JSON text. ``bulk_create`` compiles a parameter for every field of every row, which costs more than
PostgreSQL takes to write them; for the runs that write a hundred thousand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


class _Exact(DjangoJSONEncoder):
    """Times with all their microseconds, bytes as PostgreSQL reads them."""

    def default(self, o: Any) -> Any:
        if isinstance(o, bytes | memoryview):
            return "\\x" + bytes(o).hex()
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Inserts ``rows`` of one model, in one statement. Those whose first one has a primary key keep theirs; the others get
    one that is not read back. Fields make their values as in ``save()`` (``pre_save``); no signals are sent."""
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if _is_written(field, rows[0])]
    values = [{field.column: field.pre_save(row, add=True) for field in fields} for row in rows]
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)",  # noqa: S608
            [json.dumps(values, cls=_Exact)],
        )


def _is_written(field: models.Field[Any, Any], row: models.Model) -> bool:
    """Not what the database makes by itself."""
    if field.primary_key and row.pk is None:
        return False
    return not field.generated and not isinstance(getattr(row, field.attname), DatabaseDefault)

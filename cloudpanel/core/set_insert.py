"""Rows born from rows, without a detour through Python: ``INSERT INTO … SELECT …`` for a model.

Columns that are not named get their default as the model declares it, so that a new column with a default needs no change
here; one without a default fails in the first test that comes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import AutoField, DateTimeField, GeneratedField, Model
from django.db.models.fields import NOT_PROVIDED


@dataclass(frozen=True, slots=True)
class SetInsert:
    """A statement without its ``ON CONFLICT`` and ``RETURNING``, and the values that its names stand for."""

    sql: str
    values: dict[str, Any] = field(default_factory=dict)


def insert_select(model: type[Model], source: str, expressions: Mapping[str, str]) -> SetInsert:
    """``source`` is what follows FROM; ``expressions`` gives SQL for columns (``account_id``), with ``%(name)s`` for the
    caller's own values. Names come from our code, never from input."""
    table, names, selected = model._meta.db_table, [], []
    values: dict[str, Any] = {}
    unknown = expressions.keys() - {each.column for each in model._meta.concrete_fields}
    if unknown:
        raise ValueError(f"{table} has no column {', '.join(sorted(unknown))}")
    for each in model._meta.concrete_fields:
        column = str(each.column)
        if column in expressions:
            expression = expressions[column]
        elif isinstance(each, AutoField | GeneratedField) or each.db_default is not NOT_PROVIDED:
            continue
        elif isinstance(each, DateTimeField) and (each.auto_now_add or each.auto_now):
            expression = "statement_timestamp()"
        else:
            name = f"{table}_{column}"
            value = each.get_db_prep_save(each.get_default(), connection)
            values[name] = value
            expression = f"%({name})s"
        names.append(connection.ops.quote_name(column))
        selected.append(expression)
    sql = f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(selected)} FROM {source}"  # noqa: S608
    return SetInsert(sql, values)

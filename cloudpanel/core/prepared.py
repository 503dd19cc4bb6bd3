"""A query that Django compiles once for the life of the process; only its values change from call to call.

Django's compiler takes a millisecond for a query that PostgreSQL answers in a third of one. For the few lists that are
opened all day. The queryset stays the only description of what is asked: it is built with marks in the place of the
values, compiled, and the marks are found again among the parameters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, F, Field, JSONField, Lookup, Model, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)

_FIRST_MARK = 2_000_000_011  # no id, no limit, no length
_MARKS: Mapping[type, Callable[[int], Any]] = {int: int, str: "mark-{}".format, UUID: lambda number: UUID(int=number)}


@dataclass(frozen=True, slots=True)
class Search:
    """``rows`` are drawn from what ``found`` found: one statement, in which the search is run once."""

    found: QuerySet[Any, Any]
    rows: QuerySet[Any, Any]

    @classmethod
    def of(cls, found: QuerySet[Any, Any], rows: QuerySet[Any, Any], *, limit: int) -> Search:
        """At most ``limit`` of what was found, whichever come first; each row knows as ``total`` how many there are,
        counted no further than ``limit`` + 1."""
        drawn = rows.filter(_AmongFound(F("pk"), limit)).annotate(total=RawSQL("(SELECT count(*) FROM found)", ()))
        return cls(found.order_by().values("pk")[: limit + 1], drawn)

    def sql_with_params(self) -> tuple[str, list[Any]]:
        found, found_params = self.found.query.sql_with_params()
        rows, params = self.rows.query.sql_with_params()
        return f"WITH found (id) AS MATERIALIZED ({found}) {rows}", [*found_params, *params]


class _AmongFound(Lookup):  # type: ignore[type-arg]  # a plain class at run time
    lookup_name = "among_found"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(ARRAY(SELECT id FROM found LIMIT %s))", (*params, self.rhs)  # noqa: S608 - no value in it


class Like(Lookup):  # type: ignore[type-arg]
    """``column LIKE pattern``, the pattern as it is: see :func:`containing` and :func:`beginning`."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} LIKE %s", (*params, self.rhs)


def gin_key(number: int) -> Cast:
    """The id of whoever owns the rows, typed: a GIN index that begins with it compares bigint with bigint only, and a
    plain number is read as an integer. Without it a search reads what every customer has, with it what one has."""
    return Cast(Value(number), BigIntegerField())


def containing(word: str) -> str:
    return f"%{connection.ops.prep_for_like_query(word)}%"


def beginning(word: str) -> str:
    return f"{connection.ops.prep_for_like_query(word)}%"


class PreparedRows:
    """``build(**marks)`` gives a ``.values()`` queryset, or a :class:`Search` of such rows; ``types`` says whether each
    mark stands for an int, a str or a UUID.

    Rows come as dictionaries, as the database driver gives them: no field converters, so no JSON and no money here
    (:func:`instance_of` reads JSON).
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any] | Search], **types: type) -> None:
        self._build, self._types = build, types
        self._plan: tuple[str, list[Any], list[str]] | None = None

    def fetch(self, **values: Any) -> list[dict[str, Any]]:
        if values.keys() != self._types.keys():
            raise TypeError(f"wanted {sorted(self._types)}, got {sorted(values)}")
        sql, parameters, names = self._plan or self._compile()
        filled = [values[one.name] if isinstance(one, _Slot) else one for one in parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, filled)
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _compile(self) -> tuple[str, list[Any], list[str]]:
        marks: Mapping[str, Any] = {
            name: _MARKS[kind](number) for number, (name, kind) in enumerate(self._types.items(), _FIRST_MARK)
        }
        built = self._build(**marks)
        query = (built.rows if isinstance(built, Search) else built).query
        sql, parameters = (built if isinstance(built, Search) else query).sql_with_params()
        slots = {mark: _Slot(name) for name, mark in marks.items()}
        found = [slots.get(value, value) if isinstance(value, int | str | UUID) else value for value in parameters]
        missing = self._types.keys() - {one.name for one in found if isinstance(one, _Slot)}
        if missing:
            raise ValueError(f"the query does not use {', '.join(sorted(missing))} as they are")
        names = [*query.extra_select, *query.values_select, *query.annotation_select]
        self._plan = sql, found, names
        return self._plan


class _Slot:
    """Where a value goes."""

    def __init__(self, name: str) -> None:
        self.name = name


def columns_of(model: type[Model], path: str = "") -> list[str]:
    """What ``.values()`` must name for :func:`instance_of`; ``path`` leads to a related model: ``"plan"``."""
    return [f"{path}__{field.attname}" if path else field.attname for field in model._meta.concrete_fields]


def instance_of(model: type[M], row: Mapping[str, Any], path: str = "") -> M:
    """The row as the model that it is, all its columns read."""
    fields = model._meta.concrete_fields
    values = [_read(field, row[name]) for field, name in zip(fields, columns_of(model, path), strict=True)]
    return model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], values)


def _read(field: Field[Any, Any], value: Any) -> Any:
    """Django hands JSON out as text and decodes it in the field."""
    return json.loads(value) if isinstance(field, JSONField) and isinstance(value, str) else value

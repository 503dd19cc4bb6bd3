"""Lists of any length: pages by keyset, counts with a ceiling, searches that stop counting (docs: performance).

A page is found by the *values* of its last row, never by OFFSET: page 2,000 costs what page 1 costs, and a row that is
added or removed meanwhile neither repeats nor hides another. The cursor in the address is signed, so nobody can put
values into the query by it; one that does not fit (an old bookmark, another list) simply shows the first page.

    page = keyset_page(Mailbox.objects.filter(...), order=("address", "pk"), cursor=request.GET.get("cursor", ""))
    page.rows, page.next_cursor, page.previous_cursor
    total = capped_count(Mailbox.objects.filter(...))       # str(total) == "más de 10,000"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import F, Field, Func, IntegerField, Model, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from cloudpanel.core.prepared import PreparedRows, Search

Row = TypeVar("Row")

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
SEARCH_LIMIT = 1_000
"""Ordering all hits of a common word among 1,000,000 rows takes 500 ms; ordering the first 1,000 of them 20."""
LAST = "ultima"
"""The cursor of the last page: it needs no values."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """``next_cursor`` and ``previous_cursor`` are empty where there is nothing more that way."""

    rows: list[Row]
    next_cursor: str = ""
    previous_cursor: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True, slots=True)
class CappedCount:
    """An exact number up to its ceiling, "más de N" beyond."""

    number: int
    is_capped: bool = False

    def __str__(self) -> str:
        number = number_format(self.number, use_l10n=True, force_grouping=True)
        return _("más de %(number)s") % {"number": number} if self.is_capped else number


def capped_count(queryset: QuerySet[Any], limit: int = COUNT_LIMIT) -> CappedCount:
    """Counts no further than ``limit`` + 1: 6 ms among 1,000,000 rows instead of 106."""
    found = queryset.order_by()[: limit + 1].count()
    return CappedCount(min(found, limit), is_capped=found > limit)


def keyset_page(queryset: QuerySet[Any], *, order: Sequence[str], cursor: str = "", size: int = PAGE_SIZE) -> Page[Any]:
    """One page of ``queryset`` in ``order``, in one statement.

    ``order`` names columns that are never null and end with a unique one (``("name", "pk")``), all ascending or all
    with ``-``: then an index on them serves both directions. Works on model rows and on ``.values()`` that include
    the columns. ``cursor`` is what an earlier page gave, ``LAST`` or empty for the first page.
    """
    key = _Key.of(queryset.model, order)
    position = key.read(cursor)
    backwards = cursor == LAST or (position is not None and position.backwards)
    whole, queryset = queryset, queryset.filter(key.beyond(position)) if position is not None else queryset
    rows = list(queryset.order_by(*key.ordering(backwards))[: size + 1])
    if position is not None and not rows:  # all beyond it has gone meanwhile: the nearest page that is left
        return keyset_page(whole, order=order, cursor="" if backwards else LAST, size=size)
    return key.page_of(rows, size, position, backwards)


class PreparedPages:
    """:func:`keyset_page` for a list that is opened all day: compiled once (:mod:`cloudpanel.core.prepared`).

    ``build(scope, **values)`` gives the ``.values()`` queryset, or the :class:`Search`, of everything in ``scope`` (an
    id), with the columns of ``order``. ``types`` says of each further value whether it is an int, a str or
    a UUID.
    """

    def __init__(
        self,
        build: Callable[..., QuerySet[Any, Any] | Search],
        *,
        order: Sequence[str],
        size: int = PAGE_SIZE,
        types: Mapping[str, type] | None = None,
    ) -> None:
        self._build, self._order, self._size, self._types = build, order, size, {"scope": int, **(types or {})}
        self._ways: dict[tuple[bool, bool], PreparedRows] = {}

    def page(self, scope: int, cursor: str = "", **values: Any) -> Page[dict[str, Any]]:
        key = self._key
        position = key.read(cursor)
        backwards = cursor == LAST or (position is not None and position.backwards)
        place = dict(zip(self._slots, position.values, strict=True)) if position is not None else {}
        rows = self._way(position is not None, backwards).fetch(scope=scope, **values, **place)
        if position is not None and not rows:
            return self.page(scope, "" if backwards else LAST, **values)
        return key.page_of(rows, self._size, position, backwards)

    @cached_property
    def _key(self) -> _Key:
        built = self._build(**dict.fromkeys(self._types))
        return _Key.of((built.rows if isinstance(built, Search) else built).model, self._order)

    @property
    def _slots(self) -> list[str]:
        return [f"key{number}" for number in range(len(self._order))]

    def _way(self, has_position: bool, backwards: bool) -> PreparedRows:
        way = self._ways.get((has_position, backwards))
        if way is None:
            way = self._ways[has_position, backwards] = self._prepare(has_position, backwards)
        return way

    def _prepare(self, has_position: bool, backwards: bool) -> PreparedRows:
        key = self._key
        kinds = {
            slot: int if isinstance(field, IntegerField) else str
            for slot, field in zip(self._slots, key.fields, strict=True)
        }

        def cut(rows: QuerySet[Any, Any], place: list[Any]) -> QuerySet[Any, Any]:
            if has_position:
                rows = rows.filter(key.beyond(_Position(place, backwards)))
            return rows.order_by(*key.ordering(backwards))[: self._size + 1]

        def build(**marks: Any) -> QuerySet[Any, Any] | Search:
            place = [marks.pop(slot) for slot in self._slots if has_position]
            built = self._build(**marks)
            return Search(built.found, cut(built.rows, place)) if isinstance(built, Search) else cut(built, place)

        return PreparedRows(build, **self._types, **(kinds if has_position else {}))


def total_of(page: Page[dict[str, Any]], limit: int = COUNT_LIMIT) -> CappedCount:
    """What each row of a page knows as ``total``: how many there are, counted up to ``limit`` + 1."""
    found = page.rows[0]["total"] if page.rows else 0
    return CappedCount(min(found, limit), is_capped=found > limit)


@dataclass(frozen=True, slots=True)
class _Position:
    values: list[Any]
    backwards: bool


@dataclass(frozen=True, slots=True)
class _Key:
    """The columns of an ordering: writes and reads cursors, and compares whole keys in the database."""

    names: tuple[str, ...]
    fields: tuple[Field[Any, Any], ...]
    is_descending: bool
    signer: Signer

    @classmethod
    def of(cls, model: type[Model], order: Sequence[str]) -> _Key:
        descending = {name.startswith("-") for name in order}
        if len(descending) != 1:
            raise ValueError("a keyset orders by columns that all go the same way")
        names = tuple(name.removeprefix("-") for name in order)
        fields = tuple(_field_at(model, name) for name in names)
        salt = f"cursor:{model._meta.label_lower}:{','.join(order)}"
        return cls(names, fields, descending.pop(), Signer(salt=salt))

    def ordering(self, backwards: bool) -> list[str]:
        return [f"{'-' if self.is_descending != backwards else ''}{name}" for name in self.names]

    def beyond(self, position: _Position) -> GreaterThan | LessThan:
        """``(a, b) > (x, y)``: PostgreSQL takes a whole row comparison as one index condition."""
        lookup = LessThan if self.is_descending != position.backwards else GreaterThan
        columns = _Tuple(*[F(name) for name in self.names])
        values = _Tuple(*[Value(v, output_field=f) for v, f in zip(position.values, self.fields, strict=True)])
        return lookup(columns, values)

    def page_of(self, rows: list[Any], size: int, position: _Position | None, backwards: bool) -> Page[Any]:
        """The page of what was read: one row more than ``size`` tells that there is more."""
        has_more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        has_next = position is not None if backwards else has_more
        has_previous = has_more if backwards else position is not None
        return Page(
            rows,
            next_cursor=self.write(rows[-1], backwards=False) if rows and has_next else "",
            previous_cursor=self.write(rows[0], backwards=True) if rows and has_previous else "",
        )

    def write(self, row: Any, *, backwards: bool) -> str:
        values = [_as_text(_value_at(row, name)) for name in self.names]
        return self.signer.sign_object([int(backwards), *values], compress=False)

    def read(self, cursor: str) -> _Position | None:
        if not cursor or cursor == LAST:
            return None
        try:
            backwards, *texts = self.signer.unsign_object(cursor)
            values = [field.to_python(text) for field, text in zip(self.fields, texts, strict=True)]
        except (BadSignature, ValueError, ValidationError):
            return None
        return _Position(values, bool(backwards))


class _Tuple(Func):
    """``ROW(a, b)``. Never read back, so its type does not matter."""

    function = "ROW"
    output_field = TextField()  # type: ignore[assignment]


def _field_at(model: type[Model], path: str) -> Field[Any, Any]:
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(field, Field)
    return field


def _value_at(row: Any, path: str) -> Any:
    if isinstance(row, Mapping):
        return row[path]
    return reduce(getattr, path.split("__"), row)


def _as_text(value: Any) -> str:
    """What the field's ``to_python`` reads back without loss (microseconds included)."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)

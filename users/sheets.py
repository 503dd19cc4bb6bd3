"""A file of people: what its columns may be called, and how its rows become those of the guided form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.http import QueryDict
from django.utils.translation import gettext as _

from cloudpanel.core.folding import fold
from cloudpanel.core.tabular.columns import IGNORED, Column, as_record, match_columns, missing_columns
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.export import CSV
from cloudpanel.core.tabular.reading import Layout, detect_layout, read_rows
from users.forms.people import MOST_AT_ONCE

COLUMNS = (
    Column("name", "Nombre", ("nombre completo", "nombre para mostrar", "name", "full name", "display name"), True),
    Column(
        "email",
        "Correo",
        ("correo electrónico", "usuario", "usuario (correo)", "e-mail", "email address", "mail", "login", "user name",
         "user principal name", "username", "inicio de sesión"),
        True,
    ),
    Column("role", "Rol", ("role", "tipo", "tipo de usuario", "administrador", "is admin", "admin")),
    Column("notification_email", "Correo para notificaciones", ("notification email", "notificaciones", "alternate email")),
)  # fmt: skip
ADMINISTRATOR_WORDS = {"administrador", "administradordelacuenta", "admin", "administrator", "accountadministrator",
                       "si", "yes", "true", "verdadero", "1", "x"}  # fmt: skip
MOST_COLUMNS = 40  # that a person can be asked about
EXAMPLES = 2


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column of the file as the person knows it: its heading, or its place, and what stands in it."""

    heading: str
    examples: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read. ``mapping`` has the datum of each column, or "" for those that are not used; ``records`` the people
    by datum, none while a column that everybody needs is missing."""

    layout: Layout
    columns: list[FileColumn]
    mapping: list[str]
    missing: list[Column]
    records: list[dict[str, str]] = field(default_factory=list)

    @property
    def missing_labels(self) -> str:
        return ", ".join(column.label for column in self.missing)


def read_sheet(content: bytes, filename: str, *, encoding: str = "", separator: str = "") -> Sheet:
    """The file with the columns that its headings name. Raises UnreadableFile when it is no table of people."""
    return _read(content, _layout(content, filename, encoding, separator), None)


def read_sheet_as(content: bytes, layout: Layout, mapping: Sequence[str]) -> Sheet:
    """The file with the columns that the person named."""
    return _read(content, layout, list(mapping))


def _layout(content: bytes, filename: str, encoding: str, separator: str) -> Layout:
    found = detect_layout(content, filename)
    if found.file_format != CSV:
        return found
    return Layout(CSV, encoding or found.encoding, separator or found.separator)


def _read(content: bytes, layout: Layout, mapping: list[str] | None) -> Sheet:
    rows = read_rows(content, layout)
    first = next(rows, [])[:MOST_COLUMNS]
    named = match_columns(first, COLUMNS)
    has_headings = any(named) or not any("@" in cell for cell in first)
    people = _bounded(rows if has_headings else chain([first], rows))
    chosen = mapping if mapping is not None else named if has_headings else _guess(first)
    missing = missing_columns(chosen, COLUMNS)
    records = [] if missing else [dict(as_record(row, chosen)) for row in people]
    return Sheet(layout, _columns(first if has_headings else [""] * len(first), people), chosen, missing, records)


def _bounded(rows: Iterator[list[str]]) -> list[list[str]]:
    people = []
    for row in rows:
        people.append(row)
        if len(people) > MOST_AT_ONCE:
            raise UnreadableFile(_("El archivo tiene más de 500 personas. Divídalo en varios."))
    if not people:
        raise UnreadableFile(_("El archivo solo tiene encabezados: no hay personas que añadir."))
    return people


def _columns(headings: Sequence[str], people: Sequence[Sequence[str]]) -> list[FileColumn]:
    return [
        FileColumn(
            heading or _("Columna %(number)s") % {"number": index + 1},
            [row[index] for row in people if index < len(row) and row[index]][:EXAMPLES],
        )
        for index, heading in enumerate(headings)
    ]


def _guess(first: Sequence[str]) -> list[str]:
    """A file without headings: the first cell with an @ is the address, the first other one the name."""
    address = next(index for index, cell in enumerate(first) if "@" in cell)
    name = next((index for index in range(len(first)) if index != address), None)
    return ["email" if index == address else "name" if index == name else IGNORED for index in range(len(first))]


def as_form_data(sheet: Sheet, prefix: str) -> QueryDict:
    """The records as the guided form would have sent them."""
    data = QueryDict(mutable=True)
    data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = str(len(sheet.records)), "0"
    for index, record in enumerate(sheet.records):
        row = f"{prefix}-{index}"
        data[f"{row}-name"], data[f"{row}-email"] = record.get("name", ""), record.get("email", "")
        other = record.get("notification_email", "")
        data[f"{row}-notification_email"] = other
        if other:
            data[f"{row}-has_notification_email"] = "on"
        if "".join(filter(str.isalnum, fold(record.get("role", "")))) in ADMINISTRATOR_WORDS:
            data[f"{row}-is_administrator"] = "on"
    return data

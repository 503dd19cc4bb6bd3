"""A file of people: what its columns may be called, and how they become rows of the guided form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cloudpanel.core.folding import fold
from cloudpanel.core.tabular.columns import Column, as_record, match_columns, missing_columns, unknown_headings
from cloudpanel.core.tabular.reading import (
    CSV,
    ENCODINGS,
    SEPARATORS,
    Layout,
    UnreadableFile,
    detect_layout,
    read_rows,
    read_upload,
)
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


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Archivo CSV o XLSX"), help_text=gettext_lazy("Una fila por persona, hasta 500.")
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Codificación"),
        choices=[("", gettext_lazy("Detectarla")), *ENCODINGS.items()],
        required=False,
    )
    separator = forms.ChoiceField(
        label=gettext_lazy("Separador"), choices=[("", gettext_lazy("Detectarlo")), *SEPARATORS.items()], required=False
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("file"):
            try:
                data["sheet"] = read_sheet(data["file"], data.get("encoding", ""), data.get("separator", ""))
            except UnreadableFile as error:
                self.add_error("file", error.user_message)
        return data


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: people's rows by column name, and how the file was understood."""

    layout: Layout
    headings: list[str]
    used: list[str]
    ignored: list[str]
    records: list[dict[str, str]]

    @property
    def encoding_label(self) -> str:
        return ENCODINGS.get(self.layout.encoding, "")

    @property
    def separator_label(self) -> str:
        return str(SEPARATORS.get(self.layout.separator, ""))


def read_sheet(file: Any, encoding: str = "", separator: str = "") -> Sheet:
    """Raises UnreadableFile with a sentence when the file is no list of people."""
    content = read_upload(file)
    layout = detect_layout(content, file.name or "")
    if layout.file_format == CSV:
        layout = Layout(CSV, encoding or layout.encoding, separator or layout.separator)
    rows = read_rows(content, layout)
    headings = next(rows, [])
    mapping = match_columns(headings, COLUMNS)
    records: list[dict[str, str]] = []
    if not any(mapping) and any("@" in cell for cell in headings):
        mapping = _guess(headings)
        records.append(dict(as_record(headings, mapping)))
        headings = []
    _refuse_missing(headings, mapping)
    for row in rows:
        records.append(dict(as_record(row, mapping)))
        if len(records) > MOST_AT_ONCE:
            raise UnreadableFile(_("El archivo tiene más de 500 personas. Divídalo en varios."))
    if not records:
        raise UnreadableFile(_("El archivo solo tiene encabezados: no hay personas que añadir."))
    labels = {column.name: column.label for column in COLUMNS}
    used = [labels[name] for name in mapping if name]
    return Sheet(layout, headings, used, unknown_headings(headings, mapping), records)


def _guess(first: Sequence[str]) -> list[str]:
    """A file without headings: the first cell with an @ is the address, the first other one the name."""
    address = next(index for index, cell in enumerate(first) if "@" in cell)
    name = next((index for index in range(len(first)) if index != address), None)
    return ["email" if index == address else "name" if index == name else "" for index in range(len(first))]


def _refuse_missing(headings: Sequence[str], mapping: Sequence[str]) -> None:
    missing = missing_columns(mapping, COLUMNS)
    if not missing:
        return
    text = _("Falta la columna %(missing)s. Las columnas del archivo son: %(found)s.")
    names = ", ".join(column.label for column in missing)
    raise UnreadableFile(text % {"missing": names, "found": ", ".join(filter(None, headings)) or "—"})


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

"""Choosing a file of people, and saying how it is to be read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.tabular.encodings import ENCODINGS
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.reading import SEPARATORS, read_upload
from users.sheets import COLUMNS, Sheet, read_sheet

COLUMN = "columna-"


class UploadForm(forms.Form):
    """``cleaned_data["content"]`` is what was uploaded, once it is known to be a table of people."""

    file = forms.FileField(label=_("Archivo CSV o XLSX"), help_text=_("Una fila por persona, hasta 500."))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("file"):
            content = read_upload(data["file"])
            try:
                read_sheet(content, data["file"].name or "")
            except UnreadableFile as error:
                self.add_error("file", error.user_message)
            data["content"] = content
        return data


class LayoutForm(forms.Form):
    """How the bytes become a table; another choice reads the same file again."""

    encoding = forms.ChoiceField(label=_("Codificación"), choices=list(ENCODINGS.items()), required=False)
    separator = forms.ChoiceField(label=_("Separador"), choices=list(SEPARATORS.items()), required=False)
    encoding.is_conditional = separator.is_conditional = True  # type: ignore[attr-defined]  # they always have a value


class MappingForm(forms.Form):
    """What each column of the file brings. Every datum comes from one column at most."""

    def __init__(self, data: Any, *, sheet: Sheet) -> None:
        initial = {f"{COLUMN}{index}": name for index, name in enumerate(sheet.mapping)}
        super().__init__(data, initial=initial)
        choices = [("", _("No usarla")), *((column.name, column.label) for column in COLUMNS)]
        for index, column in enumerate(sheet.columns):
            field = forms.ChoiceField(
                label=column.heading, choices=choices, required=False, help_text=escape(", ".join(column.examples)[:80])
            )
            field.is_conditional = True  # type: ignore[attr-defined]  # "optional" says nothing here
            self.fields[f"{COLUMN}{index}"] = field

    @property
    def mapping(self) -> list[str]:
        return [self.cleaned_data[name] for name in self.fields]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        seen: dict[str, str] = {}
        for name in self.fields:
            datum = data.get(name, "")
            if datum and datum in seen:
                self.add_error(name, _("Otra columna ya trae este dato; deje una sola."))
            seen.setdefault(datum, name)
        return data

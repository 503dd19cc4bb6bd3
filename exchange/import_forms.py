"""The forms of the import desk."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.tabular.encodings import ENCODINGS
from cloudpanel.core.tabular.export import XLSX
from cloudpanel.core.tabular.reading import MAX_BYTES, SEPARATORS
from exchange.forms import TemplateChoice
from exchange.models import MailboxImport
from exchange.services.imports import columns
from exchange.services.imports.files import Reading
from exchange.services.imports.finishing import Options
from marketplace.models import Subscription


class UploadForm(forms.Form):
    """``token`` is made when the form opens: a second click finds what the first one made."""

    file = forms.FileField(
        label=_("Archivo CSV o XLSX"),
        help_text=_("Hasta 20 MB y 100,000 filas. Nada se crea al subirlo."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm"}),
        error_messages={"required": _("Elija un archivo."), "empty": _("El archivo está vacío.")},
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"token": uuid.uuid4()})
        super().__init__(*args, **kwargs)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("El archivo es muy grande. Divídalo en partes de menos de 20 MB."))
        return file


READINGS = ("has_headings", "encoding", "separator", "sheet")


class ReadingForm(forms.Form):
    """How the file is read, and what its columns mean. One list for each column."""

    has_headings = forms.BooleanField(label=_("La primera fila tiene los encabezados"), required=False)
    encoding = forms.ChoiceField(label=_("Codificación"), choices=list(ENCODINGS.items()))
    separator = forms.ChoiceField(label=_("Separador"), choices=list(SEPARATORS.items()))
    sheet = forms.ChoiceField(label=_("Hoja del libro"))

    def __init__(self, *args: Any, batch: MailboxImport, **kwargs: Any) -> None:
        self.batch = batch
        names = READINGS
        initial: dict[str, Any] = {name: getattr(batch, name) for name in names}
        choices = [("", _("No importar")), *((each.name, _(each.label)) for each in columns.COLUMNS)]
        self.column_names = []
        for index, name in enumerate(batch.mapping):
            initial[f"column_{index}"] = name
            self.column_names.append(f"column_{index}")
        super().__init__(*args, **{**kwargs, "initial": initial})
        if batch.file_format == XLSX:
            del self.fields["encoding"], self.fields["separator"]
        self.fields["sheet"].choices = [(name, name) for name in batch.sheets]  # type: ignore[attr-defined]
        if len(batch.sheets) < 2:
            del self.fields["sheet"]
        for index, field in enumerate(self.column_names):
            label = _("Columna %(letter)s") % {"letter": columns.letters(index)}
            self.fields[field] = forms.ChoiceField(label=label, choices=choices, required=False)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """For the table: the letter, the heading and the list of each column."""
        return [
            {"letter": columns.letters(index), "heading": heading, "field": self[name]}
            for index, (name, heading) in enumerate(zip(self.column_names, self.batch.headings, strict=True))
        ]

    @property
    def reading(self) -> Reading:
        data = self.cleaned_data
        how = (data.get("encoding", ""), data.get("separator", ""))
        return Reading(*how, has_headings=data["has_headings"], sheet=data.get("sheet", ""))

    @property
    def mapping(self) -> list[str]:
        return [self.cleaned_data.get(name, "") for name in self.column_names]

    @property
    def reads_otherwise(self) -> bool:
        """Encoding, separator, sheet or headings are not those of which the columns are shown."""
        return any(name in self.changed_data for name in READINGS)


class OptionsForm(forms.Form):
    rule = forms.ChoiceField(label=_("Qué filas"), choices=MailboxImport.Rule.choices, widget=forms.RadioSelect)
    password_by = forms.ChoiceField(
        label=_("Contraseñas"), choices=MailboxImport.PasswordBy.choices, widget=forms.RadioSelect
    )
    makes_users = forms.BooleanField(
        label=_("Crear un usuario de servicio para cada buzón"),
        required=False,
        help_text=_("Si alguien de su cuenta ya ingresa con esa dirección, el buzón será suyo."),
    )

    def __init__(self, *args: Any, batch: MailboxImport, subscription: Subscription, **kwargs: Any) -> None:
        names = ("rule", "password_by", "makes_users")
        initial: dict[str, Any] = {name: getattr(batch, name) for name in names}
        initial["template"] = batch.template.public_id if batch.template else None
        super().__init__(*args, **{**kwargs, "initial": initial})
        self.fields["template"] = TemplateChoice(
            subscription, label=_("Plantilla para todas"), required=False, widget=forms.Select
        )
        self.fields["template"].empty_label = _("La de cada fila")  # type: ignore[attr-defined]
        self.order_fields(["rule", "password_by", "template", "makes_users"])

    @property
    def options(self) -> Options:
        return Options(**self.cleaned_data)

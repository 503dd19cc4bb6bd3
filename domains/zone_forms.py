"""Forms of DNS zones: one for each kind of record, and the file of an import."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from domains.models import Zone, ZoneRecord
from domains.zones.names import shown_name
from domains.zones.records import LONGEST, SHORTEST, Record
from domains.zones.values import CAA_TAGS, PARTS, clean_record, parts_of

WORDS = {
    "A": (_("Dirección IPv4"), _("Dice en qué dirección IPv4 está un nombre: su sitio web, por ejemplo.")),
    "AAAA": (_("Dirección IPv6"), _("Lo mismo que A, para direcciones IPv6.")),
    "MX": (_("Servidor de correo"), _("Dice qué servidor recibe el correo del dominio.")),
    "TXT": (_("Texto"), _("Guarda un texto: SPF, DKIM, DMARC o la verificación de otro servicio.")),
    "CNAME": (_("Alias de otro nombre"), _("Dice que un nombre es lo mismo que otro. Va solo en su nombre.")),
    "SRV": (_("Servicio"), _("Dice en qué servidor y puerto está un servicio, como telefonía o mensajería.")),
    "CAA": (_("Autoridad de certificados"), _("Dice quién puede emitir certificados para el dominio.")),
    "NS": (_("Subdominio delegado"), _("Entrega un subdominio a otros servidores de nombres.")),
}
"""Each kind in the reader's words, and what it is for."""
_LABELS = {
    "address": _("Dirección"),
    "preference": _("Prioridad"),
    "target": _("Apunta a"),
    "text": _("Texto"),
    "priority": _("Prioridad"),
    "weight": _("Peso"),
    "port": _("Puerto"),
    "flags": _("Marcas"),
    "tag": _("Etiqueta"),
    "content": _("Valor"),
}
_HELP = {
    "preference": _("El número más bajo se intenta primero."),
    "target": _("Nombre completo, como servidor.ejemplo.com. Una sola palabra se entiende dentro de este dominio."),
    "text": _("Tal cual se lo dieron, sin comillas. Los textos largos se parten solos."),
    "weight": _("Entre los de igual prioridad, reparte la carga. 0 si no sabe."),
    "content": _("El dominio de la autoridad, como letsencrypt.org; ; para no permitir ninguna."),
}
_FIRST = {"preference": "10", "priority": "10", "weight": "0", "flags": "0", "tag": "issue"}
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
MAX_TYPED = 5000


class RecordForm(forms.Form):
    """A record of ``kind``. What makes sense is decided by ``domains.zones``; the form only asks."""

    name = forms.CharField(
        label=_("Nombre"), required=False, max_length=300, strip=True, widget=forms.TextInput(attrs=_PLAIN)
    )

    def __init__(self, *args: Any, zone: Zone, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.kind = zone, kind
        self.fields["name"].help_text = _("Lo que va antes de .%(zone)s, como www. Vacío o @ es el dominio mismo.") % {
            "zone": shown_name("@", zone.name)
        }
        for part in PARTS[kind]:
            self.fields[part] = _part_field(part)
        self.fields["ttl"] = forms.IntegerField(
            label=_("Tiempo de vida (segundos)"),
            initial=3600,
            min_value=SHORTEST,
            max_value=LONGEST,
            widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            help_text=_(
                "Cuánto lo recuerdan otros servidores. 3600 es una hora. Vale para todos los de este nombre y tipo."
            ),
        )

    def record(self) -> Record:
        """BusinessError at the field that is wrong."""
        data = self.cleaned_data
        parts = {part: str(data[part]) for part in PARTS[self.kind]}
        return clean_record(self.zone.name, self.kind, data["name"], data["ttl"], parts)


def _part_field(part: str) -> forms.Field:
    label, help_text, initial = _LABELS[part], _HELP.get(part, ""), _FIRST.get(part)
    if part == "tag":
        return forms.ChoiceField(label=label, choices=[(tag, tag) for tag in CAA_TAGS], initial=initial)
    widget: forms.Widget = forms.TextInput(attrs=_PLAIN)
    if part == "text":
        widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    if part in {"preference", "priority", "weight", "port", "flags"}:
        widget = forms.TextInput(attrs={**_PLAIN, "inputmode": "numeric"})
    is_needed = part != "flags"
    return forms.CharField(
        label=label, help_text=help_text, initial=initial, max_length=MAX_TYPED, required=is_needed, widget=widget
    )


def initial_of(row: ZoneRecord) -> dict[str, Any]:
    return {"name": "" if row.name == "@" else row.name, "ttl": row.ttl, **parts_of(row.kind, row.value)}


class ZoneFileForm(forms.Form):
    """A file or its text."""

    MERGE, REPLACE = "merge", "replace"

    file = forms.FileField(
        label=_("Archivo de zona"),
        required=False,
        help_text=_("El que exportan otros proveedores (“BIND” o “zone file”). Hasta 1 MB y 5,000 registros."),
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.zone,.db,text/plain"}),
    )
    text = forms.CharField(
        label=_("O pegue aquí su texto"),
        required=False,
        # Not max_length: a browser cuts what is pasted at it without a word, and the rest of the zone would be lost.
        validators=[MaxLengthValidator(1_000_000)],
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )
    mode = forms.ChoiceField(
        label=_("Qué hacer con los registros que ya tiene"),
        choices=[
            (MERGE, _("Conservarlos y agregar los del archivo")),
            (REPLACE, _("Dejar solo los del archivo")),
        ],
        initial=MERGE,
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data.get("file") and not (data.get("text") or "").strip():
            self.add_error("file", _("Elija un archivo o pegue su texto."))
        return data

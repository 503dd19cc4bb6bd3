"""What one looks for in the *registro de acciones*. Its fields are in the address, so a search can be kept and sent."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.log_search import PEOPLE_LIMIT, Search, find_people
from accounts.log_texts import ACTION_TEXTS, AREAS
from accounts.models import Account


class DayInput(forms.DateInput):
    """The browser's own calendar. It shows nothing for a day that does not exist, so neither do we send it one."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        try:
            return date.fromisoformat(str(value)).isoformat() if value else None
        except ValueError:
            return None


def kind_choices() -> list[Any]:
    """Whole areas and each of their actions, under the area's heading."""
    groups: list[Any] = [("", _("Todas"))]
    for area, label in AREAS.items():
        actions = [
            (action, str(text) % {"object": "…"})
            for action, text in ACTION_TEXTS.items()
            if action.startswith(f"{area}.")
        ]
        if actions:
            groups.append((label, [(area, _("Todo: %(area)s") % {"area": label}), *actions]))
    return groups


class LogSearchForm(forms.Form):
    desde = forms.DateField(label=gettext_lazy("Desde"), required=False, widget=DayInput)
    hasta = forms.DateField(label=gettext_lazy("Hasta"), required=False, widget=DayInput)
    persona = forms.CharField(
        label=gettext_lazy("Persona"), required=False, max_length=254, help_text=gettext_lazy("Nombre o correo")
    )
    tipo = forms.ChoiceField(label=gettext_lazy("Tipo de acción"), required=False, choices=kind_choices)
    objeto = forms.CharField(
        label=gettext_lazy("Objeto"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Cómo empieza su nombre: una dirección, un pedido, un usuario"),
    )
    soporte = forms.BooleanField(label=gettext_lazy("Solo en nombre de otra persona"), required=False)
    # Links from an object's own page: its type and its public id.
    clase = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        self.people: list[tuple[int, str]] = []

    def clean_persona(self) -> int | None:
        """The one person meant. Several possible ones are an error that names them."""
        text = self.cleaned_data["persona"].strip()
        if not text:
            return None
        people = find_people(self.account, text)
        if not people:
            raise forms.ValidationError(_("Nadie con ese nombre o correo ha actuado en esta cuenta."))
        if len(people) > PEOPLE_LIMIT:
            raise forms.ValidationError(_("Muchas personas se llaman así. Escriba el correo completo."))
        if len(people) > 1:
            names = ", ".join(name for _pk, name in people)
            raise forms.ValidationError(_("¿A quién se refiere? Escriba más: %(names)s.") % {"names": names})
        return people[0][0]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("desde") and data.get("hasta") and data["desde"] > data["hasta"]:
            self.add_error("hasta", _("Debe ser igual o posterior a «Desde»."))
        return data

    def search(self) -> Search:
        """Of a valid form."""
        data = self.cleaned_data
        object_id: UUID | None = data["id"]
        return Search(
            since=data["desde"],
            until=data["hasta"],
            person=data["persona"],
            kind=data["tipo"],
            object_name=data["objeto"].strip(),
            object_type=data["clase"] if object_id else "",
            object_id=str(object_id) if object_id else "",
            on_behalf=data["soporte"],
        )

    def given(self) -> dict[str, str]:
        """What was filled in, under the labels of the form."""
        fields = ((str(field.label or name), self.data.get(name, "")) for name, field in self.fields.items())
        return {label: value for label, value in fields if value}

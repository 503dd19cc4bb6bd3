"""The steps of a purchase. What was chosen travels in the address, so these forms read the query string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.models import AddOn, Plan

UNITS_PREFIX = "recurso-"


class PlanForm(forms.Form):
    plan = forms.ChoiceField(
        label=_("Plan"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Elija un plan para continuar."),
            "invalid_choice": _("Ese plan ya no está a la venta; elija otro."),
        },
    )

    def __init__(self, plans: Sequence[Plan], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = {plan.code: plan for plan in plans}
        self.fields["plan"].choices = [(plan.code, plan.name) for plan in plans]  # type: ignore[attr-defined]

    @property
    def cards(self) -> list[tuple[forms.boundfield.BoundWidget, Plan]]:
        """The radio button of each plan, beside it."""
        return list(zip(self["plan"], self.plans.values(), strict=True))

    @property
    def chosen(self) -> Plan:
        return self.plans[self.cleaned_data["plan"]]


class AddOnsForm(forms.Form):
    """One number per add-on; 0 or nothing leaves it out. ``owned`` is what the subscription already has of each."""

    def __init__(
        self,
        add_ons: Sequence[AddOn],
        *args: Any,
        owned: Mapping[int, int] | None = None,
        is_required: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.add_ons = add_ons
        self.is_required = is_required
        for add_on in add_ons:
            most = max(add_on.max_units - (owned or {}).get(add_on.pk, 0), 0)
            self.fields[f"{UNITS_PREFIX}{add_on.code}"] = _units_field(add_on, most)

    @property
    def rows(self) -> list[tuple[AddOn, forms.BoundField]]:
        return [(add_on, self[f"{UNITS_PREFIX}{add_on.code}"]) for add_on in self.add_ons]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.is_required and not self.errors and not any(cleaned.values()):
            raise forms.ValidationError(_("Indique cuántas unidades quiere de al menos un recurso."), code="nothing")
        return cleaned

    def has_withdrawn(self, query: Mapping[str, str]) -> bool:
        """Whether the address asks for an add-on that is not on sale (any more)."""
        asked = {name for name, value in query.items() if name.startswith(UNITS_PREFIX) and value.strip(" 0")}
        return bool(asked - self.fields.keys())

    @property
    def units(self) -> dict[AddOn, int]:
        """What was chosen, in the catalogue's order."""
        chosen = {add_on: self.cleaned_data.get(f"{UNITS_PREFIX}{add_on.code}") for add_on in self.add_ons}
        return {add_on: count for add_on, count in chosen.items() if count}


def _units_field(add_on: AddOn, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Unidades de %(name)s") % {"name": add_on.name},
        min_value=0,
        max_value=most,
        required=False,
        initial=0,
        disabled=most == 0,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 10}),
        error_messages={
            "invalid": _("Escriba un número entero, por ejemplo 2."),
            "min_value": _("Escriba 0 o más unidades."),
            "max_value": _("Puede agregar hasta %(limit_value)s unidades."),
        },
    )


class ConfirmForm(forms.Form):
    acepto = forms.BooleanField(
        label=_("Acepto los términos y condiciones"),
        error_messages={"required": _("Para confirmar, acepte los términos y condiciones.")},
    )


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Buscar en el Mercado"), max_length=100, required=False)

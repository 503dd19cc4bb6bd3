"""What a subscription is to become, and how it is to end. Choices travel in the address, as those of a purchase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.forms import UNITS_PREFIX
from marketplace.models import AddOn, Plan


class ChangeForm(forms.Form):
    """A plan, and how many units there shall be of each add-on in all. ``owned`` is what there is."""

    plan = forms.ChoiceField(
        label=_("Plan"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Elija un plan para continuar."),
            "invalid_choice": _("Ese plan ya no está a la venta; elija otro."),
        },
    )

    def __init__(
        self, plans: Sequence[Plan], add_ons: Sequence[AddOn], owned: Mapping[int, int], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.plans = {plan.code: plan for plan in plans}
        self.fields["plan"].choices = [(plan.code, plan.name) for plan in plans]  # type: ignore[attr-defined]
        self.add_ons, self.owned = add_ons, owned
        for add_on in add_ons:
            self.fields[f"{UNITS_PREFIX}{add_on.code}"] = _total_field(add_on, owned.get(add_on.pk, 0))

    @property
    def cards(self) -> list[tuple[forms.boundfield.BoundWidget, Plan]]:
        return list(zip(self["plan"], self.plans.values(), strict=True))

    @property
    def rows(self) -> list[tuple[AddOn, forms.BoundField, int]]:
        return [(each, self[f"{UNITS_PREFIX}{each.code}"], self.owned.get(each.pk, 0)) for each in self.add_ons]

    @property
    def chosen(self) -> Plan:
        return self.plans[self.cleaned_data["plan"]]

    @property
    def units(self) -> dict[AddOn, int]:
        """Of every add-on that is offered; one that was left empty stays as it is."""
        typed = {each: self.cleaned_data.get(f"{UNITS_PREFIX}{each.code}") for each in self.add_ons}
        return {each: self.owned.get(each.pk, 0) if count is None else count for each, count in typed.items()}


def _total_field(add_on: AddOn, owned: int) -> forms.IntegerField:
    """None, or from the minimum to the maximum; what somebody has already may stay."""
    most = max(add_on.max_units, owned)

    def check(units: int) -> None:
        if 0 < units < add_on.min_units and units != owned:
            raise forms.ValidationError(_("Escriba al menos %(count)s unidades, o 0.") % {"count": add_on.min_units})

    return forms.IntegerField(
        label=_("Unidades de %(name)s") % {"name": add_on.name},
        min_value=0,
        max_value=most,
        required=False,
        validators=[check],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 10}),
        error_messages={
            "invalid": _("Escriba un número entero, por ejemplo 2."),
            "min_value": _("Escriba 0 o más unidades."),
            "max_value": _("Puede tener hasta %(limit_value)s unidades."),
        },
    )


class AcceptForm(forms.Form):
    acepto = forms.BooleanField(
        label=_("Acepto los términos y condiciones"),
        error_messages={"required": _("Para confirmar, acepte los términos y condiciones.")},
    )


class CancelForm(forms.Form):
    """When it ends, and that this is understood."""

    NOW, AT_END = "ahora", "al-final"
    cuando = forms.ChoiceField(
        label=_("¿Cuándo debe terminar?"),
        widget=forms.RadioSelect,
        choices=[(AT_END, _("Al final del periodo pagado")), (NOW, _("Ahora mismo"))],
        error_messages={
            "required": _("Elija cuándo debe terminar."),
            "invalid_choice": _("Elija cuándo debe terminar."),
        },
    )
    motivo = forms.CharField(
        label=_("Motivo"),
        max_length=300,
        required=False,
        help_text=_("Nos ayuda a mejorar. Queda en el registro de acciones."),
    )
    entiendo = forms.BooleanField(
        label=_("Entiendo qué pasa con el servicio y con sus datos"),
        error_messages={"required": _("Para cancelar, confirme que lo entiende.")},
    )

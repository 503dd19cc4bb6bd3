"""The steps of a purchase. What was chosen travels in the address, so these forms read the query string."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import PaymentMethod
from marketplace.models import AddOn, BillingPeriod, Plan
from marketplace.services.offers import Offer
from marketplace.services.price_book import PriceTag

UNITS_PREFIX = "recurso-"


PERIOD = "periodo"


class PeriodForm(forms.Form):
    """How often it is paid; the first of ``periods`` unless somebody chooses another."""

    periodo = forms.ChoiceField(
        label=_("¿Cómo quiere pagar?"),
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": _("Ya no se vende por ese periodo; elija otro.")},
    )

    def __init__(self, periods: Sequence[BillingPeriod], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.periods = periods
        field = self.fields[PERIOD]
        field.is_conditional = True  # type: ignore[attr-defined]  # one is always chosen
        field.choices = [(period.value, period.label) for period in periods]  # type: ignore[attr-defined]
        field.initial = periods[0].value if periods else ""

    @property
    def period(self) -> BillingPeriod:
        return BillingPeriod(self.cleaned_data.get(PERIOD) or self.periods[0])


class PlanForm(PeriodForm):
    plan = forms.ChoiceField(
        label=_("Plan"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Elija un plan para continuar."),
            "invalid_choice": _("Ese plan ya no está a la venta; elija otro."),
        },
    )

    def __init__(self, offer: Offer, *args: Any, **kwargs: Any) -> None:
        super().__init__(offer.periods, *args, **kwargs)
        self.offer = offer
        self.plans = {plan.code: plan for plan in offer.plans}
        self.fields["plan"].choices = [(plan.code, plan.name) for plan in offer.plans]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and self.offer.book.of(self.chosen, self.period) is None:
            texts = {"plan": self.chosen.name, "period": self.period.label.lower()}
            self.add_error(PERIOD, _("El plan %(plan)s no se vende con pago %(period)s.") % texts)
        return cleaned

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
        prices: Mapping[AddOn, PriceTag],
        *args: Any,
        owned: Mapping[int, int] | None = None,
        is_required: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.prices = prices
        self.is_required = is_required
        for add_on in prices:
            has = (owned or {}).get(add_on.pk, 0)
            self.fields[f"{UNITS_PREFIX}{add_on.code}"] = _units_field(add_on, has)

    @property
    def rows(self) -> list[tuple[AddOn, forms.BoundField, PriceTag]]:
        return [(add_on, self[f"{UNITS_PREFIX}{add_on.code}"], price) for add_on, price in self.prices.items()]

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
        chosen = {add_on: self.cleaned_data.get(f"{UNITS_PREFIX}{add_on.code}") for add_on in self.prices}
        return {add_on: count for add_on, count in chosen.items() if count}


def _units_field(add_on: AddOn, owned: int) -> forms.IntegerField:
    most = max(add_on.max_units - owned, 0)
    least = max(add_on.min_units - owned, 1)
    return forms.IntegerField(
        label=_("Unidades de %(name)s") % {"name": add_on.name},
        min_value=0,
        max_value=most,
        required=False,
        initial=0,
        disabled=most == 0,
        help_text=_("Al menos %(count)s, o ninguna.") % {"count": least} if least > 1 else "",
        validators=[_at_least(least)],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 10}),
        error_messages={
            "invalid": _("Escriba un número entero, por ejemplo 2."),
            "min_value": _("Escriba 0 o más unidades."),
            "max_value": _("Puede agregar hasta %(limit_value)s unidades."),
        },
    )


def _at_least(least: int) -> Callable[[int], None]:
    def check(units: int) -> None:
        if 0 < units < least:
            raise forms.ValidationError(_("Escriba al menos %(count)s unidades, o 0.") % {"count": least})

    return check


class CouponForm(forms.Form):
    cupon = forms.CharField(
        label=_("Código del cupón"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


TRANSFER = "transferencia"


class ConfirmForm(forms.Form):
    """The terms, and how it is paid: by transfer, or with one of ``cards``."""

    acepto = forms.BooleanField(
        label=_("Acepto los términos y condiciones"),
        error_messages={"required": _("Para confirmar, acepte los términos y condiciones.")},
    )

    pago = forms.ChoiceField(
        label=_("¿Cómo lo paga?"),
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": _("Esa tarjeta ya no se puede usar; elija otra forma de pago.")},
    )
    field_order = ["pago", "acepto"]

    def __init__(self, cards: Sequence[PaymentMethod], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cards = {str(card.public_id): card for card in cards}
        choices = [(key, str(card)) for key, card in self.cards.items()]
        field = self.fields["pago"]
        field.is_conditional = True  # type: ignore[attr-defined]
        field.choices = [*choices, (TRANSFER, _("Transferencia bancaria (SPEI)"))]  # type: ignore[attr-defined]
        field.initial = field.choices[0][0]  # type: ignore[attr-defined]

    @property
    def method(self) -> PaymentMethod | None:
        return self.cards.get(self.cleaned_data.get("pago") or "")


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Buscar en el Mercado"), max_length=100, required=False)

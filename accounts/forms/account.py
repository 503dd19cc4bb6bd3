"""Perfil de la cuenta: who the customer is, for invoices and for letters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, AccountContact
from accounts.places import COUNTRIES, MEXICO, STATES_OF_MEXICO, state_of_mexico, time_zone_choices
from accounts.tax_ids import (
    CFDI_USES,
    GENERIC_FOREIGN,
    TAX_REGIMES,
    TaxIdError,
    check_cfdi_use,
    check_regime,
    check_tax_id,
)

MEXICAN_POSTAL_CODE = 5
CONTACT_FIELDS = ("name", "email", "phone")
ACCOUNT_FIELDS = (
    "legal_name",
    "tax_id",
    "tax_regime",
    "cfdi_use",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "language",
    "time_zone",
)


def regime_choices() -> list[Any]:
    return [("", _("Sin indicar")), *((code, f"{code} · {name}") for code, (name, _kinds) in TAX_REGIMES.items())]


def cfdi_use_choices() -> list[Any]:
    return [("", _("El usual de mi régimen")), *((code, f"{code} · {name}") for code, name in CFDI_USES.items())]


def country_choices() -> list[Any]:
    return list(COUNTRIES.items())


def _text(label: Any, length: int, *, required: bool = False, **attrs: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, widget=forms.TextInput(attrs=attrs))


class AccountProfileForm(forms.Form):
    legal_name = _text(gettext_lazy("Razón social o nombre completo"), 254, required=True, autocomplete="organization")
    tax_id = forms.CharField(
        label=gettext_lazy("RFC"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("12 caracteres si es persona moral, 13 si es persona física."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    tax_id_confirmed = forms.BooleanField(
        label=gettext_lazy("Así está escrito en mi Constancia de Situación Fiscal"), required=False
    )
    tax_regime = forms.ChoiceField(label=gettext_lazy("Régimen fiscal"), required=False, choices=regime_choices)
    cfdi_use = forms.ChoiceField(
        label=gettext_lazy("Uso de CFDI en sus facturas"), required=False, choices=cfdi_use_choices
    )
    street = _text(gettext_lazy("Calle y número"), 200, autocomplete="address-line1")
    city = _text(gettext_lazy("Ciudad o municipio"), 100, autocomplete="address-level2")
    state = _text(gettext_lazy("Estado"), 100, autocomplete="address-level1", list="estados")
    postal_code = _text(gettext_lazy("Código postal"), 10, autocomplete="postal-code")
    country = forms.ChoiceField(
        label=gettext_lazy("País"), choices=country_choices, widget=forms.Select(attrs={"autocomplete": "country"})
    )
    language = forms.ChoiceField(label=gettext_lazy("Idioma de la cuenta"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Zona horaria"), choices=time_zone_choices)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    states = STATES_OF_MEXICO

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_tax_id_doubtful = False
        for kind in AccountContact.Kind:
            whose = {"kind": str(kind.label).lower()}
            self.fields[f"{kind}_name"] = _text(_("Nombre (%(kind)s)") % whose, 150)
            self.fields[f"{kind}_email"] = forms.EmailField(
                label=_("Correo (%(kind)s)") % whose, max_length=254, required=False
            )
            self.fields[f"{kind}_phone"] = _text(_("Teléfono (%(kind)s)") % whose, 30, inputmode="tel")
        current = self.initial.get("country")
        if current and current not in COUNTRIES:  # set by support
            self.fields["country"].choices = [*COUNTRIES.items(), (current, current)]  # type: ignore[attr-defined]

    def contact_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """For the template: each contact's heading and fields."""
        return [(str(kind.label), [self[f"{kind}_{name}"] for name in CONTACT_FIELDS]) for kind in AccountContact.Kind]

    def shows_confirmation(self) -> bool:
        """Only when a doubtful RFC was typed."""
        return self.is_tax_id_doubtful or bool(self.data.get("tax_id_confirmed"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._clean_tax_id(data)
        self._clean_address(data)
        for kind in AccountContact.Kind:
            self._clean_contact(kind)
        return data

    def _clean_tax_id(self, data: dict[str, Any]) -> None:
        if not data.get("tax_id"):
            if data.get("tax_regime"):
                self.add_error("tax_id", _("Escriba el RFC al que corresponde el régimen."))
            return
        try:
            data["tax_id"] = check_tax_id(data["tax_id"], trust_check_digit=data.get("tax_id_confirmed", False))
        except TaxIdError as error:
            self.is_tax_id_doubtful = error.is_doubtful
            self.add_error("tax_id", error.message)
            return
        if data["tax_id"] == GENERIC_FOREIGN and data.get("country") == MEXICO:
            self.add_error("tax_id", _("Este RFC genérico es solo para residentes en el extranjero."))
        elif data.get("tax_regime"):
            try:
                check_regime(data["tax_id"], data["tax_regime"])
            except TaxIdError as error:
                self.add_error("tax_regime", error.message)
            else:
                self._clean_cfdi_use(data)

    def _clean_cfdi_use(self, data: dict[str, Any]) -> None:
        try:
            check_cfdi_use(data["tax_regime"], data.get("cfdi_use") or "")
        except TaxIdError as error:
            self.add_error("cfdi_use", error.message)

    def _clean_address(self, data: dict[str, Any]) -> None:
        if data.get("country") != MEXICO:
            return
        code = data.get("postal_code", "")
        if code and not (len(code) == MEXICAN_POSTAL_CODE and code.isascii() and code.isdigit()):
            self.add_error("postal_code", _("En México el código postal tiene cinco cifras."))
        if data.get("state"):
            state = state_of_mexico(data["state"])
            if state is None:
                self.add_error("state", _("No es un estado de México. Elija uno de la lista."))
            else:
                data["state"] = state

    def _clean_contact(self, kind: AccountContact.Kind) -> None:
        name, email, phone = (self.cleaned_data.get(f"{kind}_{field}", "") for field in CONTACT_FIELDS)
        if (email or phone) and not name and f"{kind}_name" not in self.errors:
            self.add_error(f"{kind}_name", _("Escriba el nombre de este contacto."))
        if (name or phone) and not email and f"{kind}_email" not in self.errors:
            self.add_error(f"{kind}_email", _("Escriba el correo de este contacto."))

    def profile(self) -> dict[str, str]:
        """Of a valid form: the account's own data."""
        return {name: self.cleaned_data[name] for name in ACCOUNT_FIELDS}

    def contacts(self) -> dict[str, dict[str, str]]:
        """Of a valid form: kind → name, e-mail, phone; the ones left empty are absent."""
        given = {
            str(kind): {name: self.cleaned_data[f"{kind}_{name}"] for name in CONTACT_FIELDS}
            for kind in AccountContact.Kind
        }
        return {kind: contact for kind, contact in given.items() if any(contact.values())}

    def take_version(self, version: int) -> None:
        """After a conflict: what is typed stays, and saving again is a decision, not an accident."""
        data = self.data.copy()
        data["version"] = str(version)
        self.data = data


def initial_profile(account: Account, contacts: list[AccountContact]) -> dict[str, Any]:
    """What the form shows of the account as it is."""
    shown = {name: getattr(account, name) for name in (*ACCOUNT_FIELDS, "version")}
    for contact in contacts:
        shown |= {f"{contact.kind}_{name}": getattr(contact, name) for name in CONTACT_FIELDS}
    return shown

"""What people type about domains at a registry. The rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from cloudpanel.core.domain_names import clean_registrable
from cloudpanel.core.exceptions import BusinessError
from domains.forms import checked
from domains.models import Contact, Domain
from domains.services.contacts import ContactData, clean_phone
from domains.services.keeping import read_ds_records, read_nameservers

NAME = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
NEW = "nuevo"


class SearchForm(forms.Form):
    buscar = forms.CharField(
        label=_("Encontrar dominio"),
        max_length=2000,
        widget=forms.TextInput(attrs={**NAME, "inputmode": "url"}),
        help_text=_("El nombre solo o con terminación: empresa, o empresa.com.mx."),
        error_messages={"required": _("Escriba el nombre que busca.")},
    )


class TransferNameForm(forms.Form):
    dominio = forms.CharField(
        label=_("Indicar dominio"),
        max_length=2000,
        widget=forms.TextInput(attrs={**NAME, "inputmode": "url"}),
        help_text=_("El dominio que quiere traer, por ejemplo empresa.com.mx."),
        error_messages={"required": _("Escriba el dominio.")},
    )

    def clean_dominio(self) -> str:
        return str(checked(clean_registrable, self.cleaned_data["dominio"]))


class HolderForm(forms.Form):
    """One of the account's holders, or a new one. The fields of a new one are needed only then."""

    titular = forms.ChoiceField(
        label=_("Titular"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Elija un titular."), "invalid_choice": _("Elija un titular.")},
    )
    name = forms.CharField(label=_("Nombre y apellidos"), max_length=120, required=False)
    organisation = forms.CharField(label=_("Empresa"), max_length=150, required=False)
    email = forms.EmailField(
        label=_("Correo electrónico"),
        max_length=254,
        required=False,
        error_messages={"invalid": _("Escriba un correo electrónico completo.")},
    )
    phone = forms.CharField(
        label=_("Teléfono"), max_length=30, required=False, help_text=_("Con clave de país: +52 55 1234 5678.")
    )
    street = forms.CharField(label=_("Calle y número"), max_length=200, required=False)
    city = forms.CharField(label=_("Ciudad"), max_length=100, required=False)
    state = forms.CharField(label=_("Estado o provincia"), max_length=100, required=False)
    postal_code = forms.CharField(label=_("Código postal"), max_length=16, required=False)
    country = forms.CharField(
        label=_("País (dos letras)"),
        max_length=2,
        min_length=2,
        required=False,
        help_text=_("MX para México, US para Estados Unidos."),
        error_messages={"min_length": _("Escriba dos letras, por ejemplo MX.")},
    )
    NEEDED = ("name", "email", "phone", "street", "city", "postal_code", "country")
    FIELDS = ("name", "organisation", "email", "phone", "street", "city", "state", "postal_code", "country")
    new = NEW

    def __init__(self, *args: Any, contacts: list[Contact], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contacts = {str(contact.public_id): contact for contact in contacts}
        known = [(key, self._line(contact)) for key, contact in self.contacts.items()]
        self.fields["titular"].choices = [*known, (NEW, _("Otro titular"))]  # type: ignore[attr-defined]
        for name in self.NEEDED:
            self.fields[name].is_conditional = True  # type: ignore[attr-defined]  # needed of a new holder
        if not self.is_bound:
            self.initial.setdefault("titular", known[0][0] if known else NEW)
            self.initial.setdefault("country", "MX")

    @staticmethod
    def _line(contact: Contact) -> str:
        return f"{contact} · {contact.email} · {contact.city}"

    @property
    def new_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIELDS]

    @property
    def is_new(self) -> bool:
        return self["titular"].value() == NEW

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("titular") != NEW:
            for name in self.FIELDS:  # what nobody asked for is not judged
                self.errors.pop(name, None)
            return data
        for name in self.NEEDED:
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("Este dato es necesario."))
        if data.get("phone"):
            try:
                clean_phone(data["phone"])
            except BusinessError as refusal:
                self.add_error("phone", refusal.user_message)
        return data

    @property
    def chosen(self) -> Contact | None:
        """None: a new one is to be made of :meth:`data_of_new`."""
        return self.contacts.get(self.cleaned_data["titular"])

    def data_of_new(self) -> ContactData:
        return ContactData(**{name: self.cleaned_data.get(name, "") for name in self.FIELDS})


class RegistrationForm(HolderForm):
    """The holder, for how long, and whether the registry hides their data."""

    anios = forms.TypedChoiceField(
        label=_("¿Por cuántos años?"),
        coerce=int,
        error_messages={"required": _("Elija los años."), "invalid_choice": _("Elija los años de la lista.")},
    )
    privacidad = forms.BooleanField(label=_("Ocultar los datos del titular"), required=False)

    def __init__(self, *args: Any, years: int, offers_privacy: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["anios"].choices = year_choices(years)  # type: ignore[attr-defined]
        if not offers_privacy:
            del self.fields["privacidad"]


class TransferForm(HolderForm):
    clave = forms.CharField(
        label=_("Clave de autorización"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}, render_value=False),
        help_text=_(
            "Se la da su proveedor actual (también la llaman EPP code o auth code). La usamos una vez y no la guardamos."
        ),
        error_messages={"required": _("Escriba la clave de autorización.")},
    )


class YearsForm(forms.Form):
    anios = forms.TypedChoiceField(
        label=_("¿Por cuántos años?"),
        coerce=int,
        error_messages={"required": _("Elija los años."), "invalid_choice": _("Elija los años de la lista.")},
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["anios"].choices = year_choices(most)  # type: ignore[attr-defined]


class NameserversForm(forms.Form):
    servidores = forms.CharField(
        label=_("Servidores de nombres"),
        max_length=4000,
        widget=forms.Textarea(attrs={**NAME, "rows": 5}),
        help_text=_("Uno por línea, de 2 a 13. Los que están dentro de este dominio llevan detrás su dirección IP."),
        error_messages={"required": _("Escriba al menos dos servidores.")},
    )

    def __init__(self, *args: Any, domain: Domain, **kwargs: Any) -> None:
        lines = [" ".join([name, *domain.glue.get(name, [])]) for name in domain.nameservers]
        super().__init__(*args, **{"initial": {"servidores": "\n".join(lines)}, **kwargs})
        self.domain = domain

    def clean_servidores(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = checked(read_nameservers, self.cleaned_data["servidores"], self.domain)
        return found


class DsForm(forms.Form):
    registros = forms.CharField(
        label=_("Registros DS"),
        max_length=8000,
        required=False,
        widget=forms.Textarea(attrs={**NAME, "rows": 4}),
        help_text=_(
            "Uno por línea: etiqueta, algoritmo, tipo de resumen y resumen. Vacío: el dominio queda sin firmar."
        ),
    )

    def __init__(self, *args: Any, domain: Domain, **kwargs: Any) -> None:
        lines = [" ".join(str(part) for part in record) for record in domain.ds_records]
        super().__init__(*args, **{"initial": {"registros": "\n".join(lines)}, **kwargs})

    def clean_registros(self) -> list[list[Any]]:
        found: list[list[Any]] = checked(read_ds_records, self.cleaned_data["registros"])
        return found


def year_choices(most: int) -> list[tuple[int, str]]:
    return [(n, ngettext("%(n)s año", "%(n)s años", n) % {"n": n}) for n in range(1, most + 1)]

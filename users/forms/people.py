"""Añadir nuevos usuarios: one row for each person, and what they all get."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cloudpanel.core.forms import TickList
from marketplace.models import Subscription
from users.forms.fields import NOT_DELEGABLE, AddressField, LastDayField
from users.services.delegation import delegable
from users.services.people import NewPerson, PeopleRefused, SharedServices

MOST_AT_ONCE = 500


class PersonForm(forms.Form):
    """Points 1 and 2 of the guided form: administrator or not, and where notifications go."""

    name = forms.CharField(label=_("Nombre"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = AddressField(label=_("Usuario (correo)"))
    is_administrator = forms.BooleanField(label=_("Administrador de la cuenta"), required=False)
    has_notification_email = forms.BooleanField(label=_("Recibir notificaciones en otro correo"), required=False)
    notification_email = AddressField(label=_("Correo para notificaciones"), required=False)

    is_left_out = False

    def has_changed(self) -> bool:
        return not self.is_left_out

    @property
    def is_blank(self) -> bool:
        """Nothing was typed: a row that was added and left alone is no mistake."""
        return not any(str(self[name].value() or "").strip() for name in ("name", "email", "notification_email"))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        is_missing = data.get("has_notification_email") and not data.get("notification_email")
        if is_missing and "notification_email" not in self.errors:
            self.add_error("notification_email", _("Escriba el correo, o quite la marca de la casilla."))
        return data

    @property
    def cells(self) -> list[forms.BoundField]:
        """For the table of a file; notifications have their own cell."""
        return [self["name"], self["email"], self["is_administrator"]]

    def person(self, row: int) -> NewPerson:
        data = self.cleaned_data
        other = data["notification_email"] if data["has_notification_email"] else ""
        return NewPerson(data["email"], data["name"], data["is_administrator"], other, row)


class BasePersonFormSet(BaseFormSet):  # type: ignore[type-arg]
    def full_clean(self) -> None:
        """Blank rows are not asked for anything, unless all are blank: then the first one is."""
        if self.is_bound:
            is_empty = all(form.is_blank for form in self.forms)
            for index, form in enumerate(self.forms):
                form.is_left_out = form.is_blank and not (is_empty and index == 0)
                form.empty_permitted = form.is_left_out
        super().full_clean()

    def filled(self) -> list[tuple[int, PersonForm]]:
        return [(index, form) for index, form in enumerate(self.forms) if not form.is_blank]

    def people(self) -> list[NewPerson]:
        """Those whose fields make sense; which ones they were is remembered for :meth:`show`."""
        self.asked = [(index, form) for index, form in self.filled() if not form.errors]
        return [form.person(index + 1) for index, form in self.asked]

    def show(self, refused: PeopleRefused) -> None:
        """Puts each reason beside the field of its row."""
        for position, reasons in refused.rows.items():
            for name, reason in reasons.items():
                self.asked[position][1].add_error(name, reason)

    @property
    def wrong_rows(self) -> list[tuple[int, PersonForm]]:
        return [(index + 1, form) for index, form in enumerate(self.forms) if form.errors]


PersonFormSet = formset_factory(
    PersonForm, formset=BasePersonFormSet, extra=1, max_num=MOST_AT_ONCE, validate_max=True, absolute_max=MOST_AT_ONCE
)


class SharedForm(forms.Form):
    """Points 3 to 5: the same services for all, until when, and the activation e-mail."""

    subscriptions = forms.ModelMultipleChoiceField(
        label=_("Servicios que se les delegan"),
        queryset=Subscription.objects.none(),
        to_field_name="public_id",
        widget=TickList,
        error_messages={"invalid_choice": NOT_DELEGABLE},
        required=False,
        help_text=_("Podrán administrar estos servicios. Sin ninguno, solo usan los que se les asignen."),
    )
    ends_at = LastDayField(
        label=_("Delegar hasta"), required=False, help_text=_("Último día incluido. Vacío: sin fecha de término.")
    )
    language = forms.ChoiceField(label=_("Idioma de sus correos y pantallas"), choices=settings.LANGUAGES)
    sends_activation = forms.BooleanField(
        label=_("Enviar correo de activación (recomendado)"),
        required=False,
        initial=True,
        help_text=_("Cada persona elige su propia contraseña con un enlace que sirve 48 horas. No hay otra forma."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, account: Account, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["subscriptions"].queryset = delegable(account)  # type: ignore[attr-defined]
        self.fields["language"].initial = account.language

    def shared(self) -> SharedServices:
        return SharedServices(list(self.cleaned_data["subscriptions"]), self.cleaned_data["ends_at"])

"""A new sign-in address."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import normalize_email


class EmailChangeForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("Correo nuevo"),
        max_length=254,
        help_text=gettext_lazy("Enviaremos un enlace a esa dirección; hasta que lo abra, nada cambia."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )

    def clean_email(self) -> str:
        email = normalize_email(self.cleaned_data["email"])
        try:
            validate_email(email)
        except ValidationError:
            raise ValidationError(_("Escriba una dirección de correo válida.")) from None
        return email

"""What people type below /dominios/. The rules are the services': a form only puts their sentences beside its fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cloudpanel.core.domain_names import clean_registrable
from cloudpanel.core.exceptions import BusinessError


def checked(rule: Callable[..., Any], *values: Any) -> Any:
    """A service's rule as a form's."""
    try:
        return rule(*values)
    except BusinessError as refusal:
        raise ValidationError(refusal.user_message) from refusal


class DomainNameForm(forms.Form):
    name = forms.CharField(
        label=_("Dominio"),
        max_length=2000,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        ),
        help_text=_("Por ejemplo empresa.com.mx. Puede llevar acentos o ñ."),
        error_messages={"required": _("Escriba el dominio.")},
    )

    def clean_name(self) -> str:
        return str(checked(clean_registrable, self.cleaned_data["name"]))

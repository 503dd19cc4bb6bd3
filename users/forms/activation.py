"""The first password, chosen by the person it belongs to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class PasswordForm(forms.Form):
    """Who has a password already (another account's user) is asked for nothing."""

    name = forms.CharField(label=_("Su nombre"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Elija su contraseña"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "data-strength": "fuerza"}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **{"initial": {"name": user.name}, **options})
        self.user = user
        if user.activated_at:
            del self.fields["name"], self.fields["password"]
        else:
            self.fields["password"].help_text = " ".join(password_validators_help_texts())

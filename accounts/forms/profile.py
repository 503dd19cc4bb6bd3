"""Mi perfil."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(
        label=_("Idioma"), choices=settings.LANGUAGES, help_text=_("El de las pantallas y los correos que recibe.")
    )

"""How each person wants to be told what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.mail_models import ALWAYS_TOLD, NotificationKind

Choices = Mapping[str, tuple[bool, bool]]  # kind → (on screen, by e-mail)


class PreferencesForm(forms.Form):
    """Two ticks for each kind; those that cannot be turned off are shown ticked and disabled."""

    def __init__(self, *args: Any, choices: Choices | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in NotificationKind:
            on_screen, by_email = (choices or {}).get(kind, (True, True))
            for name, label, value in (
                ("on_screen", _("En pantalla"), on_screen),
                ("by_email", _("Por correo"), by_email),
            ):
                self.fields[f"{kind}_{name}"] = forms.BooleanField(
                    label=label, required=False, initial=value, disabled=kind in ALWAYS_TOLD
                )

    def rows(self) -> Iterator[tuple[NotificationKind, forms.BoundField, forms.BoundField, bool]]:
        """For the template: kind, its two fields, whether it is fixed."""
        for kind in NotificationKind:
            yield kind, self[f"{kind}_on_screen"], self[f"{kind}_by_email"], kind in ALWAYS_TOLD

    def choices(self) -> dict[str, tuple[bool, bool]]:
        """Of a valid form, without those that are fixed."""
        return {
            kind: (self.cleaned_data[f"{kind}_on_screen"], self.cleaned_data[f"{kind}_by_email"])
            for kind in NotificationKind
            if kind not in ALWAYS_TOLD
        }

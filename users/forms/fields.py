"""Fields that every form about people needs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import normalize_email

NOT_DELEGABLE = _("Uno de los servicios elegidos ya no se puede delegar; revise los que quedan en la lista.")


class AddressField(forms.EmailField):
    """An e-mail address in its one form (accounts.addresses), whatever way it was typed."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 254)
        super().__init__(**options)
        self.widget.attrs.setdefault("inputmode", "email")
        self.widget.attrs.setdefault("autocomplete", "off")
        self.widget.attrs.setdefault("spellcheck", "false")

    def to_python(self, value: Any) -> str:
        return normalize_email(str(super().to_python(value)))


class LastDayField(forms.DateField):
    """A day, chosen by its last moment: what ends "el 31" still works on the 31st. Gives a datetime or None."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def clean(self, value: Any) -> datetime | None:
        day: date | None = super().clean(value)
        if day is None:
            return None
        if day < timezone.localdate():
            raise ValidationError(_("Elija un día que no haya pasado."), code="past")
        if day.year >= 9999:
            raise ValidationError(_("Elija un día más cercano."), code="too_far")
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def last_day(ends_at: datetime | None) -> date | None:
    """The day that :class:`LastDayField` was given."""
    return timezone.localtime(ends_at - timedelta(microseconds=1)).date() if ends_at else None

"""Between which days the statement of account is wanted. The days are in the address, so it can be kept and sent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms.log import DayInput

FIRST_DAY = date(2000, 1, 1)
USUAL = timedelta(days=90)


class StatementForm(forms.Form):
    desde = forms.DateField(label=gettext_lazy("Desde"), required=False, widget=DayInput)
    hasta = forms.DateField(label=gettext_lazy("Hasta"), required=False, widget=DayInput)

    moneda = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = self.days
        if start > end:
            self.add_error("desde", _("Empieza después de terminar: cambie una de las dos fechas."))
        return data

    @property
    def currency(self) -> str:
        """One that the ledger knows; anything else is an empty statement."""
        return str(getattr(self, "cleaned_data", {}).get("moneda") or settings.CURRENCY).upper()

    @property
    def days(self) -> tuple[date, date]:
        """The last ninety days where nothing, or nothing sensible, is given."""
        given = getattr(self, "cleaned_data", {})
        today = timezone.localdate()
        end = min(max(given.get("hasta") or today, FIRST_DAY), date(9999, 12, 30))
        start = max(given.get("desde") or min(end, today) - USUAL, FIRST_DAY)
        return start, end

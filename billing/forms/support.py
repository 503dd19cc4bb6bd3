"""What support types about an invoice. ``key`` makes a second click the same payment or note."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from billing.models import Payment

SMALLEST = Decimal("0.01")
METHODS = [(method.value, method.label) for method in (Payment.Method.TRANSFER, Payment.Method.ADJUSTMENT)]


class PaymentForm(forms.Form):
    amount = forms.DecimalField(label=_("Importe recibido"), min_value=SMALLEST, max_digits=14, decimal_places=2)
    method = forms.ChoiceField(label=_("Cómo"), choices=METHODS)
    reference = forms.CharField(label=_("Clave de rastreo o motivo del ajuste"), max_length=40)
    key = forms.UUIDField(widget=forms.HiddenInput)


class CreditForm(forms.Form):
    amount = forms.DecimalField(label=_("Importe antes de IVA"), min_value=SMALLEST, max_digits=14, decimal_places=2)
    reason = forms.CharField(label=_("Motivo"), max_length=200)
    key = forms.UUIDField(widget=forms.HiddenInput)


class CertifiedForm(forms.Form):
    file = forms.FileField(
        label=_("XML timbrado"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xml,application/xml,text/xml"}),
        error_messages={"required": _("Elija el archivo."), "empty": _("El archivo está vacío.")},
    )

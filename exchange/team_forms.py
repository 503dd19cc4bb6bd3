"""Forms about what teams share: shared mailboxes, distribution lists, external contacts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.forms import DomainChoice
from exchange.models import DistributionList
from exchange.services.mailboxes import MAX_NAME, MAX_QUOTA_MB
from marketplace.models import Subscription


class SharedForm(forms.Form):
    """A shared mailbox and who reads it."""

    display_name = forms.CharField(label=_("Nombre para mostrar"), max_length=MAX_NAME)
    local_part = forms.CharField(
        label=_("Dirección"), widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"})
    )
    quota_mb = forms.IntegerField(
        label=_("Límite (MB)"),
        min_value=1,
        max_value=MAX_QUOTA_MB,
        initial=5120,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("Toma espacio de su plan, pero no un lugar de buzón: nadie entra a él con contraseña."),
    )
    members = forms.CharField(
        label=_("Integrantes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Las direcciones de sus buzones, una por línea. Podrán leerlo y enviar como él."),
    )

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"] = DomainChoice(subscription)
        self.order_fields(["display_name", "local_part", "domain", "quota_mb", "members"])


class ListForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=MAX_NAME)
    local_part = forms.CharField(
        label=_("Dirección"), widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"})
    )
    senders = forms.ChoiceField(
        label=_("Quién puede escribir a la lista"),
        choices=DistributionList.Senders.choices,
        initial=DistributionList.Senders.INTERNAL,
        widget=forms.RadioSelect,
        help_text=_("Se juzga por la dirección de quien envía."),
    )

    def __init__(self, *args: Any, subscription: Subscription, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"] = DomainChoice(subscription)
        self.order_fields(["name", "local_part", "domain", "senders"])


class MembersForm(forms.Form):
    addresses = forms.CharField(
        label=_("Direcciones"),
        widget=forms.Textarea(attrs={"rows": 4, "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("Una por línea: buzones, otras listas o direcciones de fuera, que se guardan como contactos."),
    )


class OwnersForm(forms.Form):
    addresses = forms.CharField(
        label=_("Buzones de los propietarios"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


class ContactForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=MAX_NAME)
    email = forms.CharField(
        label=_("Correo electrónico"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

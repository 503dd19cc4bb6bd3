"""What is asked about one person who is already a user, and about many at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, Role
from cloudpanel.core.forms import TickList
from marketplace.models import ServiceDelegation, Subscription
from users.forms.fields import NOT_DELEGABLE, AddressField, LastDayField, last_day
from users.services.delegation import delegable
from users.services.removal import Fate


class MemberForm(forms.Form):
    name = forms.CharField(label=_("Nombre"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    notification_email = AddressField(
        label=_("Correo para notificaciones"), required=False, help_text=_("Vacío: el mismo con el que ingresa.")
    )
    role = forms.ChoiceField(label=_("Rol"), choices=Role.choices, widget=forms.RadioSelect)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    @classmethod
    def initial_of(cls, member: Membership) -> dict[str, Any]:
        return {
            "name": member.name,
            "notification_email": member.notification_email,
            "role": member.role,
            "version": member.version,
        }


class DelegationsForm(forms.Form):
    """One tick and one optional last day for each service of the account."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, *args: Any, member: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["version"].initial = member.version
        granted = {row.subscription_id: row for row in ServiceDelegation.objects.filter(user=member.user_id)}
        self.services = list(delegable(member.account))
        for service in self.services:
            row = granted.get(service.pk)
            self.fields[f"on_{service.public_id}"] = forms.BooleanField(
                label=service.name, required=False, initial=row is not None
            )
            self.fields[f"until_{service.public_id}"] = LastDayField(
                label=_("Último día"), required=False, initial=last_day(row.ends_at) if row else None
            )

    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"on_{s.public_id}"], self[f"until_{s.public_id}"]) for s in self.services]

    def wanted(self) -> dict[Subscription, Any]:
        data = self.cleaned_data
        return {s: data[f"until_{s.public_id}"] for s in self.services if data[f"on_{s.public_id}"]}


class DeleteForm(forms.Form):
    """Asks only what has to be asked: nothing about mailboxes of somebody who has none."""

    things = forms.ChoiceField(
        label=_("¿Qué hacemos con lo que tiene?"), choices=Fate.choices, widget=forms.RadioSelect
    )
    delegations = forms.ChoiceField(
        label=_("¿Qué hacemos con los servicios que administra?"),
        choices=[(Fate.REMOVE, _("Retirarlos")), (Fate.GIVE, _("Pasarlos a otra persona"))],
        widget=forms.RadioSelect,
    )
    heir = AddressField(
        label=_("¿A quién? (su correo)"),
        required=False,
        help_text=_("Una persona de la cuenta. Solo si eligió pasar algo a otra persona."),
    )

    def __init__(self, *args: Any, account: Account, has_things: bool, has_delegations: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.account = account
        if not has_things:
            del self.fields["things"]
        if not has_delegations:
            del self.fields["delegations"]
        if not (has_things or has_delegations):
            del self.fields["heir"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        address = data.get("heir")
        members = Membership.objects.in_force().filter(account=self.account).select_related("user", "account")
        data["heir"] = members.filter(email=address).first() if address else None
        if address and data["heir"] is None:
            self.add_error("heir", _("No hay en su cuenta una persona habilitada con este correo."))
        if Fate.GIVE in {data.get("things"), data.get("delegations")} and not address and "heir" not in self.errors:
            self.add_error("heir", _("Escriba el correo de quien los recibe."))
        return data

    def decisions(self) -> dict[str, Any]:
        """Arguments of ``delete_members``."""
        data = self.cleaned_data
        return {
            "things": Fate(data["things"]) if data.get("things") else None,
            "delegations": Fate(data["delegations"]) if data.get("delegations") else None,
            "heir": data.get("heir"),
        }


class ServicesForm(forms.Form):
    """Which services to delegate to, or withdraw from, many people."""

    subscriptions = forms.ModelMultipleChoiceField(
        label=_("Servicios"),
        queryset=Subscription.objects.none(),
        to_field_name="public_id",
        widget=TickList,
        error_messages={"invalid_choice": NOT_DELEGABLE},
    )
    ends_at = LastDayField(
        label=_("Delegar hasta"), required=False, help_text=_("Último día incluido. Vacío: sin fecha de término.")
    )

    def __init__(self, *args: Any, account: Account, has_end: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["subscriptions"].queryset = delegable(account)  # type: ignore[attr-defined]
        if not has_end:
            del self.fields["ends_at"]

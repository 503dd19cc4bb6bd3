"""What a person may ask an administrator for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Role
from users.services.delegation import delegable

ADMINISTRATION = "administracion"


class RequestForm(forms.Form):
    wanted = forms.ChoiceField(label=_("¿Qué necesita?"), widget=forms.RadioSelect)
    message = forms.CharField(
        label=_("Motivo"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, member: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        self.services = {str(service.public_id): service for service in delegable(member.account)}
        names = [(key, _("Administrar %(name)s") % {"name": s.name}) for key, s in self.services.items()]
        administration = (ADMINISTRATION, Role.ACCOUNT_ADMIN.label)
        self.fields["wanted"].choices = [*names, administration]  # type: ignore[attr-defined]

    def wish(self) -> dict[str, Any]:
        """Arguments of ``request_access``."""
        data = self.cleaned_data
        return {"subscription": self.services.get(data["wanted"]), "message": data["message"].strip()}

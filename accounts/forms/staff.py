"""What support says of a colleague who joins them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User


class StaffForm(forms.Form):
    """Nobody gives what they have not: a superuser chooses among all groups, everybody else among their own."""

    email = forms.EmailField(label=_("Usuario (correo)"), max_length=254, widget=UnfoldAdminEmailInputWidget)
    name = forms.CharField(label=_("Nombre"), max_length=150, widget=UnfoldAdminTextInputWidget)
    language = forms.ChoiceField(label=_("Idioma"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget)
    groups = forms.ModelMultipleChoiceField(
        label=_("Grupos"),
        queryset=Group.objects.none(),
        required=False,
        widget=UnfoldAdminSelectMultipleWidget,
        help_text=_("Sus permisos en la administración. Sin ningún grupo solo podrá ingresar."),
    )

    def __init__(self, *args: Any, agent: User, **options: Any) -> None:
        super().__init__(*args, **options)
        groups = Group.objects.all() if agent.is_superuser else agent.groups.all()
        self.fields["groups"].queryset = groups.order_by("name")  # type: ignore[attr-defined]

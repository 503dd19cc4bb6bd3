"""¿Olvidó su contraseña?: the e-mail with the one-use link.

The request only leaves a job, whoever asks for whatever address: neither its answer nor its time tells whether the
person exists. The worker looks, and writes to those who may sign in.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django import forms
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.actors import SYSTEM
from accounts.addresses import normalize_email
from accounts.models import User
from accounts.sign_in import may_sign_in
from cloudpanel.provisioning.services import enqueue


class RecoveryForm(forms.Form):
    """For ACCOUNT_FORMS["reset_password"]."""

    email = forms.EmailField(
        label=_("Usuario"),
        help_text=_("El correo electrónico con el que ingresa."),
        error_messages={"required": _("Escriba su usuario."), "invalid": _("Escriba un correo electrónico válido.")},
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": "autofocus"}),
    )

    def clean_email(self) -> str:
        return normalize_email(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        key = f"users.recovery:{uuid4()}"
        enqueue(actor=SYSTEM, account=None, operation="users.send_recovery", lock_key=key, secret={"email": email})
        return email


def recovery_email(email: str) -> EmailMultiAlternatives | None:
    """None when nobody who may sign in has this address."""
    user = User.objects.filter(email=email).first()
    if user is None or not may_sign_in(user):
        return None
    uid, token = user_pk_to_url_str(user), default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    context = {
        "user": user,
        "link": f"{settings.PUBLIC_URL}{path}",
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        "panel_name": settings.PANEL_NAME,
        "support_email": settings.SUPPORT_EMAIL,
    }
    with translation.override(user.language):
        subject = " ".join(render_to_string("emails/users/recovery_subject.txt", context).split())
        message = EmailMultiAlternatives(subject, render_to_string("emails/users/recovery_body.txt", context))
        message.attach_alternative(render_to_string("emails/users/recovery_body.html", context), "text/html")
    message.to = [user.email]
    return message

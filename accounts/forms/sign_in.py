"""allauth's forms in our words: labels, no placeholders, what each mistake means."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.addresses import normalize_email


def word(field: forms.Field, label: Any, *, help_text: Any = "", required: Any = "", **attrs: str) -> None:
    field.label, field.help_text = label, help_text
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)
    if required:
        field.error_messages["required"] = required


class LoginForm(account_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word(
            self.fields["login"],
            _("Usuario"),
            help_text=_("Su correo electrónico."),
            required=_("Escriba su usuario."),
            autocomplete="username webauthn",
            autofocus="autofocus",
        )
        word(self.fields["password"], _("Contraseña"), required=_("Escriba su contraseña."))

    def clean_login(self) -> str:
        return normalize_email(super().clean_login())


class ChangePasswordForm(account_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word(self.fields["oldpassword"], _("Contraseña actual"), required=_("Escriba su contraseña actual."))
        new_password(self)


class SetPasswordForm(account_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        new_password(self)


class ResetPasswordKeyForm(account_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        new_password(self)


def new_password(form: forms.Form) -> None:
    help_text = _("Al menos 10 caracteres y difícil de adivinar: varias palabras poco comunes funcionan bien.")
    word(form.fields["password1"], _("Contraseña nueva"), help_text=help_text, required=_("Escriba una contraseña."))
    word(form.fields["password2"], _("Repita la contraseña nueva"), required=_("Escriba la contraseña otra vez."))


class ReauthenticateForm(account_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word(self.fields["password"], _("Contraseña"), required=_("Escriba su contraseña."))


CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}


class FactorForm(factor_forms.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code_field(self, help_text=_("El de su aplicación, o uno de sus códigos de recuperación."))


class FactorAgainForm(factor_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code_field(self, help_text=_("El de su aplicación, o uno de sus códigos de recuperación."))


class ActivateTOTPForm(totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code_field(self, help_text=_("Los seis dígitos que muestra la aplicación."))


def code_field(form: forms.Form, *, help_text: Any) -> None:
    word(form.fields["code"], _("Código"), help_text=help_text, required=_("Escriba el código."), **CODE)


class AddPasskeyForm(passkey_forms.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word(
            self.fields["name"],
            _("Nombre de la llave"),
            help_text=_("Para reconocerla: «Teléfono de Ana», «Llave USB de la oficina»."),
        )
        word(
            self.fields["passwordless"],
            _("Ingresar solo con esta llave, sin contraseña"),
            help_text=_("La llave pedirá su huella, su rostro o su PIN."),
        )


class RenamePasskeyForm(passkey_forms.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word(self.fields["name"], _("Nombre de la llave"), required=_("Escriba un nombre."))

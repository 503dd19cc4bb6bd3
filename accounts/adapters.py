"""What allauth asks the panel. The answers never tell a stranger whether a person exists."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.addresses import normalize_email
from accounts.middleware import client_address
from accounts.models import User
from accounts.sign_in import attempts_key, factor_key, lock_sign_in, may_sign_in, seconds_left, time_in_words
from accounts.sign_in_log import log_for_person
from cloudpanel.core.crypto import decrypt, encrypt


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("El usuario o la contraseña no son correctos."),
        "email_password_mismatch": _("El usuario o la contraseña no son correctos. Revise que estén bien escritos."),
        "enter_current_password": _("Esta no es su contraseña actual."),
        "incorrect_password": _("La contraseña no es correcta."),
        "incorrect_code": _("El código no es correcto."),
        "invalid_login": _("El usuario o la contraseña no son correctos."),
        "invalid_or_expired_key": _("El enlace no es válido o ya venció."),
        "invalid_password_reset": _("El enlace no es válido, ya se usó o venció."),
        "rate_limited": _("Demasiados intentos seguidos. Espere un momento e intente de nuevo."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited by their administrator; there is no public sign-up."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "0.0.0.0"  # noqa: S104 - "unknown", for the rate limits

    # --- Trying to sign in ---------------------------------------------------------------------------------

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Whoever may not come in is told the same as who mistyped the password."""
        user = super().authenticate(request, **credentials)
        if user is None or may_sign_in(user):
            return user
        self.authentication_failed(request, **credentials)
        return None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The last of the allowed tries locks."""
        email = normalize_email(credentials.get("email", ""))
        seconds = seconds_left(request, attempts_key(email))
        user = lock_sign_in(email=email, seconds=seconds) if seconds else None
        if user is not None and user.locked_until is not None:
            log_for_person(request, user, "accounts.user.locked", after={"until": user.locked_until.isoformat()})

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code != "too_many_login_attempts":
            return super().validation_error(code, *args)
        text = gettext("Demasiados intentos. Por seguridad el ingreso está bloqueado; intente de nuevo en %(time)s.")
        return ValidationError(text % {"time": time_in_words(max(self._seconds_left(), 1))}, code=code)

    def _seconds_left(self) -> int:
        request = context.request
        stage = getattr(request, "_login_stage", None)
        person = stage.login.user if stage else request.user
        keys = [getattr(self, "_tried_key", "")]
        if isinstance(person, User):
            keys.append(factor_key(person))
        return max(seconds_left(request, key) for key in keys)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count however the address is written, and whatever host name the panel is called by."""
        self._tried_key = attempts_key(normalize_email(credentials.get("email", "")))
        return self._tried_key

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Passkeys come this way too: they have proved who they are, so the refusal has its own page."""
        if not may_sign_in(user):
            raise ImmediateHttpResponse(redirect("account_inactive"))
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def reauthenticate(self, user: User, password: str) -> bool:
        """By the sign-in address: the panel keeps no second list of addresses."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    # --- Afterwards ----------------------------------------------------------------------------------------

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """On the panel's own address, not on the one that the request claims."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL + path.replace("UID-KEY", key)


class FactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("No puede desactivar el segundo factor."),
        "cannot_generate_recovery_codes": _("Active primero un segundo factor."),
        "incorrect_code": _("El código no es correcto o ya venció."),
        "unverified_email": _("Confirme primero su correo."),
    }

    def encrypt(self, text: str) -> str:
        """The key of an authenticator app is as good as the person: never in the clear in the database."""
        return encrypt(text).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return str(decrypt(encrypted_text.encode()))

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return gettext("Llave de acceso")


class SessionAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Any) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        request = context.request
        if ended and isinstance(request.user, User):
            actor = getattr(request, "actor", None) or Actor(user=request.user, origin=client_address(request))
            account = getattr(request, "account", None)
            after = {"count": len(ended)}
            log_action(
                actor=actor, account=account, action="accounts.user.sessions_ended", target=request.user, after=after
            )

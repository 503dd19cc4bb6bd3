"""Sign-ins, failures and changes of the means of signing in, in the *registro de acciones*."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.addresses import normalize_email
from accounts.middleware import SESSION_KEY, choose_membership, client_address, memberships_of
from accounts.models import User
from accounts.sign_in import unlock_sign_in


def log_for_person(request: HttpRequest, user: User, action: str, *, after: Mapping[str, Any] | None = None) -> None:
    """In the account in which the person works, or would: the others learn nothing of it."""
    session = getattr(request, "session", {})
    member = choose_membership(memberships_of(user), session.get(SESSION_KEY))
    actor = Actor(user=user, origin=client_address(request))
    signed_in = getattr(request, "actor", None)
    if signed_in is not None and signed_in.user == user:
        actor = signed_in  # with the name of the support agent who entered as this person
    account = member.account_id if member else None
    log_action(actor=actor, account=account, action=action, target=user, target_name=user.email, after=after)


def is_entering_as(request: HttpRequest) -> bool:
    """Support enters as a customer or comes back: that is logged where it is done, and is no sign-in of theirs."""
    match = getattr(request, "resolver_match", None)
    return bool(match and match.app_name == "hijack")


@receiver(user_logged_in, dispatch_uid="accounts.sign_in_log.signed_in")
def on_sign_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """allauth's own signal: a person came in by the door, whichever means they used."""
    unlock_sign_in(request, user)
    log_for_person(request, user, "accounts.user.signed_in")


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_log.failed")
def on_failure(*, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Only for people that exist: what strangers type is no action of any account."""
    email = normalize_email(str(credentials.get("email") or ""))
    user = User.objects.filter(email=email).first() if email and request is not None else None
    if user is not None and request is not None:
        log_for_person(request, user, "accounts.user.sign_in_failed")


@receiver(user_logged_out, dispatch_uid="accounts.sign_in_log.signed_out")
def on_sign_out(*, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if isinstance(user, User) and not is_entering_as(request):
        log_for_person(request, user, "accounts.user.signed_out")


@receiver([password_changed, password_set], dispatch_uid="accounts.sign_in_log.password")
def on_password_changed(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    log_for_person(request, user, "accounts.user.password_changed")


@receiver(password_reset, dispatch_uid="accounts.sign_in_log.reset")
def on_password_reset(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    unlock_sign_in(request, user)
    log_for_person(request, user, "accounts.user.password_reset")


@receiver(authenticator_added, dispatch_uid="accounts.sign_in_log.factor_added")
def on_factor_added(*, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    log_for_person(request, user, "accounts.user.factor_added", after={"factor": authenticator.type})


@receiver(authenticator_removed, dispatch_uid="accounts.sign_in_log.factor_removed")
def on_factor_removed(*, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    log_for_person(request, user, "accounts.user.factor_removed", after={"factor": authenticator.type})


@receiver(authenticator_reset, dispatch_uid="accounts.sign_in_log.factor_reset")
def on_codes_made(*, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    log_for_person(request, user, "accounts.user.recovery_codes_made", after={"factor": authenticator.type})

"""Who has a second factor: an authenticator app or a passkey."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Membership, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""Recovery codes are no factor of their own: they stand in for one that was lost."""


def has_factor(user_field: str) -> Exists:
    """For ``annotate``: whether the person in ``user_field`` of the outer row has one."""
    return Exists(Authenticator.objects.filter(user_id=OuterRef(user_field), type__in=FACTORS))


def has_factor_now(user: User | None) -> bool:
    return user is not None and Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def members_without_factor(account_id: int) -> QuerySet[Membership]:
    return Membership.objects.in_force().filter(~has_factor("user_id"), account_id=account_id).order_by("name", "pk")

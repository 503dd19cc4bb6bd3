"""Rules of signing in: who may, when too many tries lock it, and for how much longer."""

from __future__ import annotations

import math
import time
from datetime import timedelta

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import Membership, User

APP, ACTION = "allauth.account", "login_failed"  # the rates are in settings.ACCOUNT_RATE_LIMITS
MINUTE = 60


def attempts_key(email: str) -> str:
    """Under which the tries for one sign-in address are counted, whether or not it belongs to anybody."""
    return f"sign-in:{email}"


def factor_key(user: User) -> str:
    """Under which allauth counts the codes tried for one person's second factor."""
    return f"mfa-auth-user-{user.pk}"


def seconds_left(request: HttpRequest, key: str) -> int:
    """How long until the next try for ``key`` from this address is looked at; 0 when it would be now."""
    now, longest = time.time(), 0.0
    for rate in ratelimit.get_rates(app=APP, action=ACTION):
        cache_key = ratelimit.get_cache_key(request, app=APP, action=ACTION, rate=rate, key=key)
        tries = [at for at in cache.get(cache_key, []) if at > now - rate.duration]
        if len(tries) >= rate.amount:
            longest = max(longest, tries[rate.amount - 1] + rate.duration - now)
    return math.ceil(longest)


def time_in_words(seconds: int) -> str:
    """Rounded up to whole minutes, so that who waits that long is never too early."""
    if seconds < MINUTE:
        return ngettext("%(n)s segundo", "%(n)s segundos", seconds) % {"n": seconds}
    minutes = math.ceil(seconds / MINUTE)
    return ngettext("%(n)s minuto", "%(n)s minutos", minutes) % {"n": minutes}


def lock_sign_in(*, email: str, seconds: int) -> User | None:
    """Makes the person's status say *Bloqueado* for that long. None when the address is nobody's."""
    until = timezone.now() + timedelta(seconds=seconds)
    user = User.objects.filter(email=email).first()
    if user is not None:
        user.locked_until = until
        user.save(update_fields=["locked_until"])
    return user


def unlock_sign_in(request: HttpRequest, user: User) -> None:
    """The person has shown who they are (signed in, used the recovery link), or an administrator says so."""
    for key in (attempts_key(user.email), factor_key(user)):
        ratelimit.clear(request, app=APP, action=ACTION, key=key)
    if user.locked_until is not None:
        user.locked_until = None
        user.save(update_fields=["locked_until"])


def may_sign_in(user: User) -> bool:
    """Enabled, activated, and let into at least one account (support staff needs none)."""
    if not (user.is_active and user.activated_at):
        return False
    return user.is_staff or Membership.objects.in_force().filter(user=user).exists()

"""Writes down every sign-in and every failed try, from Django's own two signals: whatever way people come in by."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.addresses import normalize_email
from accounts.middleware import SESSION_KEY, client_address
from accounts.models import Membership, User
from accounts.sign_in_log import is_entering_as
from users.models import SignIn


@receiver(user_logged_in, dispatch_uid="users.sign_ins.record")
def record_sign_in(*, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """For the account in which the session begins; others of the same person learn nothing of it."""
    if is_entering_as(request):
        return
    chosen = request.session.get(SESSION_KEY) if hasattr(request, "session") else None
    members = list(Membership.objects.in_force().filter(user=user).order_by("pk").values_list("pk", "account_id"))
    pk, account_id = next(((pk, a) for pk, a in members if a == chosen), members[0] if members else (None, None))
    if pk is not None:
        Membership.objects.filter(pk=pk).update(last_sign_in_at=timezone.now())
    _write(request, user.pk, account_id, is_successful=True)


@receiver(user_login_failed, dispatch_uid="users.sign_ins.record_failure")
def record_failure(*, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Addresses that belong to nobody leave no trace."""
    address = normalize_email(str(credentials.get("email") or credentials.get("username") or ""))
    member = Membership.objects.in_force().filter(user__email=address).order_by("pk").first() if address else None
    if member is not None:
        _write(request, member.user_id, member.account_id, is_successful=False)


def _write(request: HttpRequest | None, user_id: int, account_id: int | None, *, is_successful: bool) -> None:
    session = getattr(request, "session", None)
    SignIn.objects.create(
        user_id=user_id,
        account_id=account_id,
        is_successful=is_successful,
        ip=(client_address(request) or None) if request else None,
        user_agent=(request.META.get("HTTP_USER_AGENT", "") if request else "")[:200],
        session_key=(session.session_key or "") if session is not None and is_successful else "",
    )

"""*Entrar como*: the beginning and the end are lines of the customer's own log, with support's name."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.http import HttpRequest
from hijack.signals import hijack_ended, hijack_started

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.middleware import client_address
from accounts.models import Membership, User


@receiver(hijack_started, dispatch_uid="accounts.entering_log.started")
def on_entering(*, request: HttpRequest, hijacker: User, hijacked: User, **kwargs: Any) -> None:
    _log(request, hijacker, hijacked, "accounts.user.entered_as")


@receiver(hijack_ended, dispatch_uid="accounts.entering_log.ended")
def on_leaving(*, request: HttpRequest, hijacker: User, hijacked: User, **kwargs: Any) -> None:
    _log(request, hijacker, hijacked, "accounts.user.left")


def _log(request: HttpRequest, agent: User, user: User, action: str) -> None:
    """In each account of the person: support sees all that the person sees."""
    actor = Actor(user=agent, origin=client_address(request))
    accounts: list[int | None] = list(Membership.objects.filter(user=user).values_list("account_id", flat=True))
    log_actions(
        build_entry(actor=actor, account=account, action=action, target=user, target_name=user.email)
        for account in accounts or [None]
    )

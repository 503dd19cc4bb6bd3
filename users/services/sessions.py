"""Ends what a person has open, on every device."""

from __future__ import annotations

from collections.abc import Collection

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.cached_db import KEY_PREFIX
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import transaction

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Membership


def end_sessions_of(user_ids: Collection[int]) -> int:
    """All sessions of these people, with a fixed number of statements. Gives how many. The cache forgets them once the
    transaction is committed; meanwhile a request may still read one, and finds a membership that no longer counts."""
    keys = list(UserSession.objects.filter(user__in=user_ids).values_list("session_key", flat=True))
    UserSession.objects.filter(session_key__in=keys).delete()
    Session.objects.filter(session_key__in=keys).delete()
    cached = [f"{KEY_PREFIX}{key}" for key in keys]
    transaction.on_commit(lambda: caches[settings.SESSION_CACHE_ALIAS].delete_many(cached))
    return len(keys)


def people_without_other_accounts(members: Collection[Membership]) -> list[int]:
    """User ids of those of ``members`` whom no other account lets in: what they have open is of this account."""
    ids = {member.user_id for member in members}
    elsewhere = Membership.objects.in_force().filter(user__in=ids).exclude(pk__in=[member.pk for member in members])
    return sorted(ids - set(elsewhere.values_list("user_id", flat=True)))


@transaction.atomic
def end_sessions(*, actor: Actor, member: Membership) -> int:
    """*Cerrar sus sesiones*: for an administrator who suspects that somebody else uses them."""
    count = end_sessions_of([member.user_id])
    log_action(
        actor=actor,
        account=member.account_id,
        action="users.sessions.ended",
        target=member,
        target_name=f"{member.name} <{member.email}>",
        after={"count": count},
    )
    return count

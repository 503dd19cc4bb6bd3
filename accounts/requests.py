"""A request as the panel's middleware leaves it, so that views and their helpers are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest

from accounts.actors import Actor
from accounts.models import Account, Membership, User

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class PanelRequest(HttpRequest):
    """For annotations; nothing makes one. Behind ``account_required`` and ``require_role`` everything is there. On pages
    that are open to everybody ``membership``, ``account`` and ``actor`` may be None."""

    user: User
    memberships: list[Membership]
    membership: Membership
    own_membership: Membership  # while somebody is previewed, the administrator's own
    preview: Any  # users.preview.Preview, or None
    account: Account
    actor: Actor
    htmx: HtmxDetails


def actor_of(request: HttpRequest) -> Actor:
    """For the admin, whose methods are given Django's own request."""
    return cast("PanelRequest", request).actor

"""What a person owns in the services, asked of their lifecycles: this app knows no mailbox.

A lifecycle of ``settings.SERVICE_LIFECYCLES`` may bring any of the methods of :class:`OwnsThings`; one that brings none
is of a kind that belongs to the account and not to people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from accounts.actors import Actor
from accounts.models import Account, Membership, User
from cloudpanel.core.drivers import get_lifecycle


@dataclass(frozen=True, slots=True)
class Belonging:
    """One thing that is one person's, as the screen names it."""

    user_id: int
    kind: str  # "Buzón"
    name: str  # "ana@empresa.example"
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class OwnService:
    """One thing as its own person uses it: what to type into which program."""

    kind: str
    name: str
    status: str
    tone: str  # of a badge
    facts: list[tuple[str, str]]  # label → value to copy
    icon: str = "mail"
    password_url: str = ""  # where the person changes its password


class OwnsThings(Protocol):
    """The optional part of a lifecycle."""

    def belongings_of(self, *, account: Account, user_ids: Collection[int]) -> list[Belonging]:
        """One query, however many people."""

    def give_belongings(self, *, actor: Actor, account: Account, user_ids: Collection[int], to: User | None) -> int:
        """Hands all over to another person of the account, or leaves them without person (None). Gives how many."""

    def remove_belongings(self, *, actor: Actor, account: Account, user_ids: Collection[int]) -> int:
        """Deletes all, as deleting each by hand would. Gives how many."""

    def own_services(self, *, membership: Membership) -> list[OwnService]:
        """For the person's own page. One query."""


def _bringing(method: str) -> Iterator[OwnsThings]:
    for kind in settings.SERVICE_LIFECYCLES:
        lifecycle = get_lifecycle(kind)
        if hasattr(lifecycle, method):
            yield lifecycle


def belongings_of(account: Account, user_ids: Collection[int]) -> list[Belonging]:
    found = [each.belongings_of(account=account, user_ids=user_ids) for each in _bringing("belongings_of")]
    return [belonging for some in found for belonging in some]


def give_belongings(*, actor: Actor, account: Account, user_ids: Collection[int], to: User | None) -> int:
    return sum(
        each.give_belongings(actor=actor, account=account, user_ids=user_ids, to=to)
        for each in _bringing("give_belongings")
    )


def remove_belongings(*, actor: Actor, account: Account, user_ids: Collection[int]) -> int:
    return sum(
        each.remove_belongings(actor=actor, account=account, user_ids=user_ids)
        for each in _bringing("remove_belongings")
    )


def own_services(membership: Membership) -> list[OwnService]:
    found = [each.own_services(membership=membership) for each in _bringing("own_services")]
    return [service for some in found for service in some]

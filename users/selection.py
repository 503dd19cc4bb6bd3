"""Whom a bulk action is for: the ticked rows, or everybody whom the filters show."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from accounts.models import Account, Membership
from users.listing import UserFilter, members_matching

MOST_AT_ONCE = 5000
"""People in one go, so that the answer comes before a browser or proxy gives up."""


@dataclass(frozen=True, slots=True)
class Selection:
    is_everybody: bool = False
    wanted: UserFilter = field(default_factory=UserFilter)
    ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: QueryDict) -> Selection:
        if data.get("todos"):
            return cls(is_everybody=True, wanted=UserFilter.of(data))
        return cls(ids=tuple(text for text in data.getlist("usuario[]")[:MOST_AT_ONCE] if _is_uuid(text)))

    def members(self, account: Account) -> list[Membership]:
        """Strangers' ids select nobody."""
        found: QuerySet[Membership] = (
            members_matching(account, self.wanted)
            if self.is_everybody
            else Membership.objects.filter(account=account, public_id__in=self.ids)
        )
        return list(found.select_related("user", "account").order_by("search_text", "pk")[:MOST_AT_ONCE])

    def fields(self) -> list[tuple[str, str]]:
        """Hidden fields of the confirmation, which bring the same selection again."""
        if not self.is_everybody:
            return [("usuario[]", public_id) for public_id in self.ids]
        wanted = self.wanted
        return [
            ("todos", "1"),
            ("q", wanted.text),
            ("rol", wanted.role),
            ("estado", wanted.status),
            ("servicio", wanted.service),
        ]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

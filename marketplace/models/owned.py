"""Who sees what belongs to a subscription."""

from __future__ import annotations

from typing import Any

from django.db import models

from accounts.models import Membership
from marketplace.models.subscriptions import ServiceDelegation


class OwnedQuerySet(models.QuerySet[Any]):
    """For rows with ``account`` and ``subscription``: the same people see them who see the subscription."""

    def visible_to(self, membership: Membership) -> OwnedQuerySet:
        mine = self.filter(account_id=membership.account_id)
        if membership.is_admin:
            return mine
        if membership.is_delegate:
            delegated = ServiceDelegation.objects.in_force_for(membership.user_id)
            return mine.filter(subscription_id__in=delegated.values("subscription"))
        return mine.none()

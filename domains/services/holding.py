"""What the account has shown to be its own: other apps ask before they want a proof of theirs."""

from __future__ import annotations

from cloudpanel.core.domain_names import registrable
from domains.models import Domain


def holds(account_id: int, name: str) -> bool:
    """Whether ``name`` (A-labels) is a domain of this account, or lies within one: registered here, or proved."""
    return (
        Domain.objects.filter(account_id=account_id, name__in={name, registrable(name)})
        .filter(state=Domain.State.ACTIVE)
        .exclude(kind=Domain.Kind.TRANSFER)
        .exists()
    )

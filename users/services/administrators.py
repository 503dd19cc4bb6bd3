"""The rule that an account never loses its last administrator, whoever tries at the same time."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _

from accounts.models import Account, Membership, Role
from cloudpanel.core.exceptions import BusinessError


def keep_an_administrator(account: Account, losing: Collection[int]) -> None:
    """Raises BusinessError (code ``last_administrator``) when nobody would administer the account without ``losing``
    (membership ids). Call it with the account locked (users.services.locks): then two cannot pass it together."""
    administrators = set(administrators_in_force(account))
    if administrators and administrators <= set(losing):
        raise BusinessError(last_administrator_reason(), code="last_administrator")


def administrators_in_force(account: Account) -> list[int]:
    """Membership ids of those who can administer the account right now."""
    found = Membership.objects.in_force().filter(account=account, role=Role.ACCOUNT_ADMIN)
    return list(found.values_list("pk", flat=True))


def last_administrator_reason() -> str:
    return _("Es la única persona que administra la cuenta. Nombre antes a otro administrador.")

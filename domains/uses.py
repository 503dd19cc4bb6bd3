"""What uses a domain, told by the apps above: ``settings.DOMAIN_USES``, dotted paths of functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Account


@dataclass(frozen=True, slots=True)
class Use:
    """``label`` in the reader's words ("Correo: Exchange"), ``url`` where it is managed; empty when there is no page."""

    label: str
    url: str = ""


UsesOf = Callable[[int, Sequence[str]], Mapping[str, Iterable[Use]]]
"""Of an account (its id) and names in A-labels: name → what uses it. One statement, however many names."""


def uses_of(account: Account | int, names: Sequence[str]) -> dict[str, list[Use]]:
    """Every name is in the answer, unused ones with an empty list."""
    found: dict[str, list[Use]] = defaultdict(list)
    if names:
        account_id = account.pk if isinstance(account, Account) else account
        for path in settings.DOMAIN_USES:
            tell: UsesOf = import_string(path)
            for name, uses in tell(account_id, names).items():
                found[name].extend(uses)
    return {name: found[name] for name in names}

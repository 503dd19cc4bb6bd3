"""Downloads of the *registro de acciones* are themselves noted in it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.tabular.export import CSV, XLSX

EXPORT_LIMITS = {CSV: 50_000, XLSX: 20_000}
"""Lines in one download, the newest ones: what a web process writes well before it would be cut off."""


@transaction.atomic
def note_export(*, actor: Actor, account: Account, file_format: str, filters: Mapping[str, str]) -> None:
    after = {"format": file_format, **({"filters": dict(filters)} if filters else {})}
    log_action(actor=actor, account=account, action="accounts.action_log.exported", target=account, after=after)

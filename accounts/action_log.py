"""Writes the *registro de acciones*. Called by every service inside its own transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from accounts.actors import Actor
from accounts.log_macs import CONTENT_FIELDS
from accounts.models import Account, ActionLogEntry


def build_entry(
    *,
    actor: Actor,
    account: Account | int | None,
    action: str,
    target: models.Model | None = None,
    target_name: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> ActionLogEntry:
    """An unsaved entry. ``action`` is ``app.noun.past_participle``, e.g. ``exchange.mailbox.created``."""
    return ActionLogEntry(
        account_id=account.pk if isinstance(account, Account) else account,
        actor_id=actor.user.pk if actor.user else None,
        actor_name=actor.name[:254],
        impersonator_id=actor.impersonator.pk if actor.impersonator else None,
        impersonator_name=actor.impersonator_name[:254],
        action=action,
        object_type=target._meta.label_lower if target is not None else "",
        object_id=str(getattr(target, "public_id", "") or (target.pk if target is not None else "")),
        object_name=(target_name or (str(target) if target is not None else ""))[:254],
        before=dict(before or {}),
        after=dict(after or {}),
        origin=actor.origin[:60],
    )


# What a statement needs that writes lines together with the rows whose change they tell (see LINES and lines_as_json).
COLUMNS = (*CONTENT_FIELDS, "mac")
LINES = "jsonb_populate_recordset(NULL::accounts_actionlogentry, %(lines)s::jsonb)"
AT_ONCE = 1000
_WRITE = f"INSERT INTO accounts_actionlogentry ({', '.join(COLUMNS)}) SELECT {', '.join(COLUMNS)} FROM {LINES}"  # noqa: S608


def lines_as_json(entries: Iterable[ActionLogEntry]) -> str:
    """The parameter ``lines`` of :data:`LINES`, MACs and all."""
    mac = ActionLogEntry._meta.get_field("mac")
    rows = []
    for entry in entries:
        row = {name: getattr(entry, name) for name in CONTENT_FIELDS}
        row["at"] = entry.at.isoformat()  # JSON encoders cut it to milliseconds, and the MAC would not match
        row["mac"] = "\\x" + mac.pre_save(entry, add=True).hex()
        rows.append(row)
    return json.dumps(rows, cls=DjangoJSONEncoder)


def log_action(**fields: Any) -> ActionLogEntry:
    """One line, now (fields of :func:`build_entry`)."""
    entry = build_entry(**fields)
    entry.save(force_insert=True)
    return entry


def log_actions(entries: Iterable[ActionLogEntry]) -> None:
    """Many lines, a thousand in one statement: as JSON, which costs a third of what a thousand times fourteen parameters
    cost."""
    lines = list(entries)
    for begin in range(0, len(lines), AT_ONCE):
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, {"lines": lines_as_json(lines[begin : begin + AT_ONCE])})

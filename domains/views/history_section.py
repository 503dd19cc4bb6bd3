"""What happened to a domain, and what uses it."""

from __future__ import annotations

from typing import Any

from accounts.log_models import ActionLogEntry
from accounts.log_words import person, sentence
from accounts.requests import PanelRequest
from domains.models import Domain
from domains.uses import uses_of

MOST_LINES = 15


def history_section(request: PanelRequest, domain: Domain) -> dict[str, Any]:
    lines = ActionLogEntry.objects.filter(
        account=domain.account_id, object_type=Domain._meta.label_lower, object_id=str(domain.public_id)
    ).order_by("-at", "-pk")[:MOST_LINES]
    return {
        "history": [{"at": line.at, "who": person(line.actor_name)[0], "what": sentence(line)} for line in lines],
        "uses": uses_of(domain.account_id, [domain.name])[domain.name],
    }

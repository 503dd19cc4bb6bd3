"""The DNS of a domain on its page, in short."""

from __future__ import annotations

from typing import Any

from accounts.requests import PanelRequest
from domains.models import Domain
from domains.services.zones import hosted_zone
from domains.views.zones import context_of, hosting_of


def zone_section(request: PanelRequest, domain: Domain) -> dict[str, Any]:
    zone = hosted_zone(domain)
    if zone is None:
        return {"zone": None, **hosting_of(domain)}
    context = {**context_of(zone), "record_count": zone.records.applied().count()}
    del context["domain"]
    return context

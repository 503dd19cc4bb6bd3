"""What every screen of a zone begins with."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from accounts.requests import PanelRequest
from domains.models import Domain, Zone, ZoneRecord
from domains.services.zones import hosted_zone
from domains.views.common import View, domain_view, done_or_told
from domains.zones.names import shown_name
from domains.zones.values import shown_value


def zone_view(view: View) -> View:
    """``view(request, zone)``: as ``domain_view``; a domain whose DNS is not here leads to the page that says so."""

    @domain_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, domain: Domain, **kwargs: Any) -> HttpResponse:
        zone = hosted_zone(domain)
        if zone is None:
            return redirect("domains:zone", domain.public_id)
        zone.account = domain.account
        return view(request, zone, **kwargs)

    return fetch


def record_view(view: View) -> View:
    """``view(request, zone, row)``; 404 for a record that is not of this zone, or no more."""

    @zone_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, zone: Zone, record: UUID) -> HttpResponse:
        row = ZoneRecord.objects.filter(zone=zone, public_id=record).first()
        if row is None:
            raise Http404
        return view(request, zone, row)

    return fetch


def zone_done_or_told(request: PanelRequest, zone: Zone, act: Any, said: str, to: str = "domains:zone") -> HttpResponse:
    """``done_or_told``, back to the page of the zone."""
    return done_or_told(request, zone.domain, act, said, refuse=messages.error, to=to)


def row_shown(row: ZoneRecord, zone: Zone) -> dict[str, Any]:
    return {
        "row": row,
        "id": row.public_id,
        "name": shown_name(row.name, zone.name),
        "value": shown_value(row.kind, row.value),
    }

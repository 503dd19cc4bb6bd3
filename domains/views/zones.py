"""The DNS of a domain: its records, what is prepared, and whether the world sees it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PanelRequest
from cloudpanel.core.domain_names import readable
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.pagination import capped_count, keyset_page
from domains.models import Domain, Zone
from domains.services import zone_drafts, zone_publishing, zones
from domains.views.common import domain_view
from domains.views.zone_common import row_shown, zone_done_or_told, zone_view
from domains.zone_states import shown_of_zone, uses_our_nameservers
from domains.zones.names import shown_name
from domains.zones.records import KINDS, Record
from domains.zones.values import shown_value

MAX_QUERY = 100
MOST_SHOWN = 200
"""Lines of a plan or of a difference on one page."""


@domain_view
@require_safe
def zone_page(request: PanelRequest, domain: Domain) -> HttpResponse:
    zone = zones.hosted_zone(domain)
    if zone is None:
        return render(request, "domains/zone_none.html", {"domain": domain, **hosting_of(domain)})
    context = {**context_of(zone), **listed(request, zone), "address": request.get_full_path()}
    return render_page_or_fragment(request, "domains/zone.html", "domains/_zone_records.html", context)


def context_of(zone: Zone) -> dict[str, Any]:
    """What the head of each screen of a zone shows."""
    return {
        "domain": zone.domain,
        "zone": zone,
        "zone_shown": shown_of_zone(zone),
        "zone_failure": zone.last_job.user_message if zone.last_job and zone.last_job.state == "failed" else "",
        "staged_count": zone.records.staged().count(),
        **hosting_of(zone.domain),
    }


def hosting_of(domain: Domain) -> dict[str, Any]:
    return {
        "is_hosting_configured": zone_publishing.is_hosting_configured(),
        "nameservers": settings.ZONE_NAMESERVERS,
        "is_ours": uses_our_nameservers(domain),
        "not_here": zones.reason_not_to_host(domain),
    }


def listed(request: PanelRequest, zone: Zone) -> dict[str, Any]:
    query = " ".join(request.GET.get("q", "")[:MAX_QUERY].replace("\x00", " ").split()).lower()
    kind = request.GET.get("tipo", "").upper()
    rows = zone.records.all()
    if kind in KINDS:
        rows = rows.filter(kind=kind)
    for word in query.split():
        rows = rows.filter(Q(name__contains=_wire(word, zone)) | Q(value__icontains=word))
    page = keyset_page(rows, order=("name", "kind", "pk"), cursor=request.GET.get("cursor", ""))
    return {
        "page": page,
        "rows": [row_shown(row, zone) for row in page.rows],
        "total": capped_count(rows),
        "query": query,
        "kind": kind if kind in KINDS else "",
        "kinds": KINDS,
    }


def _wire(word: str, zone: Zone) -> str:
    """``www.empresa.mx`` finds ``www``; accents are looked for as the wire writes them."""
    name = word.removesuffix(".").removesuffix(f".{readable(zone.name)}").removesuffix(f".{zone.name}")
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


@domain_view
@require_POST
def zone_create(request: PanelRequest, domain: Domain) -> HttpResponse:
    try:
        zones.create_zone(actor=request.actor, domain=domain)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    else:
        messages.success(request, _("La zona está creada. Ya puede preparar sus registros."))
    return redirect("domains:zone", domain.public_id)


@zone_view
@require_safe
def zone_plan(request: PanelRequest, zone: Zone) -> HttpResponse:
    return render(request, "domains/zone_plan.html", plan_context(zone))


def plan_context(zone: Zone) -> dict[str, Any]:
    plan = zones.plan_of(zone)
    return {
        **context_of(zone),
        "plan": plan,
        "add": [row_shown(row, zone) for row in plan.add[:MOST_SHOWN]],
        "remove": [row_shown(row, zone) for row in plan.remove[:MOST_SHOWN]],
        "more_add": max(len(plan.add) - MOST_SHOWN, 0),
        "more_remove": max(len(plan.remove) - MOST_SHOWN, 0),
    }


@zone_view
@require_POST
def zone_apply(request: PanelRequest, zone: Zone) -> HttpResponse:
    try:
        zones.apply_plan(
            actor=request.actor,
            zone=zone,
            fingerprint=request.POST.get("fingerprint", ""),
            is_confirmed=request.POST.get("is_confirmed") == "on",
        )
    except BusinessError as refusal:
        if refusal.code == "nothing":  # the second click of two
            return redirect("domains:zone", zone.domain.public_id)
        return render(
            request, "domains/zone_plan.html", {**plan_context(zone), "refusal": refusal.user_message}, status=409
        )
    messages.success(request, _("Los cambios están aplicados y se están publicando."))
    return redirect("domains:zone", zone.domain.public_id)


@zone_view
@require_POST
def zone_discard(request: PanelRequest, zone: Zone) -> HttpResponse:
    return zone_done_or_told(
        request,
        zone,
        lambda: zone_drafts.discard_changes(actor=request.actor, zone=zone),
        _("Se descartaron los cambios: la zona queda como estaba."),
    )


@zone_view
@require_POST
def zone_publish(request: PanelRequest, zone: Zone) -> HttpResponse:
    return zone_done_or_told(
        request,
        zone,
        lambda: zone_publishing.publish_again(actor=request.actor, zone=zone),
        _("Se está publicando de nuevo."),
    )


@zone_view
@require_POST
def zone_compare(request: PanelRequest, zone: Zone) -> HttpResponse:
    return zone_done_or_told(
        request,
        zone,
        lambda: zone_publishing.compare_zone(actor=request.actor, zone=zone),
        _("Se está comparando con el servidor."),
    )


@zone_view
@require_safe
def zone_differences(request: PanelRequest, zone: Zone) -> HttpResponse:
    context = {
        **context_of(zone),
        "extra": [_line(zone, values) for values in zone.extra[:MOST_SHOWN]],
        "missing": [_line(zone, values) for values in zone.missing[:MOST_SHOWN]],
        "more": max(len(zone.extra) - MOST_SHOWN, 0) + max(len(zone.missing) - MOST_SHOWN, 0),
    }
    return render(request, "domains/zone_differences.html", context)


def _line(zone: Zone, values: list[Any]) -> dict[str, Any]:
    record = Record.from_list(values)
    return {"row": record, "name": shown_name(record.name, zone.name), "value": shown_value(record.kind, record.value)}


@zone_view
@require_POST
def zone_adopt(request: PanelRequest, zone: Zone) -> HttpResponse:
    return zone_done_or_told(
        request,
        zone,
        lambda: zone_publishing.adopt_server(actor=request.actor, zone=zone),
        _("Lo que tiene el servidor está preparado: revise el plan y aplíquelo."),
        to="domains:zone_plan",
    )


@zone_view
@require_POST
def zone_repair(request: PanelRequest, zone: Zone) -> HttpResponse:
    return zone_done_or_told(
        request,
        zone,
        lambda: zone_publishing.repair_server(actor=request.actor, zone=zone),
        _("El servidor se está dejando como está el panel."),
    )


@zone_view
def zone_withdraw(request: PanelRequest, zone: Zone) -> HttpResponse:
    """*Dejar de administrar aquí*: asked before, because a domain that still sends people here would stop answering."""
    if request.method == "POST":
        if request.POST.get("is_confirmed") == "on":
            return zone_done_or_told(
                request,
                zone,
                lambda: zone_publishing.withdraw_zone(actor=request.actor, zone=zone),
                _("Nuestros servidores están dejando de responder por este dominio."),
            )
        messages.error(request, _("Marque la casilla para confirmarlo."))
    return render(request, "domains/zone_withdraw.html", context_of(zone))

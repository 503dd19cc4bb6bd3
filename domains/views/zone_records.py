"""One record: added, changed, taken away, kept. Nothing of it is in force before the plan is applied."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PanelRequest
from accounts.stash import bound_or_stashed
from cloudpanel.core.exceptions import BusinessError
from domains.models import Zone, ZoneRecord
from domains.services import zone_drafts
from domains.views.common import add_refusal
from domains.views.zone_common import record_view, row_shown, zone_done_or_told, zone_view
from domains.views.zones import context_of
from domains.zone_forms import WORDS, RecordForm, initial_of
from domains.zones.records import KINDS


@zone_view
@require_safe
def record_kinds(request: PanelRequest, zone: Zone) -> HttpResponse:
    """Which kind of record."""
    kinds = [{"kind": kind, "label": WORDS[kind][0], "text": WORDS[kind][1]} for kind in KINDS]
    return render(request, "domains/zone_kinds.html", {**context_of(zone), "kinds": kinds})


@zone_view
def record_new(request: PanelRequest, zone: Zone, kind: str) -> HttpResponse:
    kind = kind.upper()
    if kind not in KINDS:
        raise Http404
    form = bound_or_stashed(
        request, RecordForm, zone=zone, kind=kind, initial={"name": request.GET.get("nombre", "")[:253]}
    )
    if request.method == "POST" and form.is_valid():
        try:
            zone_drafts.add_record(actor=request.actor, zone=zone, record=form.record())
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("El registro está preparado. Revise el plan y aplíquelo."))
            return redirect("domains:zone", zone.domain.public_id)
    return render(request, "domains/zone_record.html", {**context_of(zone), **_words(kind), "form": form})


@record_view
def record_edit(request: PanelRequest, zone: Zone, row: ZoneRecord) -> HttpResponse:
    form = bound_or_stashed(request, RecordForm, zone=zone, kind=row.kind, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        try:
            zone_drafts.change_record(actor=request.actor, zone=zone, row=row, record=form.record())
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("El cambio está preparado. Revise el plan y aplíquelo."))
            return redirect("domains:zone", zone.domain.public_id)
    context = {**context_of(zone), **_words(row.kind), "form": form, "record": row_shown(row, zone)}
    return render(request, "domains/zone_record.html", context)


@record_view
@require_POST
def record_remove(request: PanelRequest, zone: Zone, row: ZoneRecord) -> HttpResponse:
    return zone_done_or_told(
        request,
        zone,
        lambda: zone_drafts.remove_record(actor=request.actor, zone=zone, row=row),
        _("El registro se quitará cuando aplique el plan."),
    )


@record_view
@require_POST
def record_keep(request: PanelRequest, zone: Zone, row: ZoneRecord) -> HttpResponse:
    return zone_done_or_told(
        request,
        zone,
        lambda: zone_drafts.keep_record(actor=request.actor, zone=zone, row=row),
        _("El registro se conserva."),
    )


def _words(kind: str) -> dict[str, Any]:
    return {"kind": kind, "kind_label": WORDS[kind][0], "kind_text": WORDS[kind][1]}

"""Zone files in and out, and the versions that a zone has had."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from domains.models import Zone
from domains.services import zones
from domains.services.zone_imports import import_zone_file
from domains.views.common import add_refusal
from domains.views.zone_common import zone_view
from domains.views.zones import context_of
from domains.zone_forms import ZoneFileForm
from domains.zones.files import ZoneFile, decoded
from domains.zones.records import write_zone_file

MOST_NOTES = 20


@zone_view
def zone_import(request: PanelRequest, zone: Zone) -> HttpResponse:
    """Read, and prepared: the plan is the preview."""
    form = ZoneFileForm(request.POST or None, request.FILES or None)
    read: ZoneFile | None = None
    if request.method == "POST" and form.is_valid():
        try:
            read = import_zone_file(
                actor=request.actor, zone=zone, text=_text_of(form), is_merged=form.cleaned_data["mode"] == form.MERGE
            )
        except BusinessError as refusal:
            add_refusal(form, refusal)
        else:
            if not read.problems:
                _tell(request, read)
                return redirect("domains:zone_plan", zone.domain.public_id)
    context = {**context_of(zone), "form": form, "problems": read.problems if read else []}
    return render(request, "domains/zone_import.html", context, status=422 if read and read.problems else 200)


def _text_of(form: ZoneFileForm) -> str:
    file = form.cleaned_data.get("file")
    return decoded(file.read(1_000_001)) if file else form.cleaned_data["text"]


def _tell(request: PanelRequest, read: ZoneFile) -> None:
    count = len(read.records)
    said = ngettext("Se leyó %(count)d registro.", "Se leyeron %(count)d registros.", count) % {"count": count}
    messages.success(request, said)
    for note in read.notes[:MOST_NOTES]:
        messages.warning(request, _("Línea %(line)d: %(message)s") % {"line": note.line, "message": note.message})
    if len(read.notes) > MOST_NOTES:
        messages.warning(request, _("Y %(count)d avisos más.") % {"count": len(read.notes) - MOST_NOTES})


@zone_view
@require_safe
def zone_export(request: PanelRequest, zone: Zone) -> HttpResponse:
    """What is in force, not what is prepared."""
    text = write_zone_file(zone.name, [row.record for row in zone.records.applied()])
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{zone.name}.zone"'
    return response


@zone_view
@require_safe
def zone_history(request: PanelRequest, zone: Zone) -> HttpResponse:
    context: dict[str, Any] = {**context_of(zone), "versions": zone.versions.defer("records")}
    return render(request, "domains/zone_history.html", context)


@zone_view
@require_POST
def zone_go_back(request: PanelRequest, zone: Zone, number: int) -> HttpResponse:
    version = zone.versions.filter(number=number).first()
    if version is None:
        raise Http404
    try:
        changes = zones.go_back(actor=request.actor, zone=zone, version=version)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        return redirect("domains:zone_history", zone.domain.public_id)
    if not changes:
        messages.info(request, _("La zona ya está como en esa versión."))
        return redirect("domains:zone_history", zone.domain.public_id)
    messages.success(request, _("El regreso a esa versión está preparado: revise el plan y aplíquelo."))
    return redirect("domains:zone_plan", zone.domain.public_id)

"""*Importar Buzones*, step 3: live progress, then what became of every row; export, *Reintentar*, *Deshacer*, **Cerrar**."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.tabular.export import FORMATS, export_response
from exchange.import_table import State, Table, tallies
from exchange.models import MailboxImport
from exchange.models.mailboxes import BIN_DAYS
from exchange.services.imports import finishing, reports, undoing
from exchange.services.imports.retention import KEPT as ROWS_KEPT
from exchange.views.common import closed_reason
from exchange.views.imports import address_of, base_of, import_view, steps_of

Stage = MailboxImport.Stage
KINDS = ("creados", "proceso", "pendientes", "errores", "existentes", "descartadas", "deshechos")


@import_view
@require_safe
def import_result(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    if batch.is_draft:
        return redirect(address_of(batch))
    table = Table.of(batch, request.GET, base_of(batch))
    total = batch.count(State.READY, State.CREATING, State.CREATED, State.FAILED, State.CONFLICT, State.NO_ROOM)
    made = batch.count(*undoing.MADE)
    undone = batch.count(State.UNDONE)
    is_undoing = batch.stage == Stage.UNDOING
    context = {
        "subscription": batch.subscription,
        "batch": batch,
        "base": table.base,
        "steps": steps_of(3),
        "table": table,
        "tallies": tallies(batch, *KINDS),
        "created": batch.count(State.CREATED),
        "left": 0 if batch.pruned_at else batch.count(State.FAILED, State.CONFLICT, State.NO_ROOM),
        "rejected": 0 if batch.pruned_at else batch.count(*reports.REJECTED),
        "done": undone if is_undoing else total - batch.count(State.READY, State.CREATING),
        "total": made + undone if is_undoing else total,
        "can_undo": batch.stage == Stage.FINISHED and made > 0 and not batch.pruned_at,
        "rows_kept_days": ROWS_KEPT.days,
        "no_room": batch.count(State.NO_ROOM),
        "closed_reason": closed_reason(batch.subscription),
        "address": request.get_full_path(),
    }
    return render_page_or_fragment(request, "exchange/import_result.html", "exchange/_import_result.html", context)


@import_view
@require_safe
def import_export(request: PanelRequest, batch: MailboxImport, file_format: str) -> HttpResponseBase:
    """The result of every row."""
    if file_format not in FORMATS:
        raise Http404
    reports.note_export(request.actor, batch, file_format)
    return export_response(
        file_format=file_format,
        filename=_("resultado-importacion"),
        headings=reports.result_headings(),
        rows=reports.result_rows(batch),
    )


@import_view
@require_POST
def import_retry(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """*Reintentar* what failed, was in conflict or found no place."""
    try:
        finishing.retry_import(actor=request.actor, batch=batch)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    return redirect(address_of(batch))


@import_view
def import_undo(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """*Deshacer importación*: asks, then sends the mailboxes of this batch to the bin."""
    result = address_of(batch)
    if request.method == "POST":
        try:
            undoing.begin_undo(actor=request.actor, batch=batch)
        except BusinessError as refusal:
            messages.error(request, refusal.user_message)
        return redirect(result)
    count = batch.count(*undoing.MADE)
    if batch.stage != Stage.FINISHED or not count:
        return redirect(result)
    context = {"subscription": batch.subscription, "batch": batch, "count": count, "bin_days": BIN_DAYS, "back": result}
    return render(request, "exchange/import_undo.html", context)

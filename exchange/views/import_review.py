"""*Importar Buzones*, step 2: the rows with their mistakes first, corrected in the page; then **Finalizar**."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.tabular.export import FORMATS, export_response
from exchange.import_forms import OptionsForm
from exchange.import_table import State, Table, groups_of, tallies
from exchange.models import ImportRow, MailboxImport
from exchange.services.capacity import MAILBOXES, STORAGE_GB
from exchange.services.imports import columns, correcting, finishing, reports
from exchange.services.imports.correcting import Group
from exchange.services.prices import rates_of
from exchange.views.common import closed_reason
from exchange.views.imports import address_of, base_of, import_view, steps_of

Stage = MailboxImport.Stage
_CELL = re.compile(r"c-(\d{1,7})-([a-z0-9_]{1,20})")
_PLACE = ("ver", "cursor")


@import_view
@require_safe
def import_review(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """The table, or how far the verification has come. **Actualizar** is a link to this same address."""
    if request.htmx and batch.stage != Stage.VERIFYING:  # the verification has ended
        return HttpResponseClientRedirect(address_of(batch))
    if batch.stage not in {Stage.VERIFYING, Stage.REVIEW}:
        return redirect(address_of(batch))
    if batch.stage == Stage.VERIFYING:
        context = {"subscription": batch.subscription, "batch": batch, "base": base_of(batch), "steps": steps_of(2)}
        return render_page_or_fragment(
            request, "exchange/import_verifying.html", "exchange/_import_verifying.html", context
        )
    return show_review(request, batch, OptionsForm(batch=batch, subscription=batch.subscription))


def show_review(request: PanelRequest, batch: MailboxImport, form: OptionsForm) -> HttpResponse:
    table = Table.of(batch, request.GET, base_of(batch))
    kinds = ("errores", "listas", "existentes", "descartadas")
    wanted = {MAILBOXES: batch.count(State.READY), STORAGE_GB: batch.ready_gb}
    context = {
        "subscription": batch.subscription,
        "batch": batch,
        "base": table.base,
        "steps": steps_of(2),
        "table": table,
        "tallies": tallies(batch, *kinds),
        "groups": groups_of(table),
        "wrong": batch.count(State.WRONG),
        "ready": batch.count(State.READY),
        "form": form,
        "place": urlencode({name: request.GET[name] for name in _PLACE if name in request.GET}),
        "cost": rates_of(batch.subscription).cost_of(wanted),
        "closed_reason": closed_reason(batch.subscription),
        "has_passwords": columns.PASSWORD in batch.mapping,
    }
    return render(request, "exchange/import_review.html", context)


@import_view
@require_POST
def import_cells(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """*Guardar correcciones*, or *Usar* beside one proposal: what else was typed on the page is kept too."""
    changes = typed_cells(request.POST, batch)
    if accepted := request.POST.get("usar", ""):
        number, _colon, name = accepted.partition(":")
        table = Table.of(batch, QueryDict(request.POST.get("place", "")), base_of(batch))
        value = table.accepted(int(number), name) if number.isascii() and number.isdigit() and len(number) < 8 else None
        if value is not None:
            changes.setdefault(int(number), {})[name] = value
    try:
        done = correcting.correct_cells(actor=request.actor, batch=batch, changes=changes) if changes else 0
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        return redirect(address_of(batch))
    if done:
        text = ngettext("Se corrigió %(count)s fila.", "Se corrigieron %(count)s filas.", done)
        messages.success(request, text % {"count": done})
    else:
        messages.info(request, _("No había ninguna corrección que guardar."))
    return _back(request, batch)


def typed_cells(data: QueryDict, batch: MailboxImport) -> dict[int, dict[str, str]]:
    """Only what differs from what is stored. An empty password field is one that nobody has touched."""
    typed: dict[int, dict[str, str]] = {}
    for key, text in data.items():
        match = _CELL.fullmatch(key)
        if match and match[2] in batch.mapping and not (match[2] == columns.PASSWORD and not text):
            typed.setdefault(int(match[1]), {})[match[2]] = str(text)
    rows = dict(ImportRow.objects.filter(batch=batch, number__in=list(typed)).values_list("number", "cells"))
    places = {name: batch.column_of(name) for name in batch.mapping if name}
    changed: dict[int, dict[str, str]] = {}
    for number, cells in typed.items():
        for name, text in cells.items():
            at = places[name]
            stored = rows[number][at] if number in rows and at is not None and at < len(rows[number]) else ""
            if number in rows and text.strip() != stored.strip():
                changed.setdefault(number, {})[name] = text
    return changed


@import_view
@require_POST
def import_equals(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """*Aplicar a todas las iguales*, or each row's own proposal."""
    data = request.POST
    group = Group(data.get("field", ""), data.get("code", ""), data.get("value", ""))
    new = data.get("new") if data.get("how") == "new" else None
    try:
        done = correcting.apply_to_equals(actor=request.actor, batch=batch, group=group, new=new)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
        return redirect(address_of(batch))
    text = ngettext("Se aplicó a %(count)s fila.", "Se aplicó a %(count)s filas.", done)
    messages.success(request, text % {"count": f"{done:,}"})
    return _back(request, batch)


@import_view
def import_row(request: PanelRequest, batch: MailboxImport, number: int) -> HttpResponse:
    """One row with all its cells, for those that are right, too."""
    if batch.stage != Stage.REVIEW:
        return redirect(address_of(batch))
    if request.method == "POST":
        changes = typed_cells(request.POST, batch)
        if request.POST.get("sin_contrasena"):
            changes.setdefault(number, {})[columns.PASSWORD] = ""
        mine = {key: cells for key, cells in changes.items() if key == number}
        try:
            correcting.correct_cells(actor=request.actor, batch=batch, changes=mine)
        except BusinessError as refusal:
            messages.error(request, refusal.user_message)
            return redirect(address_of(batch))
        messages.success(request, _("La fila %(number)s se guardó.") % {"number": number})
        return _back(request, batch)
    table = Table(batch, base_of(batch))
    found = table.row(number)
    if found is None:
        raise Http404
    context = {
        "subscription": batch.subscription,
        "batch": batch,
        "base": table.base,
        "row": found,
        "cells": list(zip(table.labels, table.cells_of(found), strict=True)),
        "place": urlencode({name: request.GET[name] for name in _PLACE if name in request.GET}),
        "is_discarded": found["state"] == State.DISCARDED,
    }
    return render(request, "exchange/import_row.html", context)


@import_view
@require_POST
def import_row_discard(request: PanelRequest, batch: MailboxImport, number: int) -> HttpResponse:
    return _try(request, batch, correcting.discard_row, number=number)


@import_view
@require_POST
def import_row_restore(request: PanelRequest, batch: MailboxImport, number: int) -> HttpResponse:
    return _try(request, batch, correcting.restore_row, number=number)


@import_view
@require_POST
def import_discard_wrong(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """*Descartar las filas con error*."""
    return _try(request, batch, correcting.discard_wrong)


@import_view
@require_POST
def import_options(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    form = OptionsForm(request.POST, batch=batch, subscription=batch.subscription)
    if batch.stage != Stage.REVIEW:
        return redirect(address_of(batch))
    if not form.is_valid():
        return show_review(request, batch, form)
    return _try(request, batch, finishing.set_options, options=form.options)


@import_view
@require_POST
def import_finalize(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """**Finalizar**."""
    if batch.stage != Stage.REVIEW:
        return redirect(address_of(batch))
    form = OptionsForm(request.POST, batch=batch, subscription=batch.subscription)
    if form.is_valid():
        try:
            finishing.finalize_import(actor=request.actor, batch=batch, options=form.options)
            return redirect(address_of(batch, "import_result"))
        except BusinessError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.user_message)
    return show_review(request, batch, form)


@import_view
@require_safe
def import_rejected(request: PanelRequest, batch: MailboxImport, file_format: str) -> HttpResponseBase:
    """Only the rejected rows, with the reason, ready to be fixed and uploaded again."""
    if file_format not in FORMATS:
        raise Http404
    reports.note_export(request.actor, batch, file_format)
    return export_response(
        file_format=file_format,
        filename=_("filas-rechazadas"),
        headings=reports.rejected_headings(batch),
        rows=reports.rejected_rows(batch),
    )


def _try(request: PanelRequest, batch: MailboxImport, service: Any, **values: Any) -> HttpResponse:
    try:
        service(actor=request.actor, batch=batch, **values)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    return _back(request, batch)


def _back(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """To the place in the table from which the form was sent."""
    place = QueryDict(request.POST.get("place", ""))
    kept = urlencode({name: place[name] for name in _PLACE if name in place})
    return redirect(address_of(batch, "import_review") + (f"?{kept}" if kept else ""))

"""Registro de acciones: who did what in this account, on whose behalf, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.forms.log import LogSearchForm
from accounts.log_models import ActionLogEntry
from accounts.log_search import ORDER, find_lines, in_chunks
from accounts.log_words import area, changes, person, sentence, whole_sentence
from accounts.models import Role
from accounts.requests import PanelRequest
from accounts.services.log import EXPORT_LIMITS, note_export
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.pagination import Page, keyset_page
from cloudpanel.core.tabular.export import CSV, FORMATS, export_response


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def log(request: PanelRequest) -> HttpResponseBase:
    form = LogSearchForm(request.GET, account=request.account)
    page: Page[Any] = Page([])
    if form.is_valid():
        page = keyset_page(
            find_lines(request.account, form.search()), order=ORDER, cursor=request.GET.get("cursor", "")
        )
    context = {
        "form": form,
        "page": page,
        "lines": [_shown(entry) for entry in page.rows],
        "is_filtered": any(form.data.get(name) for name in form.fields),
        "limits": EXPORT_LIMITS,
    }
    return render_page_or_fragment(request, "accounts/log.html", "accounts/_log_lines.html", context)


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def export_log(request: PanelRequest) -> HttpResponseBase:
    form = LogSearchForm(request.GET, account=request.account)
    if not form.is_valid():
        return log(request)
    file_format = request.GET.get("formato", CSV)
    file_format = file_format if file_format in FORMATS else CSV
    note_export(actor=request.actor, account=request.account, file_format=file_format, filters=form.given())
    name = _("registro-de-acciones")
    return export_response(
        file_format=file_format,
        filename=f"{name}-{timezone.localdate():%Y-%m-%d}",
        headings=export_headings(),
        rows=_export_rows(in_chunks(find_lines(request.account, form.search()), EXPORT_LIMITS[file_format])),
    )


def export_headings() -> list[str]:
    return [
        _("Fecha"),
        _("Quién"),
        _("Entró como esta persona"),
        _("Tipo"),
        _("Acción"),
        _("Código"),
        _("Objeto"),
        _("Cambios"),
        _("Origen"),
    ]


def _export_rows(entries: Iterator[ActionLogEntry]) -> Iterator[list[Any]]:
    for entry in entries:
        words = "\n".join(str(change) for change in changes(entry))
        who = (entry.actor_name, entry.impersonator_name)
        yield [entry.at, *who, area(entry), sentence(entry), entry.action, entry.object_name, words, entry.origin]


def _shown(entry: ActionLogEntry) -> dict[str, Any]:
    name, email = person(entry.actor_name)
    return {
        "at": timezone.localtime(entry.at),
        "name": name,
        "email": email,
        "agent": person(entry.impersonator_name)[0] if entry.impersonator_name else "",
        "sentence": sentence(entry),
        "whole": whole_sentence(entry),
        "area": area(entry),
        "changes": changes(entry),
        "origin": entry.origin,
    }

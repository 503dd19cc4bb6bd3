"""*Importar Buzones*, step 1: choose the file, see how it is read, say what its columns mean."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404
from accounts.requests import PanelRequest
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import keyset_page
from cloudpanel.core.tabular.columns import unknown_headings
from cloudpanel.core.tabular.encodings import ENCODINGS
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.export import FORMATS, export_response
from cloudpanel.core.tabular.reading import SEPARATORS, read_upload
from exchange.import_forms import ReadingForm, UploadForm
from exchange.models import MailboxImport
from exchange.services.imports import columns, files
from exchange.services.imports.reports import sample_headings, sample_rows
from exchange.views.common import View, closed_reason, subscription_view
from marketplace.models import Subscription

Stage = MailboxImport.Stage
PAGE_OF = {Stage.FILE: "import_file", Stage.VERIFYING: "import_review", Stage.REVIEW: "import_review"}
SHOWN_IMPORTS = 10


def import_view(view: View) -> View:
    """``view(request, batch)``: everybody who manages the subscription, whoever uploaded the file."""

    @never_cache
    @subscription_view
    @functools.wraps(view)
    def fetch(request: PanelRequest, subscription: Subscription, batch: UUID, **kwargs: Any) -> HttpResponse:
        whole = MailboxImport.objects.select_related("last_job", "template", "created_by")
        row = get_visible_or_404(request, whole, batch, subscription=subscription)
        row.subscription, row.account = subscription, request.account
        return view(request, row, **kwargs)

    return fetch


def address_of(batch: MailboxImport, name: str = "") -> str:
    """The page of this import where its stage leads, or the one named."""
    page = name or PAGE_OF.get(Stage(batch.stage), "import_result")
    return reverse(f"exchange:{page}", args=[batch.subscription.public_id, batch.public_id])


def base_of(batch: MailboxImport) -> str:
    return address_of(batch, "import")


def steps_of(current: int) -> list[dict[str, Any]]:
    labels = (_("Archivo"), _("Verificar"), _("Resultado"))
    states = ["done" if number < current else "current" if number == current else "todo" for number in (1, 2, 3)]
    return [{"label": label, "state": state} for label, state in zip(labels, states, strict=True)]


@never_cache
@subscription_view
def import_start(request: PanelRequest, subscription: Subscription) -> HttpResponse:
    """The form for the file, and what was begun before."""
    reason = closed_reason(subscription)
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    if request.method == "POST" and not reason and form.is_valid():
        batch = _upload(request, subscription, form)
        if batch is not None:
            return redirect(address_of(batch))
    earlier = MailboxImport.objects.filter(subscription=subscription).select_related("created_by")
    context = {
        "subscription": subscription,
        "form": form,
        "closed_reason": reason,
        "steps": steps_of(1),
        "earlier": keyset_page(earlier, order=("-pk",), cursor=request.GET.get("cursor", ""), size=SHOWN_IMPORTS),
        "sources": [name for key, name in columns.SOURCES.items() if key != "positional"],
    }
    return render(request, "exchange/import_start.html", context)


def _upload(request: PanelRequest, subscription: Subscription, form: UploadForm) -> MailboxImport | None:
    file = form.cleaned_data["file"]
    try:
        return files.start_import(
            actor=request.actor,
            subscription=subscription,
            token=form.cleaned_data["token"],
            filename=file.name or "",
            content=read_upload(file),
        )
    except UnreadableFile as refusal:
        form.add_error("file", refusal.user_message)
    except BusinessError as refusal:
        form.add_error(None, refusal.user_message)
    return None


@subscription_view
@require_safe
def import_sample(request: PanelRequest, subscription: Subscription, file_format: str) -> HttpResponseBase:
    """What a file may look like, with a domain and a template of theirs."""
    if file_format not in FORMATS:
        raise Http404
    return export_response(
        file_format=file_format,
        filename=_("ejemplo-buzones"),
        headings=sample_headings(),
        rows=sample_rows(subscription),
    )


@import_view
def import_page(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """Wherever it stands."""
    return redirect(address_of(batch))


@import_view
def import_file(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """The preview. Also from the next step back: then the rows are read anew."""
    if not batch.is_draft or batch.stage == Stage.VERIFYING:
        return redirect(address_of(batch))
    return _show_file(request, batch, ReadingForm(batch=batch))


@import_view
@require_POST
def import_read(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """*Volver a leer*."""
    form = ReadingForm(request.POST, batch=batch)
    if not form.is_valid():
        return _show_file(request, batch, form)
    try:
        files.read_again(batch=batch, reading=form.reading)
    except BusinessError as refusal:
        messages.error(request, refusal.user_message)
    return redirect(address_of(batch, "import_file"))


@import_view
@require_POST
def import_verify(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """**Siguiente**."""
    form = ReadingForm(request.POST, batch=batch)
    if not form.is_valid():
        return _show_file(request, batch, form)
    try:
        if form.reads_otherwise:
            files.read_again(batch=batch, reading=form.reading)
            messages.info(request, _("El archivo se leyó de otra manera: revise las columnas y siga."))
            return redirect(address_of(batch, "import_file"))
        files.begin_verification(actor=request.actor, batch=batch, mapping=form.mapping)
    except BusinessError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.user_message)
        return _show_file(request, batch, form)
    return redirect(address_of(batch, "import_review"))


@import_view
def import_discard(request: PanelRequest, batch: MailboxImport) -> HttpResponse:
    """*Descartar*: asks, then forgets the draft."""
    if request.method == "POST":
        try:
            files.discard_import(actor=request.actor, batch=batch)
        except BusinessError as refusal:
            messages.error(request, refusal.user_message)
            return redirect(address_of(batch))
        messages.success(request, _("El archivo se descartó. No se creó ningún buzón."))
        return redirect("exchange:import_start", batch.subscription.public_id)
    if not batch.is_draft:
        return redirect(address_of(batch))
    return render(request, "exchange/import_discard.html", {"batch": batch, "subscription": batch.subscription})


def _show_file(request: PanelRequest, batch: MailboxImport, form: ReadingForm) -> HttpResponse:
    same = files.same_file_before(batch)
    context = {
        "subscription": batch.subscription,
        "batch": batch,
        "base": base_of(batch),
        "steps": steps_of(1),
        "form": form,
        "lines": files.first_lines(batch),
        "encoding": ENCODINGS.get(batch.encoding, ""),
        "separator": SEPARATORS.get(batch.separator, ""),
        "source": columns.SOURCES.get(batch.source, ""),
        "repeated": columns.repeated_headings(batch.headings),
        "unknown": unknown_headings(batch.headings, batch.mapping),
        "same": same,
        "same_url": address_of_other(batch, same) if same else "",
        "has_rows": batch.stage == Stage.REVIEW,
    }
    return render(request, "exchange/import_file.html", context)


def address_of_other(batch: MailboxImport, other: MailboxImport) -> str:
    other.subscription = batch.subscription
    return address_of(other)

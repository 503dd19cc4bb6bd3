"""People from a file: choose it, verify and correct every row in the page, *Finalizar*."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from cloudpanel.core.crypto import unseal
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.export import CSV, FORMATS, export_response
from users.forms.people import PersonForm, PersonFormSet, SharedForm
from users.forms.upload import LayoutForm, MappingForm, UploadForm
from users.models import UserUpload
from users.services.uploads import keep_upload
from users.sheets import COLUMNS, Sheet, as_form_data, read_sheet, read_sheet_as
from users.views.adding import ROWS, show_conflicts, show_forms


@require_role(Role.ACCOUNT_ADMIN)
def upload_users(request: PanelRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        content, filename = form.cleaned_data["content"], form.cleaned_data["file"].name or ""
        kept = keep_upload(actor=request.actor, account=request.account, content=content, filename=filename)
        return redirect("users:verify", kept.public_id)
    return render(request, "users/upload.html", {"form": form, "columns": COLUMNS})


@never_cache
@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def verify_upload(request: PanelRequest, upload: UUID) -> HttpResponse:
    """All rows as a table. How the file is read travels in the address: encoding and separator, then the columns."""
    kept = get_visible_or_404(request, UserUpload, upload)
    layout = LayoutForm(request.GET)
    try:
        sheet, mapping = _read(kept, layout, request.GET)
    except UnreadableFile as error:
        context = {"upload": kept, "problem": error.user_message, "layout": layout}
        return render(request, "users/unreadable.html", context)
    layout = LayoutForm(initial={"encoding": sheet.layout.encoding, "separator": sheet.layout.separator})
    shared = SharedForm(initial={"token": uuid.uuid4()}, account=request.account)
    reading = {"upload": kept, "sheet": sheet, "mapping": mapping, "layout": layout}
    return show_forms(request, _verified(request, as_form_data(sheet, ROWS)), shared, reading=reading)


def _read(kept: UserUpload, layout: LayoutForm, query: QueryDict) -> tuple[Sheet, MappingForm]:
    """As the headings say, unless the person has said what the columns are."""
    layout.is_valid()
    content = unseal(kept.sealed)
    sheet = read_sheet(content, kept.filename, **layout.cleaned_data)
    form = MappingForm(query if "columnas" in query else None, sheet=sheet)
    if form.is_valid():
        sheet = read_sheet_as(content, sheet.layout, form.mapping)
    return sheet, form


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def upload_sample(request: PanelRequest) -> HttpResponseBase:
    """What a file may look like, with the headings that are understood."""
    file_format = request.GET.get("formato", CSV)
    rows = [
        ["José Núñez", "jose@empresa.example", "", ""],
        ["María Íñiguez", "maria@empresa.example", _("Administrador de la cuenta"), "avisos@empresa.example"],
    ]
    return export_response(
        file_format=file_format if file_format in FORMATS else CSV,
        filename=_("ejemplo-usuarios"),
        headings=[column.label for column in COLUMNS],
        rows=rows,
    )


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def drop_wrong_rows(request: PanelRequest) -> HttpResponse:
    """*Descartar las filas con error*: the others stay as they are."""
    checked = _verified(request, request.POST)
    kept = [form for form in checked.forms if not form.errors and not form.is_blank] or checked.forms[:1]
    data = QueryDict(mutable=True)
    data[f"{ROWS}-TOTAL_FORMS"], data[f"{ROWS}-INITIAL_FORMS"] = str(len(kept)), "0"
    for index, form in enumerate(kept):
        for name in PersonForm.base_fields:
            values = request.POST.getlist(form.add_prefix(name))
            if values:
                data.setlist(f"{ROWS}-{index}-{name}", values)
    typed = SharedForm(request.POST, account=request.account)
    shared = SharedForm(initial={name: typed[name].value() for name in typed.fields}, account=request.account)
    return show_forms(request, _verified(request, data), shared)


def _verified(request: PanelRequest, data: Any) -> Any:
    """The rows with everything that is wrong with them, before anything is written."""
    rows: Any = PersonFormSet(data, prefix=ROWS)
    rows.is_valid()
    show_conflicts(request, rows)
    return rows

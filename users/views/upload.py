"""People from a file: choose it, verify and correct every row in the page, *Finalizar*."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import require_role
from accounts.models import Role
from cloudpanel.core.tabular.export import CSV, FORMATS, export_response
from users.forms.people import PersonForm, PersonFormSet, SharedForm
from users.forms.upload import COLUMNS, UploadForm, as_form_data
from users.views.adding import ROWS, show_conflicts, show_forms


@require_role(Role.ACCOUNT_ADMIN)
def upload_users(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sheet = form.cleaned_data["sheet"]
        shared = SharedForm(initial={"token": uuid.uuid4()}, account=request.account)
        return show_forms(request, _verified(request, as_form_data(sheet, ROWS)), shared, sheet=sheet)
    return render(request, "users/upload.html", {"form": form, "columns": COLUMNS})


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def upload_sample(request: HttpRequest) -> HttpResponseBase:
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
def drop_wrong_rows(request: HttpRequest) -> HttpResponse:
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


def _verified(request: HttpRequest, data: Any) -> Any:
    """The rows with everything that is wrong with them, before anything is written."""
    rows: Any = PersonFormSet(data, prefix=ROWS)
    rows.is_valid()
    show_conflicts(request, rows)
    return rows

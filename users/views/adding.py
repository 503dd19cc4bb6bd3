"""Añadir nuevos usuarios: the guided form, with as many rows as people."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from accounts.stash import forget_stash, stashed_data
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.once import take_once
from users.forms.people import MOST_AT_ONCE, PersonForm, PersonFormSet, SharedForm
from users.models import UserUpload
from users.services.people import PeopleRefused, add_people, check_people
from users.services.uploads import forget_upload

ROWS = "personas"  # prefix of the formset


@require_role(Role.ACCOUNT_ADMIN)
def add_users(request: PanelRequest) -> HttpResponse:
    if request.method != "POST":
        return show_forms(request, *_fresh_or_stashed(request))
    forget_stash(request)
    rows, shared = _bound(request)
    if not (rows.is_valid() & shared.is_valid()):
        show_conflicts(request, rows)
        return show_forms(request, rows, shared)
    try:
        count = _add_once(request, rows, shared)
    except PeopleRefused as refused:
        rows.show(refused)
        return show_forms(request, rows, shared)
    except BusinessError as error:
        shared.add_error(error.field or None, error.user_message)
        return show_forms(request, rows, shared)
    if upload := upload_in(request):
        forget_upload(upload=upload)
    _say(request, count, sends=shared.cleaned_data["sends_activation"])
    return redirect("users:list")


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def add_row(request: PanelRequest) -> HttpResponse:
    """*Añadir otro usuario* without JavaScript: one more row, nothing checked yet and nothing lost."""
    data = request.POST.copy()
    count = _row_count(data)
    if count >= MOST_AT_ONCE:
        messages.warning(request, _("Se pueden añadir 500 usuarios a la vez. Para más, suba un archivo."))
    data[f"{ROWS}-TOTAL_FORMS"] = str(min(count + 1, MOST_AT_ONCE))
    return show_forms(request, *_as_typed(request, data), focus=min(count, MOST_AT_ONCE - 1))


@require_role(Role.ACCOUNT_ADMIN)
@require_POST
def remove_row(request: PanelRequest, index: int) -> HttpResponse:
    """Takes one row out; those below move up."""
    data = request.POST.copy()
    count = _row_count(data)
    for row in range(index, count):
        for name in PersonForm.base_fields:
            following = data.getlist(f"{ROWS}-{row + 1}-{name}") if row + 1 < count else []
            data.setlist(f"{ROWS}-{row}-{name}", following)
            if not following:
                del data[f"{ROWS}-{row}-{name}"]
    data[f"{ROWS}-TOTAL_FORMS"] = str(max(count - (index < count), 1))
    return show_forms(request, *_as_typed(request, data))


def show_conflicts(request: PanelRequest, rows: Any) -> None:
    """What the database says against the rows whose fields are right: everything is told at once, not one kind at a time."""
    try:
        check_people(account=request.account, people=rows.people())
    except PeopleRefused as refused:
        rows.show(refused)


def _add_once(request: PanelRequest, rows: Any, shared: SharedForm) -> int:
    """How many were added; 0 when this same form had been carried out already (a double click, Back)."""
    with transaction.atomic():
        if not take_once("users.add", shared.cleaned_data["token"]):
            return 0
        members = add_people(
            actor=request.actor,
            account=request.account,
            people=rows.people(),
            shared=shared.shared(),
            language=shared.cleaned_data["language"],
            sends_activation=shared.cleaned_data["sends_activation"],
        )
    return len(members)


def _say(request: PanelRequest, count: int, *, sends: bool) -> None:
    if not count:
        messages.info(request, _("Este formulario ya se había enviado: no se añadió a nadie dos veces."))
        return
    text = ngettext("Se añadió un usuario.", "Se añadieron %(count)d usuarios.", count) % {"count": count}
    letter = _("Los correos de activación están en camino.") if sends else _("No se envió correo de activación.")
    messages.success(request, f"{text} {letter}")


def _bound(request: PanelRequest) -> tuple[Any, SharedForm]:
    account = request.account
    return PersonFormSet(request.POST, prefix=ROWS), SharedForm(request.POST, account=account)


def _as_typed(request: PanelRequest, data: QueryDict) -> tuple[Any, SharedForm]:
    """The forms with what ``data`` holds, unchecked."""
    rows = [{name: form[name].value() for name in form.fields} for form in PersonFormSet(data, prefix=ROWS).forms]
    typed = SharedForm(data, account=request.account)
    initial = {name: typed[name].value() for name in typed.fields}
    formset: Any = PersonFormSet(prefix=ROWS, initial=rows)
    formset.extra = 0
    return formset, SharedForm(initial=initial, account=request.account)


def _fresh_or_stashed(request: PanelRequest) -> tuple[Any, SharedForm]:
    typed = stashed_data(request)
    if typed is not None:
        typed["token"] = str(uuid.uuid4())
        return _as_typed(request, typed)
    account = request.account
    return PersonFormSet(prefix=ROWS), SharedForm(initial={"token": uuid.uuid4()}, account=account)


def _row_count(data: QueryDict) -> int:
    text = data.get(f"{ROWS}-TOTAL_FORMS", "")
    return min(int(text), MOST_AT_ONCE) if text.isdecimal() and len(text) < 6 else 1


def show_forms(
    request: PanelRequest,
    rows: Any,
    shared: SharedForm,
    *,
    focus: int | None = None,
    reading: dict[str, Any] | None = None,
) -> HttpResponse:
    """The guided form, or, for people from a file, the same rows as a table."""
    reading = reading or {"upload": upload_in(request)}
    is_file = reading["upload"] is not None or request.POST.get("vista") == "archivo"
    context = {"rows": rows, "shared": shared, "focus": focus, "most": MOST_AT_ONCE, **reading}
    return render(request, "users/verify.html" if is_file else "users/add.html", context)


def upload_in(request: PanelRequest) -> UserUpload | None:
    """The file that the rows of this form came from, while it is kept."""
    try:
        public_id = uuid.UUID(request.POST.get("archivo", ""))
    except ValueError:
        return None
    visible = UserUpload.objects.visible_to(request.membership)
    return visible.filter(public_id=public_id).first()

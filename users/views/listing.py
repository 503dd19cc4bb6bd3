"""The list of *Usuarios*, and taking it away as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Account, Role, UserStatus
from accounts.requests import PanelRequest
from cloudpanel.core.htmx import render_page_or_fragment
from cloudpanel.core.tabular.export import CSV, FORMATS, export_response
from users.listing import UserFilter, export_rows, members_matching, user_page, user_rows
from users.services.exports import note_export


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def user_list(request: PanelRequest) -> HttpResponse:
    wanted = UserFilter.of(request.GET)
    page, total = user_page(request.account, wanted, request.GET.get("cursor", ""))
    table = {
        "rows": user_rows(page, reverse("users:list")),
        "wanted": wanted,
        "total": total,
        "csrf_token": get_token(request),
        "links": _order_links(request, wanted),
    }
    context = {
        "wanted": wanted,
        "roles": [(role.value, str(role.label)) for role in Role],
        "statuses": [(status.value, str(status.label)) for status in UserStatus],
        "page": page,
        "total": total,
        "table": mark_safe(render_to_string("users/_table.html", table, using="jinja2")),  # noqa: S308
    }
    return render_page_or_fragment(request, "users/list.html", "users/_list.html", context)


@require_role(Role.ACCOUNT_ADMIN)
@require_safe
def export_users(request: PanelRequest) -> HttpResponseBase:
    wanted = UserFilter.of(request.GET)
    file_format = request.GET.get("formato", CSV)
    file_format = file_format if file_format in FORMATS else CSV
    note_export(actor=request.actor, account=request.account, file_format=file_format)
    return export_response(
        file_format=file_format,
        filename=f"{_('usuarios')}-{timezone.localdate():%Y-%m-%d}",
        headings=export_headings(),
        rows=_file_rows(request.account, wanted),
    )


def export_headings() -> list[str]:
    """The same words that an upload understands."""
    return [
        _("Nombre"),
        _("Correo"),
        _("Rol"),
        _("Servicios delegados"),
        _("Estado"),
        _("Último ingreso"),
        _("Correo para notificaciones"),
    ]


def _file_rows(account: Account, wanted: UserFilter) -> Iterator[list[Any]]:
    yield from export_rows(members_matching(account, wanted))


def _order_links(request: PanelRequest, wanted: UserFilter) -> dict[str, dict[str, str]]:
    """For each sortable column: where its heading leads, and how the list is sorted by it now (aria-sort)."""
    links = {}
    for name in ("nombre", "correo", "ingreso"):
        parameters = request.GET.copy()
        parameters.pop("cursor", None)
        parameters["orden"] = f"-{name}" if wanted.order == name else name
        state = {name: "ascending", f"-{name}": "descending"}.get(wanted.order, "")
        links[name] = {"url": f"?{parameters.urlencode()}", "state": state}
    return links

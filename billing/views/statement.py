"""*Estado de cuenta*: on screen, and as CSV, Excel and PDF."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from billing.forms.statement import StatementForm
from billing.papers.statement_pdf import MOST_MOVEMENTS, statement_pdf
from billing.services.statement import Statement, currencies_of
from cloudpanel.core.tabular.export import FORMATS, export_response

SHOWN = 200


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def statement(request: PanelRequest) -> HttpResponse:
    """The first movements of the period on screen; all of them in the files."""
    form = StatementForm(request.GET)
    wanted = _statement(request, form) if form.is_valid() else None
    movements = list(islice(wanted.movements(), SHOWN + 1)) if wanted else []
    context = {
        "form": form,
        "statement": wanted,
        "movements": movements[:SHOWN],
        "has_more": len(movements) > SHOWN,
        "opening": wanted.opening if wanted else None,
        "closing": wanted.closing if wanted else None,
        "currency": form.currency,
        "currencies": currencies_of(request.account),
    }
    return render(request, "billing/statement.html", context)


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def export(request: PanelRequest, file_format: str) -> HttpResponseBase:
    form = StatementForm(request.GET)
    if not form.is_valid():
        return redirect("billing:statement")
    wanted = _statement(request, form)
    name = f"estado-de-cuenta-{wanted.start}-{wanted.end}"
    if file_format in FORMATS:
        return export_response(file_format=file_format, filename=name, headings=_headings(), rows=_rows(wanted))
    if file_format != "pdf":
        raise Http404
    if wanted.count > MOST_MOVEMENTS:
        messages.warning(
            request, _("Son demasiados movimientos para un PDF: elija menos días, o descargue CSV o Excel.")
        )
        return redirect("billing:statement")
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return HttpResponse(statement_pdf(wanted), content_type="application/pdf", headers=headers)


def _statement(request: PanelRequest, form: StatementForm) -> Statement:
    return Statement(request.account, *form.days, form.currency)


def _headings() -> list[str]:
    return [_("Fecha"), _("Movimiento"), _("Cargo"), _("Abono"), _("Saldo")]


def _rows(wanted: Statement) -> Iterator[list[object]]:
    yield [wanted.start, _("Saldo anterior"), "", "", wanted.opening]
    for movement in wanted.movements():
        yield [movement.at, movement.text, movement.charge or "", movement.credit or "", movement.balance]
    yield [wanted.end, _("Saldo al final"), "", "", wanted.closing]

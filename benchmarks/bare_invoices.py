"""What the list of invoices is held against: session, user, one indexed query, the same rows by a plain Django template
with their links. No shell, no menu, no balance, no permissions."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test.utils import override_settings
from django.urls import path

from benchmarks.bare_list import MIDDLEWARE, nothing
from billing.models import Invoice

PAGE = """<!doctype html><html lang="es"><head><title>Facturas</title></head><body><h1>Facturas</h1><table>
<tr><th>Número</th><th>Fecha</th><th>Vence</th><th>Concepto</th><th>Total</th><th>Por pagar</th><th>Estado</th><th></th></tr>
{% for invoice in invoices %}<tr>
<td><a href="{% url 'mailbox' invoice.public_id %}">{{ invoice }}</a></td>
<td>{{ invoice.issue_date|date:"SHORT_DATE_FORMAT" }}</td><td>{{ invoice.due_date|date:"SHORT_DATE_FORMAT" }}</td>
<td>{{ invoice.concept }}</td><td>{{ invoice.total|money }}</td><td>{{ invoice.rest|money }}</td>
<td>{{ invoice.get_state_display }}</td>
<td><a href="{% url 'edit' invoice.public_id %}">PDF</a> <a href="{% url 'password' invoice.public_id %}">XML</a></td>
</tr>{% endfor %}</table></body></html>"""


@cache
def template() -> Any:
    return engines["django"].from_string(PAGE)


@login_required
def invoices(request: HttpRequest) -> HttpResponse:
    """``?before=number``: one range of the index (account, number)."""
    rows = Invoice.objects.filter(account=int(request.GET["account"]), number__lt=int(request.GET["before"]))
    return HttpResponse(template().render({"invoices": rows.order_by("-number", "-pk")[:50]}, request))


urlpatterns = [
    path("bare/", invoices),
    path("bare/<uuid:public_id>/", nothing, name="mailbox"),
    path("bare/<uuid:public_id>/edit/", nothing, name="edit"),
    path("bare/<uuid:public_id>/password/", nothing, name="password"),
]


def own_addresses(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        answer: HttpResponse = get_response(request)
        return answer

    return middleware


def bare_handler() -> WSGIHandler:
    with override_settings(MIDDLEWARE=["benchmarks.bare_invoices.own_addresses", *MIDDLEWARE[1:]]):
        return WSGIHandler()

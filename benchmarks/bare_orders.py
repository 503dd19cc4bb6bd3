"""What the list of orders is held against: session, user, one indexed query, the same rows by a plain Django template with
their links. No shell, no menu, no filters, no permissions."""

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
from marketplace.models import Order

PAGE = """<!doctype html><html lang="es"><head><title>Pedidos</title></head><body><h1>Pedidos</h1><table>
<tr><th>Número</th><th>Fecha</th><th>Tipo</th><th>Descripción</th><th>Total</th><th>Pago</th><th>Aprovisionamiento</th></tr>
{% for order in orders %}<tr>
<td><a href="{% url 'mailbox' order.public_id %}">{{ order.number }}</a></td>
<td>{{ order.created_at|date:"SHORT_DATE_FORMAT" }}</td><td>{{ order.get_kind_display }}</td>
<td>{{ order.description }}</td><td>{{ order.total|money }}</td>
<td>{{ order.invoice.get_state_display }}</td><td>{{ order.get_state_display }}</td>
</tr>{% endfor %}</table></body></html>"""


@cache
def template() -> Any:
    return engines["django"].from_string(PAGE)


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """``?before=number``: one range of the index (account, number)."""
    rows = Order.objects.filter(account=int(request.GET["account"]), number__lt=int(request.GET["before"]))
    found = rows.select_related("invoice").order_by("-number", "-pk")[:50]
    return HttpResponse(template().render({"orders": found}, request))


urlpatterns = [path("bare/", orders), path("bare/<uuid:public_id>/", nothing, name="mailbox")]


def own_addresses(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        answer: HttpResponse = get_response(request)
        return answer

    return middleware


def bare_handler() -> WSGIHandler:
    with override_settings(MIDDLEWARE=["benchmarks.bare_orders.own_addresses", *MIDDLEWARE[1:]]):
        return WSGIHandler()

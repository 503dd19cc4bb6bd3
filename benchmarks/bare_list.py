"""What pages are held against: session, user, one indexed query, the same rows by a plain Django template with its four
links per row. No shell, no menu, no states, no permissions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test.utils import override_settings
from django.urls import path

from exchange.models import Mailbox

MIDDLEWARE = [
    "benchmarks.bare_list.own_addresses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
PAGE = """<!doctype html><html lang="es"><head><title>Buzones</title></head><body><h1>Buzones</h1><table>
<tr><th></th><th>Nombre</th><th>Inicio de sesión</th><th>Correo</th><th>Tamaño</th><th>Límite</th><th>Estado</th><th></th></tr>
{% for mailbox in mailboxes %}<tr>
<td><input type="checkbox" name="mailbox[]" value="{{ mailbox.public_id }}"></td>
<td><a href="{% url 'mailbox' mailbox.public_id %}">{{ mailbox.display_name }}</a></td>
<td>{{ mailbox.address }}</td><td>{{ mailbox.address }}</td>
<td>{{ mailbox.used_bytes|filesizeformat }}</td><td>{{ mailbox.quota_mb }} MB</td><td>{{ mailbox.get_state_display }}</td>
<td><a href="{% url 'edit' mailbox.public_id %}">Cambiar</a> <a href="{% url 'password' mailbox.public_id %}">Contraseña</a>
<a href="{% url 'delete' mailbox.public_id %}">Eliminar</a></td>
</tr>{% endfor %}</table></body></html>"""


def own_addresses(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


@cache
def template() -> Any:
    return engines["django"].from_string(PAGE)


@login_required
def mailboxes(request: HttpRequest) -> HttpResponse:
    """``?after=address``: one range of the index (subscription, address)."""
    rows = Mailbox.objects.filter(
        subscription=int(request.GET["subscription"]), address__gt=request.GET.get("after", "")
    ).personal()
    return HttpResponse(template().render({"mailboxes": rows.order_by("address")[:50]}, request))


@login_required
def found(request: HttpRequest) -> HttpResponse:
    """``?pk=…``: the rows that a search found, by their keys."""
    rows = Mailbox.objects.filter(pk__in=[int(pk) for pk in request.GET["pk"].split(",")])
    return HttpResponse(template().render({"mailboxes": rows.order_by("address")}, request))


def nothing(request: HttpRequest, public_id: object) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("bare/", mailboxes),
    path("found/", found),
    path("bare/<uuid:public_id>/", nothing, name="mailbox"),
    path("bare/<uuid:public_id>/edit/", nothing, name="edit"),
    path("bare/<uuid:public_id>/password/", nothing, name="password"),
    path("bare/<uuid:public_id>/delete/", nothing, name="delete"),
]


def bare_handler() -> WSGIHandler:
    """The same process, database and session as ours, with these two middlewares only."""
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        return WSGIHandler()

"""What the list of domains is held against: session, user, one indexed query, the same rows by a plain Django template with
their links and what uses them. No shell, no menu, no filters, no permissions."""

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
from domains.models import Domain
from exchange.models import MailDomain

PAGE = """<!doctype html><html lang="es"><head><title>Dominios</title></head><body><h1>Dominios</h1><table>
<tr><th>Dominio</th><th>Tipo</th><th>Estado</th><th>Vence</th><th>Renovación automática</th><th>Lo usa</th></tr>
{% for domain in domains %}<tr>
<td><a href="{% url 'mailbox' domain.public_id %}">{{ domain.readable_name }}</a></td>
<td>{{ domain.get_kind_display }}</td><td>{{ domain.get_state_display }}</td>
<td>{{ domain.expires_at|date:"SHORT_DATE_FORMAT" }}</td><td>{{ domain.subscription.auto_renew|yesno }}</td>
<td>{% for mail in domain.mail %}<a href="{% url 'mailbox' mail.public_id %}">{{ mail.subscription.name }}</a>{% endfor %}</td>
</tr>{% endfor %}</table></body></html>"""


@cache
def template() -> Any:
    return engines["django"].from_string(PAGE)


@login_required
def domains(request: HttpRequest) -> HttpResponse:
    """``?account=…&after=name``: one range of the index (account, search_text)."""
    rows = Domain.objects.filter(account=int(request.GET["account"]), search_text__gt=request.GET.get("after", ""))
    return _drawn(request, rows.listed())


@login_required
def found(request: HttpRequest) -> HttpResponse:
    """``?pk=…``: the rows that a search found, by their keys."""
    return _drawn(request, Domain.objects.filter(pk__in=[int(pk) for pk in request.GET["pk"].split(",")]))


def _drawn(request: HttpRequest, rows: Any) -> HttpResponse:
    shown = list(rows.select_related("subscription").order_by("search_text", "pk")[:50])
    mail = MailDomain.objects.filter(name__in=[row.name for row in shown], state="active").select_related(
        "subscription"
    )
    by_name = {each.name: [each] for each in mail}
    for row in shown:
        row.mail = by_name.get(row.name, [])
    return HttpResponse(template().render({"domains": shown}, request))


urlpatterns = [
    path("bare/", domains),
    path("found/", found),
    path("bare/<uuid:public_id>/", nothing, name="mailbox"),
]


def own_addresses(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__  # type: ignore[attr-defined]
        answer: HttpResponse = get_response(request)
        return answer

    return middleware


def bare_handler() -> WSGIHandler:
    with override_settings(MIDDLEWARE=["benchmarks.bare_domains.own_addresses", *MIDDLEWARE[1:]]):
        return WSGIHandler()

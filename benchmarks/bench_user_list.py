"""The list of *Usuarios* (a complete panel page of 50 rows) in an account of 50,000 people, against a bare view that shows
the same 50 rows by a plain Django template with their links. Measured in the process, without a network."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, override_settings

from accounts.models import Account, Membership, Role, User
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.core.pagination import keyset_page
from users.listing import ORDERS

PEOPLE = 50_000
OTHERS = 200_000  # people of other customers around them
EMAIL = "usuarios@mediciones.example"
URL = "/usuarios/"
BARE_URL = "/lista/"
PER_ROUND = 5
ROWS = """<!doctype html><html lang="es"><head><title>Usuarios</title></head><body><table>{% for m in page %}<tr>
<td><input type="checkbox" name="usuario" value="{{ m.public_id }}"></td>
<td><a href="{% url 'users:user' m.public_id %}">{{ m.name }}</a></td><td>{{ m.email }}</td><td>{{ m.get_role_display }}</td>
<td>{{ m.status.label }}</td><td>{{ m.last_sign_in_at|date:"SHORT_DATETIME_FORMAT" }}</td>
<td><a href="{% url 'users:edit' m.public_id %}">Editar</a></td>
<td><a href="{% url 'users:services' m.public_id %}">Servicios</a></td>
<td><a href="{% url 'users:delete' m.public_id %}">Eliminar</a></td></tr>{% endfor %}</table></body></html>"""
PEOPLE_SQL = """
WITH people AS (
    INSERT INTO accounts_user (public_id, email, name, notification_email, language, is_active, is_staff, is_superuser,
                               password, date_joined, activated_at)
    SELECT gen_random_uuid(), 'u' || %(account)s || '-' || n || '@masa.example', 'Persona ' || md5(n::text), '', 'es-mx',
           true, false, false, '!', now(), now()
    FROM generate_series(1, %(count)s) n RETURNING id
)
INSERT INTO accounts_membership (public_id, account_id, user_id, role, name, email, notification_email, is_active,
                                 is_pending, last_sign_in_at, version, created_at)
SELECT gen_random_uuid(), %(account)s, id, 'delegate', '', '', '', true, id %% 20 = 0,
       now() - id * interval '1 minute', 1, now()
FROM people
"""


def run() -> list[Outcome]:
    account = _account("Mediciones de usuarios", PEOPLE)
    _account("Los demás clientes", OTHERS)
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, None, name="Mediciones")
    Membership.objects.get_or_create(user=user, account=account, defaults={"role": Role.ACCOUNT_ADMIN})
    baseline = _bare(user, account)
    pages = {
        "first page": "",
        "page 500": f"?cursor={_deep(account)}",
        "by last sign-in": "?orden=-ingreso",
        "search": "?q=abc",
    }
    return [
        compare(
            f"Usuarios, {name}, against a bare view",
            ours=_page(user, query),
            baseline=baseline,
            bar=Bar(1.0),
            rounds=15,
        )
        for name, query in pages.items()
    ]


@login_required
def bare_list(request: HttpRequest) -> HttpResponse:
    rows = Membership.objects.filter(account_id=request.GET["cuenta"]).select_related("user")
    assert request.user.is_authenticated
    page = rows.order_by("search_text", "pk")[:50]
    return HttpResponse(TEMPLATE.render({"page": page}, request))


TEMPLATE = engines["django"].from_string(ROWS)


class BareUrls:
    """Answers the bare address before the panel's own middleware would."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return bare_list(request)


MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "benchmarks.bench_user_list.BareUrls",
]


def _bare(user: User, account: Account) -> Callable[[], None]:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        client.get(f"{BARE_URL}?cuenta={account.pk}")  # the client's handler keeps the middleware that it was born with
    return _repeated(client, f"{BARE_URL}?cuenta={account.pk}")


def _page(user: User, query: str) -> Callable[[], None]:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    client.get(URL)
    return _repeated(client, URL + query)


def _repeated(client: Client, address: str) -> Callable[[], None]:
    def get() -> None:
        for _ in range(PER_ROUND):
            response = client.get(address)
            assert response.status_code == 200
            assert response.content.count(b"<tr>") >= 50

    return get


def _deep(account: Account) -> str:
    """The address of page 500."""
    rows = Membership.objects.filter(account=account).order_by(*ORDERS["nombre"])[24_950:25_000]
    page = keyset_page(Membership.objects.filter(pk__in=[row.pk for row in rows]), order=ORDERS["nombre"], size=49)
    return page.next_cursor


def _account(name: str, people: int) -> Account:
    """Made once: later runs find it."""
    account, _ = Account.objects.get_or_create(legal_name=name)
    if account.memberships.count() < people:
        print(f"Writing {people:,} people…", flush=True)
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE_SQL, {"account": account.pk, "count": people})
            cursor.execute("ANALYZE accounts_membership, accounts_user")
    return account

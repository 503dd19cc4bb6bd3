"""*Confirmar* (plan, add-on, charge, subscription, order, job, terms, log: eleven rows' worth in one transaction) up to the
committed response, against a bare signed-in view that makes one INSERT. The bar is a guard: seven times the statements
may cost ten times the time, no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Membership, Role, User
from benchmarks.bare import bare_insert
from benchmarks.ratio import Bar, Outcome, compare
from marketplace.catalogue import seed_catalogue

ADDRESS = "/mercado/correo-y-colaboracion/exchange-administrado/confirmar/?compra={token}&plan=profesional&recurso-buzones-5=2"
EMAIL = "confirmar@mediciones.example"
PER_ROUND = 20
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def run() -> list[Outcome]:
    seed_catalogue()
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, "x", name="Mediciones")
    account, _ = Account.objects.get_or_create(legal_name="Mediciones de compra")
    Membership.objects.get_or_create(user=user, account=account, defaults={"role": Role.ACCOUNT_ADMIN})
    confirm, insert = _confirm(user), bare_insert(user, account.pk)
    count = float(_statements(confirm))
    return [
        compare(
            "Confirmar against one INSERT",
            ours=_repeated(confirm),
            baseline=_repeated(insert),
            bar=Bar(10.0),
            rounds=9,
        ),
        compare(
            "statements of Confirmar, session and person included, against those of the INSERT",
            ours=lambda: count,
            baseline=lambda: float(_statements(insert)),
            bar=Bar(10.0),
            rounds=1,
            warm_up=0,
            unit="SQL",
        ),
    ]


def _confirm(user: User) -> Callable[[], None]:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    page = client.get(ADDRESS.format(token=uuid4()))
    sealed = re.search(r'name="mostrado" value="([^"]+)"', page.content.decode())
    assert sealed is not None
    data = {"mostrado": sealed[1], "acepto": "on"}

    def post() -> None:
        answer = client.post(ADDRESS.format(token=uuid4()), data)
        assert answer["Location"].startswith("/cuenta/pedidos/")

    return post


def _repeated(once: Callable[[], None]) -> Callable[[], None]:
    def work() -> None:
        for _ in range(PER_ROUND):
            once()

    return work


def _statements(once: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as captured:
        once()
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured)

"""PostgreSQL is away: 503 with a page that says so and when to come back, for as long as it lasts."""

from __future__ import annotations

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from cloudpanel.core.database import is_away
from tests.conftest import signed_in

REFUSED = psycopg2.OperationalError("connection refused")


class Coded(psycopg2.OperationalError):
    def __init__(self, pgcode: str) -> None:
        super().__init__(pgcode)
        self.code = pgcode

    @property
    def pgcode(self) -> str:
        return self.code


def raised(error: type[Exception], cause: Exception | None) -> Exception:
    try:
        raise error("x") from cause
    except error as made:
        return made


@pytest.fixture
def client_without_database(administrator, monkeypatch):
    client = signed_in(administrator)
    client.raise_request_exception = False

    def refuse(*args, **kwargs):
        raise OperationalError("connection refused") from REFUSED

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        yield client


@pytest.mark.parametrize("cause", [REFUSED, None, Coded("08006"), Coded("57P01"), Coded("57P03"), Coded("53300")])
def test_a_server_that_is_not_there_is_away(cause):
    assert is_away(raised(OperationalError, cause))
    assert is_away(raised(InterfaceError, cause))


def test_what_was_raised_over_it_tells_as_much():
    assert is_away(raised(RuntimeError, raised(OperationalError, REFUSED)))


@pytest.mark.parametrize("cause", [Coded("40P01"), Coded("57014"), Coded("55P03")])
def test_a_deadlock_or_a_slow_statement_is_our_own_failure(cause):
    assert not is_away(raised(OperationalError, cause))


def test_a_page_answers_503_and_when_to_come_again(client_without_database):
    answer = client_without_database.get("/usuarios/?q=ana")
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert "Volvemos en un momento" in page
    assert 'href="/usuarios/?q=ana"' in page
    assert "mencione este número" not in page


def test_a_form_that_was_sent_says_that_nothing_was_kept(client_without_database):
    page = client_without_database.post("/perfil/", {"name": "Ana"}).content.decode()
    assert "Lo que envió no se guardó" in page
    assert "Intentar de nuevo" not in page


def test_the_process_itself_stays_alive(client_without_database):
    assert Client().get("/healthz").status_code == 200

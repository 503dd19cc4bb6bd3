"""What stops `make run` is said in plain words, with what to do about it."""

import socket

import psycopg2
import pytest

from cloudpanel.local.places import LocalError, Places
from cloudpanel.local.postgres import Postgres
from cloudpanel.local.services import running_services
from tests.local.conftest import free_port, refused

pytestmark = pytest.mark.xdist_group("local-run")


def test_a_port_that_is_taken(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        words = refused(tmp_path, PORT=str(port))

    assert f"Port {port} is taken" in words
    assert f"PORT={port + 1} make run" in words


@pytest.mark.parametrize("port", ["ochenta", "0", "70000", "-1"])
def test_a_port_that_is_none(tmp_path, port):
    assert f"PORT={port} is not a port" in refused(tmp_path, PORT=port)


@pytest.mark.slow
def test_a_panel_that_already_runs_from_this_tree(running, data_directory):
    words = refused(data_directory, PORT=str(free_port()))

    assert f"already running from this tree: process {running.process.pid}, http://127.0.0.1:{running.port}" in words


@pytest.mark.slow
def test_data_with_migrations_this_code_does_not_know(local_directory):
    with running_services(Places.of("run")) as environment:
        remember_migration(environment["DATABASE_URL"])

    words = refused(local_directory, PORT=str(free_port()))

    assert "from a newer version of the panel" in words
    assert "exchange.9999_from_the_future" in words
    assert "make reset" in words


def test_data_of_a_newer_postgresql(local_directory):
    postgres = Postgres(Places.of("run"))
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("99\n")

    with pytest.raises(LocalError, match=r"written by PostgreSQL 99, newer than the installed \d+") as refusal:
        postgres.start()

    assert "make reset" in str(refusal.value)


def remember_migration(url):
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE django_migrations (id serial, app text, name text, applied timestamptz)")
        cursor.execute("INSERT INTO django_migrations (app, name) VALUES ('exchange', '9999_from_the_future')")
    connection.close()

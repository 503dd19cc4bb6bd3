"""A mail directory of this worker's own, and the two drivers that every contract test runs against."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import psycopg2
import pytest
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn

from exchange.drivers.base import DomainSpec, MailboxSpec, MailDriver
from exchange.drivers.directory import DirectoryMailDriver, install_schema
from exchange.drivers.fake import InMemoryMailDriver, stores


def administer(server: str, *statements: sql.Composable) -> None:
    """Run statements that belong to no transaction, such as CREATE DATABASE."""
    connection = psycopg2.connect(server, dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


@pytest.fixture(scope="session")
def mail_server() -> str:
    """The PostgreSQL of this test run, as MAIL_DIRECTORY_URL names it."""
    return os.environ["MAIL_DIRECTORY_URL"]


@pytest.fixture(scope="session")
def mail_database(mail_server: str) -> Iterator[str]:
    """DSN of an installed directory that no other test process uses. The role of its Dovecot bears its name."""
    name = f"test_mail_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"
    database = sql.Identifier(name)
    administer(mail_server, sql.SQL("CREATE DATABASE {}").format(database))
    dsn = make_dsn(**{**parse_dsn(mail_server), "dbname": name})
    install_schema(dsn, dovecot_role=name, dovecot_password="lee-y-calla")
    yield dsn
    administer(
        mail_server,
        sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database),
        sql.SQL("DROP ROLE {}").format(database),
    )


@pytest.fixture
def directory(mail_database: str) -> Iterator[DirectoryMailDriver]:
    """The real driver on an empty directory."""
    connection = psycopg2.connect(mail_database)
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE mail.domain, mail.mailbox, mail.address, mail.mailbox_usage")
    connection.close()
    driver = DirectoryMailDriver({"dsn": mail_database})
    yield driver
    driver.close()


@pytest.fixture
def fake() -> Iterator[InMemoryMailDriver]:
    driver = InMemoryMailDriver({"store": "contract"})
    yield driver
    stores["contract"].reset()


@pytest.fixture(params=["fake", "directory"])
def driver(request: pytest.FixtureRequest) -> MailDriver:
    """Every contract test runs against both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def empresa(driver: MailDriver) -> DomainSpec:
    domain = DomainSpec(uuid4(), "empresa.example")
    driver.ensure_domain(domain)
    return domain


def mailbox(address: str = "ana@empresa.example", mailbox_id: UUID | None = None, **changes: object) -> MailboxSpec:
    wanted = {"id": mailbox_id or uuid4(), "address": address, "display_name": "Ana Núñez", "quota_mb": 50, **changes}
    return MailboxSpec(**wanted)  # type: ignore[arg-type]


@pytest.fixture
def ana(driver: MailDriver, empresa: DomainSpec) -> MailboxSpec:
    spec = mailbox()
    driver.ensure_mailbox(spec)
    return spec


Sql = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def query(mail_database: str) -> Iterator[Sql]:
    """Look into the directory past the driver."""
    connection = psycopg2.connect(mail_database)
    connection.autocommit = True

    def run(statement: str, *values: object) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    yield run
    connection.close()

"""A mail directory of this worker's own, and the drivers that every contract test runs against."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from exchange.drivers.base import DomainSpec, MailboxSpec, MailDriver
from exchange.drivers.directory import DirectoryMailDriver
from exchange.drivers.directory.local_dovecot import DovecotSettings, LocalDovecot, has_sieve, is_installed
from exchange.drivers.fake import InMemoryMailDriver, stores
from exchange.drivers.powershell import PowerShellMailDriver
from tests.exchange.drivers.line import Line
from tests.exchange.drivers.mail_client import MailClient
from tests.exchange.drivers.psrp import ExchangeStandIn
from tests.exchange.drivers.smtp_sink import SmtpSink


@pytest.fixture
def fake() -> Iterator[InMemoryMailDriver]:
    driver = InMemoryMailDriver({"store": "contract"})
    yield driver
    stores["contract"].reset()


@pytest.fixture(scope="session")
def exchange_server() -> Iterator[ExchangeStandIn]:
    """The strict stand-in for an Exchange server, on loopback."""
    stand_in = ExchangeStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def exchange(exchange_server: ExchangeStandIn) -> ExchangeStandIn:
    """The same, with nothing in it."""
    exchange_server.reset()
    return exchange_server


@pytest.fixture(scope="session")
def powershell_driver(exchange_server: ExchangeStandIn) -> Iterator[PowerShellMailDriver]:
    """One for all tests, as in a worker: opening a session and exchanging keys takes a while."""
    driver = PowerShellMailDriver(exchange_server.settings())
    yield driver
    driver.close()


@pytest.fixture
def powershell(exchange: ExchangeStandIn, powershell_driver: PowerShellMailDriver) -> PowerShellMailDriver:
    """The driver for Exchange on an empty organization."""
    return powershell_driver


@pytest.fixture(params=["fake", "directory", "powershell"])
def driver(request: pytest.FixtureRequest) -> MailDriver:
    """Every contract test runs against all of them."""
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


# What only a test wants of Dovecot: no penalty of seconds for the wrong passwords that the tests try on purpose.
IMPATIENT = """
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def short_directory() -> Iterator[Path]:
    """A directory that other system users may enter, with a name short enough for Unix sockets."""
    with tempfile.TemporaryDirectory(prefix="dv", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def line_to_directory(mail_database: str, short_directory: Path) -> Iterator[Line]:
    """The line between Dovecot and its directory, to be cut by tests."""
    place = short_directory / "line"
    place.mkdir(mode=0o755)
    line = Line(mail_database, place)
    yield line
    line.cut()


@pytest.fixture(scope="session")
def outgoing() -> Iterator[SmtpSink]:
    """The mail server that Dovecot hands forwarded mail and automatic replies to."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def sink(outgoing: SmtpSink) -> SmtpSink:
    """The same, empty."""
    outgoing.received.clear()
    outgoing.refuses = ""
    return outgoing


@pytest.fixture(scope="session")
def dovecot(
    mail_database: str, line_to_directory: Line, short_directory: Path, outgoing: SmtpSink
) -> Iterator[LocalDovecot]:
    """Debian's Dovecot on the directory of this worker. Without one the test is skipped, and fails in CI."""
    if not is_installed():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("Dovecot 2.3 is not installed")
    role = parse_dsn(mail_database)["dbname"]
    settings = DovecotSettings(
        home=short_directory / "d",
        mail_root=short_directory / "mail",
        directory_dsn=make_dsn(**{**parse_dsn(line_to_directory.dsn), "user": role, "password": "lee-y-calla"}),
        imap_port=free_port(),
        lmtp_port=free_port(),
        submission_host=f"127.0.0.1:{outgoing.port}",
        extra=IMPATIENT,
    )
    server = LocalDovecot(settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sieve() -> None:
    """What needs Pigeonhole (Debian's dovecot-sieve)."""
    if not has_sieve():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("dovecot-sieve is not installed")


@pytest.fixture
def mail_client(dovecot: LocalDovecot, directory: DirectoryMailDriver) -> MailClient:
    return MailClient("127.0.0.1", dovecot.settings.imap_port, dovecot.settings.lmtp_port)

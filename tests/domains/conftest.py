"""A sandbox registry over TLS, and the panel's driver for it. Every frame in both directions is held against the schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domains.drivers.base import Address, ContactSpec, HostSpec, Registration
from domains.drivers.epp import EppDriver
from domains.models import Zone
from domains.sandbox.certificates import ensure_certificates
from domains.sandbox.registry import Registry
from domains.sandbox.samples import COMPETITOR, COMPETITOR_PASSWORD, PANEL, PANEL_PASSWORD, new_state
from domains.sandbox.server import SandboxServer
from domains.sandbox.xml import parse
from domains.services.zones import create_zone
from tests.counterparts import need
from tests.directories import reachable_directory
from tests.domains.bind import Bind
from tests.domains.dns_world import DnsWorld, dns_world
from tests.domains.knot import Knot
from tests.factories import DomainFactory

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
DriverOf = Callable[..., EppDriver]


class Clock:
    """Times pass only when a test says so."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    ensure_certificates(folder)
    return folder


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Iterator[DnsWorld]:
    """A small DNS with real servers and told ones; a test sets what the told ones say before it asks."""
    need("knotd")
    with dns_world(tmp_path_factory.mktemp("dns")) as made:
        yield made


@pytest.fixture
def sandbox(certificates, clock) -> Iterator[SandboxServer]:
    server = SandboxServer(Registry(new_state(NOW), clock=clock), certificates, frames=[])
    server.start()
    yield server
    server.stop()
    for _side, frame in server.frames or []:
        if b"as told" not in frame and b"DOCTYPE" not in frame and frame != b"<epp><response":
            parse(frame)


@pytest.fixture
def driver_of(sandbox, certificates) -> Iterator[DriverOf]:
    made: list[EppDriver] = []

    def make(registrar: str = PANEL, password: str = PANEL_PASSWORD, **settings: Any) -> EppDriver:
        driver = EppDriver(
            {
                "host": "localhost",
                "port": sandbox.port,
                "registrar": registrar,
                "password": password,
                "ca_file": str(certificates / "ca.pem"),
                "client_certificate": str(certificates / "client.pem"),
                "client_key": str(certificates / "client.key"),
                "answer_timeout": 5,
                **settings,
            }
        )
        made.append(driver)
        return driver

    yield make
    for driver in made:
        driver.close()


@pytest.fixture(scope="session")
def knot() -> Iterator[Knot]:
    need("/usr/sbin/knotd")
    with reachable_directory() as folder:
        server = Knot(folder)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def bind(knot) -> Iterator[Bind]:
    need("/usr/sbin/named")
    with reachable_directory() as folder:
        server = Bind(folder, knot)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def hosting(knot, settings) -> Knot:
    """The panel hosts DNS, at a Knot that is really there."""
    settings.ZONE_NAMESERVERS = ("ns1.panel.example", "ns2.panel.example")
    entry = {"class": "domains.drivers.dns.ZonePublisher", "options": {"settings": knot.settings}, "concurrency": 4}
    settings.DRIVERS = settings.DRIVERS | {"zones": entry}
    return knot


@pytest.fixture
def zone(account, actor, settings) -> Zone:
    """A zone whose primary server is away: what is tried without publishing."""
    settings.ZONE_NAMESERVERS = ("ns1.panel.example", "ns2.panel.example")
    away = {"host": "127.0.0.1", "port": 1, "key_name": "panel.", "key_secret": "eA==", "timeout": 1}
    entry = {"class": "domains.drivers.dns.ZonePublisher", "options": {"settings": away}, "concurrency": 4}
    settings.DRIVERS = settings.DRIVERS | {"zones": entry}
    return create_zone(actor=actor, domain=DomainFactory(account=account, name="cliente.example"))


@pytest.fixture
def driver(driver_of) -> EppDriver:
    return driver_of()


@pytest.fixture
def competitor(driver_of) -> EppDriver:
    return driver_of(COMPETITOR, COMPETITOR_PASSWORD)


def contact(number: int = 1, **changes: Any) -> ContactSpec:
    values: dict[str, Any] = {
        "id": UUID(int=number << 64),
        "name": "José Núñez Peña",
        "organisation": "Muebles & Compañía",
        "address": Address(["Av. Insurgentes Sur 1000"], "Ciudad de México", "CDMX", "03100", "MX"),
        "email": "dominios@empresa.example",
        "phone": "+52 55 1234 5678",
    }
    return ContactSpec(**(values | changes))


def registration(name: str, years: int = 1, hosts: tuple[str, ...] = (), **changes: Any) -> Registration:
    return Registration(name, years, changes.get("registrant") or contact(), [HostSpec(host) for host in hosts])

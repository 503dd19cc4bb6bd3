"""The campaign from outside: a TCP proxy cuts the TLS stream itself, at each class of byte, both ways, at one command after
the other of a registration, a renewal and a transfer. Each domain ends owned once and charged once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cloudpanel.core.drivers import get_driver
from cloudpanel.local.registry import sandbox_registries
from domains.drivers.epp import EppDriver
from domains.models import Domain
from domains.registries import read_registries
from domains.services.renewing import renew_now
from marketplace.models import Order
from tests.domains.registry.conftest import Panel, pay, pay_invoice
from tests.domains.registry.test_broken_connections import assert_charged_once, settle
from tests.domains.registry.wire import DOWN, UP, Cuts, Wire, wire_to

CLASSES = [
    pytest.param(UP, 0, id="command-lost"),
    pytest.param(UP, 3, id="command-in-header-of-record"),
    pytest.param(UP, -1, id="command-but-last-octet"),
    pytest.param(UP, 65536, id="command-whole-and-hung-up"),
    pytest.param(DOWN, 0, id="answer-lost"),
    pytest.param(DOWN, 5, id="answer-after-header-of-record"),
    pytest.param(DOWN, -1, id="answer-but-last-octet"),
]
# Which command of one connection after the other is cut, so that every command of the exchange is: some are sent again when
# they were lost, and found done when only their answer was, so some numbers come twice.
REGISTRATION = (0, 1, 2, 2, 3, 3)  # contact: info, create; domain: info, create, info; update
RENEWAL = (0, 1, 2)  # info, renew, info
TRANSFER = (0, 1, 2, 2, 3, 3, 5)  # query, request, query; contact: info, create; domain: info, update, info, renew


@pytest.fixture(scope="module")
def _wire(_server) -> Iterator[Wire]:
    with wire_to(_server.port) as wire:
        yield wire


@pytest.fixture
def wire(_wire, registry, certificates, settings) -> Iterator[Wire]:
    """The registries of the settings, reached through the proxy; no name servers, which would only be more of the same."""
    folder = Path(certificates).parent / "named"
    bare = {code: {**each, "nameservers": []} for code, each in sandbox_registries(folder, _wire.port).items()}
    found = read_registries(json.dumps(bare))
    settings.REGISTRIES = found
    drivers = {each.driver_name: dict(each.driver) for each in found.values()}
    settings.DRIVERS = {**settings.DRIVERS, **drivers}
    yield _wire
    _wire.cuts = None
    for each in found.values():
        driver = get_driver(each.driver_name)
        assert isinstance(driver, EppDriver)
        driver.close()


@pytest.mark.parametrize(("direction", "octets"), CLASSES)
def test_a_registration_cut_at_every_command(panel: Panel, wire, registry, direction, octets):
    name = "muebles.com.mx"
    order = panel.order(name, years=2)
    wire.cuts = Cuts(direction, octets, REGISTRATION)
    pay(order)
    settle(12)
    held = registry.registry.state.domains[name]
    assert wire.cuts.made >= 5
    assert (held.sponsor, held.expires_at.year) == ("panel", held.created_at.year + 2)
    assert Domain.objects.get(name=name).state == Domain.State.ACTIVE
    assert_charged_once(1)


@pytest.mark.parametrize(("direction", "octets"), CLASSES)
def test_a_renewal_cut_at_every_command(panel: Panel, wire, registry, actor, direction, octets):
    domain = panel.buy("muebles.com")
    held = registry.registry.state.domains[domain.name]
    years = held.expires_at.year
    invoice = renew_now(actor=actor, domain=domain, years=1)
    hang_up(domain)
    wire.cuts = Cuts(direction, octets, RENEWAL)
    pay_invoice(invoice)
    settle()
    domain.refresh_from_db()
    assert wire.cuts.made >= 2  # one that was carried out is seen by the look that comes first
    assert held.expires_at.year == years + 1
    assert abs(domain.expires_at - held.expires_at) < timedelta(seconds=2)
    assert_charged_once(2)


@pytest.mark.parametrize(("direction", "octets"), CLASSES)
def test_a_transfer_cut_at_every_command(panel: Panel, wire, registry, direction, octets):
    registry.registry.transfer_delay = timedelta(0)
    name = "transferible.com.mx"
    before = registry.registry.state.domains[name].expires_at
    domain = panel.transfer(name)
    order = panel.confirm_transfer(domain)
    hang_up(domain)
    wire.cuts = Cuts(direction, octets, TRANSFER)
    pay(order)
    settle(12)
    held = registry.registry.state.domains[name]
    assert wire.cuts.made >= 6
    assert (held.sponsor, held.expires_at.year) == ("panel", before.year + 1)
    assert Domain.objects.get(name=name).state == Domain.State.ACTIVE
    assert Order.objects.get().state == Order.State.COMPLETED
    assert_charged_once(1)


def hang_up(domain: Domain) -> None:
    """The next command comes over a new connection, whose bursts are counted from its sign-in."""
    driver = get_driver(f"registry:{domain.registry}")
    assert isinstance(driver, EppDriver)
    driver.close()

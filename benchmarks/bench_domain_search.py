"""The search of one name in ten endings, each at a registry of its own, against the slowest registry alone.

The registries are ten sandboxes over TLS on loopback, each of which takes its time before it answers a check."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.test import override_settings

from accounts.actors import SYSTEM
from accounts.models import Account
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.core.drivers import get_driver
from cloudpanel.local.registry import sandbox_registries
from cloudpanel.provisioning import worker
from domains.catalogue import YEARLY, seed_domains
from domains.models import SearchedName
from domains.registries import Registry, read_registry
from domains.sandbox.certificates import ensure_certificates
from domains.sandbox.faults import Fault, Kind
from domains.sandbox.registry import Registry as SandboxRegistry
from domains.sandbox.samples import new_state
from domains.sandbox.server import SandboxServer
from domains.services.names import shop_for
from domains.services.searching import start_search
from marketplace.catalogue import seed_catalogue

ENDINGS = list(YEARLY)[:10]
SLOWEST = 0.8  # seconds; the others take a tenth less each
BAR = Bar(1.2)


def run() -> list[Outcome]:
    logging.getLogger("registro").setLevel(logging.WARNING)  # a line for each command
    seed_catalogue()
    seed_domains()
    account = Account.objects.create(legal_name="Busca")
    with tempfile.TemporaryDirectory() as folder:
        ensure_certificates(Path(folder) / "certificates")
        servers = [_server(Path(folder), number) for number in range(len(ENDINGS))]
        named = {f"r{n}": _named(Path(folder), n, server) for n, server in enumerate(servers)}
        drivers = {each.driver_name: dict(each.driver) for each in named.values()}
        with override_settings(REGISTRIES=named, DRIVERS=drivers, SERVICE_LIFECYCLES=LIFECYCLES):
            outcome = compare(
                "search of one name in ten endings, against the slowest registry alone",
                ours=lambda: _timed(lambda: _search(account, servers)),
                baseline=lambda: _timed(lambda: _slowest_alone(servers)),
                bar=BAR,
                rounds=7,
            )
            for each in named.values():
                get_driver(each.driver_name).close()
        for server in servers:
            server.stop()
    return [outcome]


LIFECYCLES = {"domain": "domains.lifecycle.DomainLifecycle"}


def _server(folder: Path, number: int) -> SandboxServer:
    server = SandboxServer(SandboxRegistry(new_state(datetime.now(UTC))), folder / "certificates")
    server.start()
    return server


def _named(folder: Path, number: int, server: SandboxServer) -> Registry:
    options = sandbox_registries(folder, server.port)["mx"]["options"]
    return read_registry(f"r{number}", {"endings": [ENDINGS[number]], "options": options})


def _slow(server: SandboxServer, number: int) -> None:
    server.faults.clear()
    server.faults.add(Fault(Kind.SLOW, verb="check", amount=SLOWEST * (10 - number) / 10))


def _search(account: Account, servers: list[SandboxServer]) -> None:
    for number, server in enumerate(servers):
        _slow(server, number)
    shop = shop_for(account)
    assert shop is not None
    search = start_search(actor=SYSTEM, account=account, shop=shop, text="muebles")
    assert search.job_id is not None
    worker.run(search.job_id)
    assert not SearchedName.objects.filter(search=search).exclude(answer="free").exists()


def _slowest_alone(servers: list[SandboxServer]) -> None:
    _slow(servers[0], 0)
    get_driver("registry:r0").check([f"muebles.{ENDINGS[0]}"])


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

"""The whole way from the screen to a registry over TLS: the sandbox, named in the settings, and everything on sale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from accounts.actors import SYSTEM
from accounts.models import Account
from billing.models import Invoice, Payment
from billing.services.paying import book_payment
from cloudpanel.core.drivers import get_driver
from cloudpanel.local.registry import sandbox_registries
from cloudpanel.provisioning import worker
from cloudpanel.provisioning.models import Job, JobState
from domains.catalogue import seed_domains
from domains.drivers.epp import EppDriver
from domains.models import Contact, Domain
from domains.registries import read_registries
from domains.sandbox.registry import Registry
from domains.sandbox.samples import AUTH_CODE, new_state
from domains.sandbox.server import SandboxServer
from marketplace.catalogue import seed_catalogue
from marketplace.models import Order


@pytest.fixture(autouse=True)
def _silent_bell(monkeypatch):
    """Tests run the jobs themselves."""
    monkeypatch.setattr("cloudpanel.provisioning.services.ring", lambda job_id: None)
    monkeypatch.setattr("cloudpanel.provisioning.wake.ring", lambda job_id: None)
    monkeypatch.setattr("domains.services.jobs.ring", lambda job_id: None)


@pytest.fixture(scope="session")
def _server(certificates) -> Iterator[SandboxServer]:
    """One for the whole session; each test gets it with a state of its own."""
    server = SandboxServer(Registry(new_state(datetime.now(UTC)), clock=lambda: datetime.now(UTC)), certificates)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def registry(_server, certificates, settings) -> Iterator[SandboxServer]:
    """The sandbox, as ``make run`` would name it, with transfers that are approved after five days."""
    import json

    _server.registry.state = new_state(datetime.now(UTC))
    _server.registry.transfer_delay = timedelta(days=5)
    _server.faults.clear()
    folder = Path(certificates).parent / "named"
    folder.mkdir(exist_ok=True)
    if not (folder / "certificates").exists():
        (folder / "certificates").symlink_to(certificates)
    found = read_registries(json.dumps(sandbox_registries(folder, _server.port)))
    settings.REGISTRIES = found
    drivers = {each.driver_name: dict(each.driver) for each in found.values()}
    settings.DRIVERS = {**settings.DRIVERS, **drivers}
    yield _server
    for each in found.values():
        driver = get_driver(each.driver_name)
        assert isinstance(driver, EppDriver)
        driver.close()


@pytest.fixture
def on_sale(db) -> None:
    seed_catalogue()
    seed_domains()


@pytest.fixture
def holder(account) -> Contact:
    return Contact.objects.create(
        account=account,
        name="José Núñez Peña",
        organisation="Muebles & Compañía",
        email="dominios@empresa.example",
        phone="+525512345678",
        street="Av. Insurgentes Sur 1000",
        city="Ciudad de México",
        state="CDMX",
        postal_code="03100",
        country="MX",
    )


def run_jobs(rounds: int = 12) -> None:
    """Every job that is due, and those that become due by it; waiting jobs are not hurried."""
    for _round in range(rounds):
        due = list(
            Job.objects.filter(state=JobState.QUEUED, run_after__lte=datetime.now(UTC)).values_list("pk", flat=True)
        )
        if not due:
            return
        for pk in due:
            worker.run(pk)


def hurry_jobs() -> None:
    """As if the time until the next look had passed."""
    Job.objects.filter(state=JobState.QUEUED).update(run_after=datetime.now(UTC) - timedelta(seconds=1))
    run_jobs()


def pay(order: Order) -> None:
    """The customer's transfer arrives."""
    order.refresh_from_db()
    invoice = order.invoice
    assert invoice is not None
    pay_invoice(invoice)


def pay_invoice(invoice: Invoice) -> None:
    invoice.refresh_from_db()
    book_payment(
        actor=SYSTEM,
        account=invoice.account,
        amount=invoice.rest,
        method=Payment.Method.TRANSFER,
        idempotency_key=f"spei:{invoice.pk}:{invoice.paid}",
        invoice=invoice,
    )


@dataclass
class Panel:
    """One customer at work, as a browser would."""

    client: Client
    account: Account
    holder: Contact

    def order(self, name: str, *, years: int = 1, private: bool = False) -> Order:
        choices = f"dominio={name}&titular={self.holder.public_id}&anios={years}&privacidad={int(private)}"
        page = self.client.get(f"/dominios/nuevo/confirmar/?{choices}", follow=True)
        assert page.status_code == 200, page.content.decode()[:500]
        shown = page.context["sealed"]
        answer = self.client.post(page.context["action"], {"acepto": "on", "mostrado": shown})
        assert "/cuenta/pedidos/" in answer.get("Location", ""), answer.get("Location")
        return Order.objects.latest("pk")

    def transfer(self, name: str, code: str = AUTH_CODE) -> Domain:
        """*Enviar*, and the check that follows."""
        answer = self.client.post(
            f"/dominios/transferir/?dominio={name}", {"clave": code, "titular": str(self.holder.public_id)}
        )
        assert answer.status_code == 302, answer.content.decode()
        run_jobs()
        return Domain.objects.select_related("transfer", "last_job").get(name=name)

    def confirm_transfer(self, domain: Domain) -> Order:
        page = self.client.get(f"/dominios/{domain.public_id}/transferencia/confirmar/", follow=True)
        answer = self.client.post(page.context["action"], {"acepto": "on", "mostrado": page.context["sealed"]})
        assert "/cuenta/pedidos/" in answer["Location"]
        return Order.objects.latest("pk")

    def buy(self, name: str, **wishes) -> Domain:
        order = self.order(name, **wishes)
        pay(order)
        run_jobs()
        return Domain.objects.select_related("subscription", "last_job").get(name=name)


@pytest.fixture
def panel(registry, on_sale, administrator_client, account, holder) -> Panel:
    return Panel(administrator_client, account, holder)


@pytest.fixture
def competitor_takes(registry):
    """Somebody else registers a name."""

    def take(name: str) -> None:
        state = registry.registry.state
        state.domains[name] = replace(state.domains["transferible.com"], name=name, created_at=datetime.now(UTC))

    return take

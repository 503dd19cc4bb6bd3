"""*Transferir dominio*: nothing is charged before the check, and what fails afterwards is paid back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import ActionLogEntry
from cloudpanel.provisioning.models import Job, JobAttempt, JobSecret
from domains.models import Domain, DomainTransfer
from domains.sandbox.samples import AUTH_CODE, COMPETITOR
from domains.services.transferring import MOST_TRIES
from marketplace.models import Order
from tests.domains.lookup_peers import RDAP_DOMAIN, rdap_server
from tests.domains.registry.conftest import hurry_jobs, pay, run_jobs
from tests.factories import DomainFactory

Step = DomainTransfer.Step


def asked(panel, name: str = "transferible.com") -> Domain:
    domain = panel.transfer(name)
    pay(panel.confirm_transfer(domain))
    hurry_jobs()
    return Domain.objects.select_related("transfer").get(pk=domain.pk)


def approve(registry, name: str) -> None:
    held = registry.registry.state.domains[name]
    registry.registry.end_transfer(registry.registry.state.registrars[COMPETITOR], held.name, "clientApproved")


@pytest.mark.parametrize("name", ["transferible.com", "transferible.com.mx"])
def test_an_approved_transfer_makes_it_ours_for_a_year_more(panel, registry, name):
    before = registry.registry.state.domains[name].expires_at
    domain = asked(panel, name)
    assert domain.transfer.step == Step.ASKED
    page = panel.client.get(f"/dominios/{domain.public_id}/").content.decode()
    assert f"A más tardar el {date_format(timezone.localtime(domain.transfer.act_by), 'DATETIME_FORMAT')}" in page
    approve(registry, name)
    hurry_jobs()
    hurry_jobs()
    domain.refresh_from_db()
    assert (domain.state, domain.kind) == (Domain.State.ACTIVE, Domain.Kind.REGISTERED)
    held = registry.registry.state.domains[name]
    assert (held.sponsor, held.expires_at.year) == ("panel", before.year + 1)
    assert Order.objects.get().state == Order.State.COMPLETED


def test_a_rejected_transfer_is_paid_back(panel, registry):
    domain = asked(panel)
    registrar = registry.registry.state.registrars[COMPETITOR]
    registry.registry.end_transfer(registrar, domain.name, "clientRejected")
    hurry_jobs()
    hurry_jobs()
    domain.refresh_from_db()
    order = Order.objects.get()
    assert (domain.state, order.state) == (Domain.State.FAILED, Order.State.CANCELLED)
    assert order.invoice.credited == order.invoice.total
    assert "rechazó la transferencia" in domain.failure_message


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("bloqueado.com", AUTH_CODE, "está bloqueado"),
        ("reciente.com", AUTH_CODE, "menos de 60 días de registrado"),
        ("mudado.com", AUTH_CODE, "cambió de proveedor hace menos de 60 días"),
        ("transferible.com", "Otra-clave-1", "clave de autorización no es correcta"),
        ("nadie-lo-tiene.com", AUTH_CODE, "Nadie tiene registrado"),
    ],
)
def test_the_true_cause_is_told_before_anything_is_charged(panel, name, code, words):
    domain = panel.transfer(name, code)
    assert domain.state == Domain.State.FAILED
    assert words in domain.failure_message
    assert not Order.objects.exists()
    page = panel.client.get(f"/dominios/{domain.public_id}/")
    assert words in page.content.decode()


@pytest.mark.parametrize(
    ("event", "age", "state"),
    [("transfer", 20, Step.REFUSED), ("transfer", 90, Step.READY), ("registration", 5, Step.READY)],
)
def test_what_the_registry_does_not_tell_is_asked_by_rdap(panel, settings, event, age, state):
    """The registry said itself when it was registered, and is believed; not that it has changed hands since."""
    when = f"{datetime.now(UTC) - timedelta(days=age):%Y-%m-%dT%H:%M:%SZ}"
    with rdap_server() as server:
        options = {"settings": {"rdap": {"com": f"http://127.0.0.1:{server.port}"}, "seconds": 1.0}}
        entry = {"class": "domains.drivers.lookup.DomainLookup", "options": options, "concurrency": 2}
        settings.DRIVERS = {**settings.DRIVERS, "lookup": entry}
        events = [{"eventAction": event, "eventDate": when}, {"eventAction": "transfer", "eventDate": "nunca"}]
        server.say({**RDAP_DOMAIN, "ldhName": "TRANSFERIBLE.COM", "events": events})
        domain = panel.transfer("transferible.com")
    assert domain.transfer.step == state
    assert not Order.objects.exists()
    assert ("menos de 60 días" in domain.failure_message) == (state == Step.REFUSED)


def test_nobody_finds_a_key_by_trying(panel, account):
    for _n in range(MOST_TRIES):
        refused = DomainFactory(account=account, name="transferible.com", kind="transfer", state="failed")
        DomainTransfer.objects.create(domain=refused, step=Step.REFUSED)
    asking = {"clave": AUTH_CODE, "titular": str(panel.holder.public_id)}
    page = panel.client.post("/dominios/transferir/?dominio=transferible.com", asking)
    assert "pruebe dentro de una hora" in page.content.decode()
    DomainTransfer.objects.update(created_at=datetime.now(UTC) - timedelta(hours=2))
    assert panel.client.post("/dominios/transferir/?dominio=transferible.com", asking).status_code == 302


def test_the_key_is_kept_nowhere_but_encrypted_and_not_after_the_end(panel, registry):
    domain = asked(panel)
    kept = [*ActionLogEntry.objects.values_list("after", flat=True), *Job.objects.values_list("params", "result")]
    kept += JobAttempt.objects.values_list("detail", flat=True)
    assert AUTH_CODE not in str(kept)
    assert JobSecret.objects.filter(job=domain.last_job).exists()
    approve(registry, domain.name)
    hurry_jobs()
    assert not JobSecret.objects.exists()


def test_cancelling_takes_the_request_back_at_the_registry_and_the_money_to_the_customer(panel, registry):
    domain = asked(panel)
    panel.client.post(f"/dominios/{domain.public_id}/transferencia/cancelar/")
    run_jobs()
    assert registry.registry.state.domains[domain.name].transfer.status == "clientCancelled"
    order = Order.objects.get()
    assert (order.state, order.invoice.credited) == (Order.State.CANCELLED, order.invoice.total)


def test_whoever_does_not_confirm_within_a_day_is_told_so(panel):
    domain = panel.transfer("transferible.com")
    assert domain.transfer.step == Step.READY
    DomainTransfer.objects.update(checked_at=datetime.now(UTC) - timedelta(days=2))
    hurry_jobs()
    domain.refresh_from_db()
    assert domain.state == Domain.State.FAILED


@pytest.mark.parametrize("key", ["corta", "con espacio", "clave-con-ñ", "x" * 80])
def test_a_key_that_cannot_be_one_is_refused_at_once(panel, key):
    data = {"clave": key, "titular": str(panel.holder.public_id)}
    page = panel.client.post("/dominios/transferir/?dominio=transferible.com", data)
    assert "de 6 a 64 signos" in page.content.decode()
    assert not Domain.objects.exists()


def test_an_ending_that_nobody_serves_is_refused_with_those_that_are(panel):
    page = panel.client.get("/dominios/transferir/?dominio=empresa.fr").content.decode()
    assert "No trabajamos con la terminación .fr" in page
    assert ".com.mx" in page

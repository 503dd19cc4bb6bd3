"""Who holds a domain that is not ours: asked by RDAP and WHOIS on loopback, shown with the day on which it was seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cloudpanel.core.drivers import get_driver
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from domains.drivers.lookup.servers import rdap_servers, read_bootstrap, whois_servers
from domains.models import Domain, RegistryFacts
from domains.services.jobs import BATCH
from domains.services.looking_up import MOST_A_MINUTE, look_up_now, refresh_facts
from tests.domains.lookup_peers import NAME, RDAP_DOMAIN, rdap_server
from tests.factories import DomainFactory


@pytest.fixture
def rdap(settings):
    with rdap_server() as server:
        options = {"settings": {"rdap": {"com": f"http://127.0.0.1:{server.port}"}, "seconds": 1.0}}
        entry = {"class": "domains.drivers.lookup.DomainLookup", "options": options, "concurrency": 2}
        settings.DRIVERS = {**settings.DRIVERS, "lookup": entry}
        server.say(RDAP_DOMAIN)
        yield server


@pytest.fixture
def domain(account) -> Domain:
    return DomainFactory(account=account, name=NAME)


@pytest.fixture
def ask(actor, domain, run_jobs):
    def go() -> RegistryFacts:
        get_driver.cache_clear()  # it remembers answers for ten minutes
        look_up_now(actor=actor, domain=domain)
        run_jobs()
        return RegistryFacts.objects.get(domain=domain)

    return go


def test_who_asks_and_asks_waits_a_minute(account, domain, administrator_client):
    for number in range(MOST_A_MINUTE):
        other = DomainFactory(account=account, name=f"otro{number}.com")
        RegistryFacts.objects.create(domain=other, asked_at=timezone.now())
    page = administrator_client.post(f"/dominios/{domain.public_id}/consultar/", follow=True)
    assert "Espere un minuto" in page.content.decode()
    assert not Job.objects.exists()


def test_registrar_dates_and_states_are_on_the_page(rdap, ask, domain, administrator_client):
    ask()
    page = administrator_client.get(f"/dominios/{domain.public_id}/").content.decode()
    for words in (
        "Otro Registrador",
        "2027",
        "bloqueado contra transferencias",
        "ns1.otro.example",
        "por RDAP",
    ):
        assert words in page
    domain.refresh_from_db()
    assert domain.expires_at.year == 2027


def test_an_answer_that_is_not_understood_leaves_what_was_known(rdap, ask, domain, administrator_client):
    ask()
    rdap.say(b"[]")
    facts = ask()
    assert facts.registrar == "Otro Registrador"
    assert facts.asked_at > facts.found_at
    page = administrator_client.get(f"/dominios/{domain.public_id}/").content.decode()
    assert "no se pudo saber" in page


def test_an_ending_without_a_known_server_is_told_so(rdap, actor, account, run_jobs, administrator_client):
    other = DomainFactory(account=account, name="empresa.mx")
    look_up_now(actor=actor, domain=other)
    run_jobs()
    page = administrator_client.get(f"/dominios/{other.public_id}/").content.decode()
    assert "No conocemos el servidor" in page


def test_two_questions_at_once_are_one_too_many(rdap, actor, domain):
    look_up_now(actor=actor, domain=domain)
    with pytest.raises(BusinessError, match="Ya hay una operación en curso"):
        look_up_now(actor=actor, domain=domain)


def test_the_beat_asks_for_what_is_due_ten_at_a_time_and_only_once(rdap, account, run_jobs):
    for _ in range(BATCH + 2):
        DomainFactory(account=account)
    DomainFactory(account=account, state=Domain.State.PENDING)
    DomainFactory(account=account, kind=Domain.Kind.REGISTERED)
    assert refresh_facts() == BATCH + 2
    assert refresh_facts() == 0
    assert Job.objects.filter(operation="domains.look_up").count() == 2
    run_jobs()
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert refresh_facts() == BATCH + 2


def test_servers_come_from_the_package_the_operators_file_and_the_operator(tmp_path):
    file = tmp_path / "dns.json"
    file.write_text('{"services": [[["com", "LAT"], ["http://old.example/", "https://rdap.example/"]]]}')
    assert read_bootstrap(file.read_text()) == dict.fromkeys(("com", "lat"), "https://rdap.example/")
    servers = rdap_servers({"has_defaults": True, "rdap_file": str(file), "rdap": {"lat": "https://lat.example"}})
    assert (servers["com"], servers["lat"]) == ("https://rdap.example/", "https://lat.example")
    assert servers["de"] == "https://rdap.denic.de/"
    assert rdap_servers({}) == whois_servers({}) == {}


def test_a_stranger_gets_404_and_a_service_user_403(stranger_client, service_user_client, domain):
    assert stranger_client.post(f"/dominios/{domain.public_id}/consultar/").status_code == 404
    assert service_user_client.post(f"/dominios/{domain.public_id}/consultar/").status_code == 403

"""The domain doctor: expected, seen, since when, ready to copy; asked at real servers on loopback."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cloudpanel.provisioning.models import Job
from domains.doctor import DOUBLE, MISSING, OK, UNKNOWN, WRONG, Check, checks_of, judge, with_mechanism
from domains.models import Checkup, Domain
from domains.services.doctor import examine_due, examine_now
from tests.domains.dns_world import DnsWorld
from tests.factories import DomainFactory, MailDomainFactory, SubscriptionFactory

NAME = "empresa.test"


@pytest.fixture(autouse=True)
def _what_we_want(settings):
    settings.MAIL_DNS = {
        "mx": ["10 mail.empresa.test"],
        "spf": "include:_spf.panel.test",
        "dmarc": "v=DMARC1; p=none",
        "dkim": {"panel": "panel._domainkey.panel.test"},
        "autodiscover": "autodiscover.panel.test",
    }


@pytest.fixture
def domain(settings, account, world: DnsWorld) -> Domain:
    options = {"resolvers": [world.resolver], "authority_port": world.port, "seconds": 0.3, "allow_private": True}
    entry = {"class": "domains.drivers.observer.DnsObserver", "options": options, "concurrency": 4}
    settings.DRIVERS = {**settings.DRIVERS, "dns_observer": entry}
    expires = timezone.now() + timedelta(days=20)
    return DomainFactory(account=account, name=NAME, expires_at=expires)


@pytest.fixture
def examine(actor, domain, run_jobs):
    def go() -> dict[str, str]:
        examine_now(actor=actor, domain=domain)
        run_jobs()
        return {each["code"]: each["verdict"] for each in Checkup.objects.get(domain=domain).findings}

    return go


def page_of(client, domain: Domain) -> str:
    return client.get(f"/dominios/{domain.public_id}/").content.decode()


def test_each_part_of_the_dns_gets_its_verdict(examine):
    assert examine() == {
        "ns": OK,
        "mx": OK,
        "spf": MISSING,
        "dmarc": MISSING,
        "autodiscover": MISSING,
        "dkim": MISSING,
    }


def test_the_page_says_what_is_expected_what_is_seen_and_since_when(examine, account, domain, administrator_client):
    MailDomainFactory(subscription=SubscriptionFactory(account=account), name=NAME)
    examine()
    page = page_of(administrator_client, domain)
    for words in (
        "Salud del dominio",
        "10 mail.empresa.test",
        "v=spf1 include:_spf.panel.test ~all",
        "Falta",
        "Vence pronto",
    ):
        assert words in page
    assert "autodiscover.empresa.test" in page
    assert "data-copy" in page


def test_what_no_service_uses_is_no_fault(examine, domain, administrator_client):
    examine()
    page = page_of(administrator_client, domain)
    assert "No se usa aquí" in page
    assert "Falta" not in page


def test_since_stays_while_nothing_changes(examine, domain):
    examine()
    first = Checkup.objects.get(domain=domain).findings
    with time_machine.travel(timezone.now() + timedelta(hours=3), tick=False):
        examine()
    second = Checkup.objects.get(domain=domain)
    assert [each["since"] for each in second.findings] == [each["since"] for each in first]
    assert second.checked_at > timezone.now() + timedelta(hours=2)


def found(domain: Domain, *findings: tuple[str, str, str, list[str]]) -> None:
    rows = [
        {
            "code": code,
            "name": name,
            "verdict": verdict,
            "seen": [],
            "wanted": wanted,
            "note": "",
            "since": "2026-01-01",
        }
        for code, name, verdict, wanted in findings
    ]
    Checkup.objects.create(domain=domain, findings=rows, checked_at=timezone.now())


def test_one_click_writes_what_is_wanting_into_a_zone_of_ours(administrator_client, zone):
    name = zone.domain.name
    found(
        zone.domain,
        ("mx", name, MISSING, ["10 mail.panel.test"]),
        ("spf", name, MISSING, ["v=spf1 mx ~all"]),
        ("dkim", f"panel._domainkey.{name}", MISSING, ["panel._domainkey.panel.test"]),
        ("ns", name, WRONG, ["ns1.panel.test"]),
    )
    assert "Aplicar en el DNS" in page_of(administrator_client, zone.domain)
    administrator_client.post(f"/dominios/{zone.domain.public_id}/revisar/aplicar/")
    records = {(row.name, row.kind, row.value) for row in zone.records.applied()}
    assert {
        ("@", "MX", "10 mail.panel.test."),
        ("@", "TXT", '"v=spf1 mx ~all"'),
        ("panel._domainkey", "CNAME", "panel._domainkey.panel.test."),
    } <= records


def test_what_the_servers_did_not_answer_is_not_known_and_says_why(administrator_client, domain):
    found(domain, ("mx", NAME, UNKNOWN, []))
    Checkup.objects.update(findings=[{**Checkup.objects.get().findings[0], "note": "silence"}])
    assert "no respondieron a tiempo" in page_of(administrator_client, domain)


def test_without_a_zone_of_ours_the_records_are_copied(administrator_client, domain):
    found(domain, ("mx", NAME, MISSING, ["10 mail.panel.test"]))
    assert "Aplicar en el DNS" not in page_of(administrator_client, domain)
    page = administrator_client.post(f"/dominios/{domain.public_id}/revisar/aplicar/", follow=True)
    assert "no se administra aquí" in page.content.decode()


def test_the_beat_looks_at_what_is_due_ten_at_a_time(account, domain):
    for _ in range(10):
        DomainFactory(account=account)
    DomainFactory(account=account, state=Domain.State.PENDING)
    assert examine_due() == 11
    assert examine_due() == 0
    assert Job.objects.filter(operation="domains.examine", account=None).count() == 2


def spf(*records: str) -> tuple[str, tuple[str, ...]]:
    check = Check("spf", NAME, "TXT", ("v=spf1 include:_spf.panel.test ~all",))
    found = judge(check, "found", ["otra=cosa", *records])
    return found.verdict, found.wanted


@pytest.mark.parametrize(
    ("records", "verdict", "wanted"),
    [
        ([], MISSING, "v=spf1 include:_spf.panel.test ~all"),
        (["v=spf1 ip4:192.0.2.1 -all"], WRONG, "v=spf1 ip4:192.0.2.1 include:_spf.panel.test -all"),
        (["v=spf1 +include:_spf.panel.test -all"], OK, "v=spf1 +include:_spf.panel.test -all"),
        (["v=spf1 a ~all", "v=spf1 mx -all"], DOUBLE, "v=spf1 a mx include:_spf.panel.test ~all"),
        (["v=spf1 redirect=otro.test"], WRONG, "v=spf1 include:_spf.panel.test redirect=otro.test"),
        (["v=spf1"], WRONG, "v=spf1 include:_spf.panel.test"),
    ],
)
def test_an_spf_record_keeps_what_the_customer_has(records, verdict, wanted):
    assert spf(*records) == (verdict, (wanted,))


def test_a_mechanism_is_added_once():
    once = with_mechanism("v=spf1 -all", "mx")
    assert with_mechanism(once, "mx") == once == "v=spf1 mx -all"


@pytest.mark.parametrize(
    ("code", "note", "values", "verdict"),
    [
        ("mx", "found", ["20 mail.empresa.test"], OK),
        ("mx", "found", ["10 mail.empresa.test", "20 viejo.test"], WRONG),
        ("mx", "no_record", [], MISSING),
        ("mx", "silence", [], UNKNOWN),
        ("mx", "broken", [], UNKNOWN),
        ("dmarc", "found", ["v=DMARC1; p=reject"], OK),
        ("dmarc", "found", ["v=DMARC1; p=reject", "v=DMARC1; p=none"], DOUBLE),
        ("dmarc", "found", ["algo"], MISSING),
        ("dkim", "found", ["otro.test"], WRONG),
        ("autodiscover", "found", ["autodiscover.panel.test"], OK),
        ("ns", "found", ["ns1.a.test", "ns2.a.test"], OK),
        ("ns", "found", ["ns1.b.test"], WRONG),
    ],
)
def test_verdicts(code, note, values, verdict):
    [check] = [each for each in checks_of(NAME, ["NS2.a.test.", "ns1.a.test"]) if each.code == code]
    assert judge(check, note, values).verdict == verdict


def test_a_stranger_gets_404_and_a_service_user_403(stranger_client, service_user_client, domain):
    assert stranger_client.post(f"/dominios/{domain.public_id}/revisar/").status_code == 404
    assert service_user_client.post(f"/dominios/{domain.public_id}/revisar/").status_code == 403

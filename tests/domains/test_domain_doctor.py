"""The domain doctor: expected, seen, since when, ready to copy; asked at real servers on loopback."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cloudpanel.provisioning.models import Job
from domains.doctor import DOUBLE, MISSING, OK, UNKNOWN, WRONG, Check, checks_of, judge
from domains.models import Checkup, Domain
from domains.services.doctor import examine_due, examine_now, expected_nameservers
from domains.services.zone_drafts import add_record
from domains.services.zones import apply_now
from domains.spf import walk, with_mechanism
from domains.zones.records import Record
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
        (["v=spf1 -all include:_spf.panel.test"], WRONG, "v=spf1 include:_spf.panel.test -all"),
        (["v=spf1 -include:_spf.panel.test ~all"], WRONG, "v=spf1 include:_spf.panel.test ~all"),
        (["V=SPF1 Include:_SPF.panel.test -ALL"], OK, "V=SPF1 Include:_SPF.panel.test -ALL"),
        (["v=spf10 mx", "v=spf1 include:_spf.panel.test ?all"], OK, "v=spf1 include:_spf.panel.test ?all"),
    ],
)
def test_an_spf_record_keeps_what_the_customer_has(records, verdict, wanted):
    assert spf(*records) == (verdict, (wanted,))


def test_an_spf_record_may_name_us_through_another_one():
    there = {"correo.test": ["v=spf1 include:_spf.panel.test -all"], "_spf.panel.test": ["v=spf1 ip4:192.0.2.1 -all"]}
    for record in ("v=spf1 include:correo.test -all", "v=spf1 redirect=correo.test"):
        assert walk(NAME, record, "include:_spf.panel.test", there.get).reaches
    for record in ("v=spf1 -include:correo.test -all", "v=spf1 -all redirect=correo.test", "v=spf1 a:correo.test"):
        assert not walk(NAME, record, "include:_spf.panel.test", there.get).reaches


@pytest.mark.parametrize(
    ("record", "trouble"),
    [
        ("v=spf1 include:vacio.test -all", "spf_include"),
        ("v=spf1 ipv4:192.0.2.1 -all", "spf_syntax"),
        ("v=spf1 ip4:192.0.2.999 -all", "spf_syntax"),
        ("v=spf1 include=vacio.test, -all", "spf_syntax"),
        ("v=spf1 include:doble.test -all", "spf_include"),
        ("v=spf1 include:bucle.test -all", "spf_loop"),
        (f"v=spf1 redirect={NAME}", "spf_loop"),
        ("v=spf1 a mx ptr exists:x.test include:cinco.test a:b.test -all", ""),
        ("v=spf1 a mx ptr exists:x.test include:cinco.test a:b.test a:c.test -all", "spf_lookups"),
        ("v=spf1 include:cinco.test include:cinco.test a -all", "spf_lookups"),
        ("v=spf1 include:sinfin.test -all", ""),
        ("v=spf1 include:%{d}.macro.test ip4:192.0.2.0/24 -all", ""),
        ("v=spf1 exp=explica.test -all", ""),
        ("v=spf1 exp=explica.test ]roto[ -all", "spf_syntax"),
    ],
)
def test_an_spf_record_that_receivers_give_up_on_is_told_so(record, trouble):
    there = {
        "vacio.test": ["otra cosa"],
        "doble.test": ["v=spf1 -all", "v=spf1 ~all"],
        "bucle.test": [f"v=spf1 include:{NAME} -all"],
        "cinco.test": ["v=spf1 a mx a:1.test a:2.test -all a:3.test"],
    }
    assert walk(NAME, record, "include:_spf.panel.test", there.get).trouble == trouble


def test_a_chain_of_includes_that_never_ends_is_left_after_ten():
    asked: list[str] = []

    def fetch(name: str) -> list[str]:
        asked.append(name)
        return [f"v=spf1 include:x{name} -all"]

    assert walk(NAME, "v=spf1 include:x.test -all", "mx", fetch).trouble == "spf_lookups"
    assert len(asked) == 10


def test_the_page_says_what_is_the_matter_with_a_record(administrator_client, domain):
    rows = [("mx", "null_mx", "no recibe correo"), ("spf", "spf_lookups", "más de 10 consultas")]
    for code, note, words in rows:
        Checkup.objects.filter(domain=domain).delete()
        found(domain, (code, NAME, WRONG, ["x"]))
        Checkup.objects.update(findings=[{**Checkup.objects.get().findings[0], "note": note}])
        assert words in page_of(administrator_client, domain)


def test_what_only_its_owner_can_mend_is_offered_no_click(administrator_client, zone):
    found(zone.domain, ("spf", zone.name, WRONG, ["v=spf1 include:vacio.test mx -all"]))
    finding = Checkup.objects.get().findings[0]
    Checkup.objects.update(findings=[{**finding, "seen": finding["wanted"], "note": "spf_include"}])
    page = administrator_client.post(f"/dominios/{zone.domain.public_id}/revisar/aplicar/", follow=True)
    assert "No falta nada" in page.content.decode()


def test_what_the_zone_says_itself_is_kept_by_the_click(administrator_client, zone, actor):
    for name, text in (("@", "v=spf1 include:otro.test -all"), ("_dmarc", "v=DMARC1; p=reject")):
        add_record(actor=actor, zone=zone, record=Record.of(zone.name, name, "TXT", text))
    apply_now(actor, zone)
    found(
        zone.domain,
        ("spf", zone.name, WRONG, ["v=spf1 include:viejo.test include:_spf.panel.test -all"]),
        ("dmarc", f"_dmarc.{zone.name}", MISSING, ["v=DMARC1; p=none"]),
    )
    administrator_client.post(f"/dominios/{zone.domain.public_id}/revisar/aplicar/")
    assert {row.value for row in zone.records.applied().filter(kind="TXT")} == {
        '"v=spf1 include:otro.test include:_spf.panel.test -all"',
        '"v=DMARC1; p=reject"',
    }


def test_nameservers_are_expected_to_be_ours_where_we_host_the_zone(administrator_client, zone):
    found(zone.domain, ("ns", zone.name, WRONG, ["ns1.panel.example"]))
    assert "No coincide" in page_of(administrator_client, zone.domain)
    zone.domain.kind, zone.domain.nameservers = Domain.Kind.EXTERNAL, ["ns.viejo.example"]
    assert expected_nameservers(zone.domain) == ("ns1.panel.example", "ns2.panel.example")
    zone.domain.kind = Domain.Kind.REGISTERED
    assert expected_nameservers(zone.domain) == ["ns.viejo.example"]


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
        ("dmarc", "found", ["v=DMARC1"], WRONG),
        ("dmarc", "found", ["v=DMARC1; p=nada; rua=mailto:a@b.test"], WRONG),
        ("dmarc", "found", ["v=DMARC1;sp=none;p=quarantine;pct=5"], OK),
        ("mx", "found", ["0 ."], WRONG),
        ("dkim", "found", ["otro.test"], WRONG),
        ("autodiscover", "found", ["autodiscover.panel.test"], OK),
        ("ns", "found", ["ns1.a.test", "ns2.a.test"], OK),
        ("ns", "found", ["ns1.b.test"], WRONG),
    ],
)
def test_verdicts(code, note, values, verdict):
    [check] = [each for each in checks_of(NAME, ["NS2.a.test.", "ns1.a.test"]) if each.code == code]
    assert judge(check, note, values).verdict == verdict


@pytest.mark.parametrize("record", ["v=DMARC1; rua=mailto:a@b.test", "v=DMARC1;p=nada ; rua=mailto:a@b.test;"])
def test_a_dmarc_without_a_policy_gets_one_and_keeps_the_rest(record):
    [check] = [each for each in checks_of(NAME, []) if each.code == "dmarc"]
    assert judge(check, "found", [record]).wanted == ("v=DMARC1; p=none; rua=mailto:a@b.test",)


def test_a_stranger_gets_404_and_a_service_user_403(stranger_client, service_user_client, domain):
    assert stranger_client.post(f"/dominios/{domain.public_id}/revisar/").status_code == 404
    assert service_user_client.post(f"/dominios/{domain.public_id}/revisar/").status_code == 403

"""Zones reach the primary server by signed dynamic updates: wholly or not at all, and never by accident. Debian's Knot and
Debian's BIND are held to the same contract; that zones come and go by the catalog is Knot's alone."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError
from domains.drivers.dns import ZonePublisher
from domains.drivers.dns.local_knot import CATALOG
from domains.drivers.dns.publisher import changes_in_words
from domains.zones.records import BadRecord, Record, quoted

ZONE = "cliente.example"


def record(name: str, kind: str, value: str, ttl: int = 3600) -> Record:
    return Record.of(ZONE, name, kind, value, ttl)


EVERYTHING = [
    record("@", "A", "192.0.2.10"),
    record("www", "AAAA", "2001:db8::10"),
    record("@", "MX", "10 mail.panel.example."),
    record("@", "TXT", "v=spf1 include:panel.example -all"),
    record("ayuda", "CNAME", "www"),
    record("_sip._tcp", "SRV", "10 5 5060 sip"),
    record("@", "CAA", '0 issue "letsencrypt.org"'),
    record("sub", "NS", "ns.otro.example."),
    record("sel._domainkey", "TXT", "v=DKIM1; k=rsa; p=" + "A" * 400),
]


@pytest.fixture(params=["knot", "bind"])
def primary(request) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def publisher(primary):
    publisher = ZonePublisher(primary.settings)
    publisher.ensure_zone(ZONE)
    publisher.publish(ZONE, [], is_forced=True)
    return publisher


def test_every_kind_of_record_is_published_and_read_back(publisher, primary):
    publisher.publish(ZONE, EVERYTHING)
    assert publisher.read(ZONE)[1] == frozenset(EVERYTHING)
    [answer] = primary.resolver().resolve(f"sel._domainkey.{ZONE}", "TXT")
    assert b"".join(answer.strings).endswith(b"A" * 400)


def test_publishing_again_changes_nothing(publisher):
    publisher.publish(ZONE, EVERYTHING)
    serial = publisher.read(ZONE)[0]
    assert publisher.publish(ZONE, EVERYTHING).is_empty
    assert publisher.read(ZONE)[0] == serial


def test_only_what_differs_is_sent(publisher):
    publisher.publish(ZONE, EVERYTHING)
    moved = [record("@", "A", "192.0.2.11"), *EVERYTHING[1:]]
    plan = publisher.publish(ZONE, moved)
    assert list(changes_in_words(plan)) == ["- @ A 192.0.2.10", "+ @ A 192.0.2.11"]


def test_the_names_of_the_provider_stay(publisher, primary):
    publisher.publish(ZONE, EVERYTHING)
    publisher.publish(ZONE, [], is_forced=True)
    assert len(primary.resolver().resolve(ZONE, "NS")) == 2


def test_a_plan_for_a_third_of_the_zone_is_not_applied_unless_forced(publisher):
    many = [record(f"h{number}", "A", f"192.0.2.{number}") for number in range(20)]
    publisher.publish(ZONE, many)
    with pytest.raises(PermanentError, match="35%"):
        publisher.publish(ZONE, many[7:])
    assert publisher.read(ZONE)[1] == frozenset(many)
    publisher.publish(ZONE, many[6:])
    publisher.publish(ZONE, [], is_forced=True)
    assert publisher.read(ZONE)[1] == frozenset()


def test_a_plan_for_a_zone_that_changed_meanwhile_is_not_applied(publisher):
    plan = publisher.plan(ZONE, [record("@", "A", "192.0.2.1")])
    publisher.publish(ZONE, [record("otro", "A", "192.0.2.2")])
    with pytest.raises(TransientError):
        publisher.apply(plan)
    assert publisher.read(ZONE)[1] == {record("otro", "A", "192.0.2.2")}


def test_two_workers_publishing_the_same_zone_agree(publisher, primary):
    def publish(_number: int) -> Any:
        return ZonePublisher(primary.settings).publish(ZONE, EVERYTHING)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish, range(2)))
    assert publisher.read(ZONE)[1] == frozenset(EVERYTHING)


def test_a_wrong_key_or_a_zone_that_is_not_served_is_ours_to_mend(publisher, primary):
    stranger = ZonePublisher(primary.settings | {"key_secret": base64.b64encode(b"x" * 32).decode()})
    for wrong, zone in ((stranger, ZONE), (publisher, "ajena.example")):
        with pytest.raises(ConfigurationError):
            wrong.publish(zone, EVERYTHING)
    with pytest.raises(ConfigurationError):
        ZonePublisher(primary.settings | {"key_secret": "no base64"})


def test_a_server_that_is_away_is_a_transient_failure(primary):
    with pytest.raises(TransientError):
        ZonePublisher(primary.settings | {"port": 1}).publish(ZONE, EVERYTHING)


@pytest.mark.parametrize(
    ("name", "kind", "value", "ttl", "field"),
    [
        ("@", "A", "999.1.1.1", 3600, "value"),
        ("@", "A", "www", 3600, "value"),
        ("@", "MX", "mail", 3600, "value"),
        ("a" * 64, "A", "192.0.2.1", 3600, "name"),
        ("www.otro.example.", "A", "192.0.2.1", 3600, "name"),
        ("@", "PTR", "x.", 3600, "kind"),
        ("@", "NS", "ns.otro.example.", 3600, "kind"),
        ("@", "A", "192.0.2.1", 5, "ttl"),
        ("@", "A", "192.0.2.1\n@ A 192.0.2.2", 3600, "value"),
    ],
)
def test_a_record_that_cannot_be_is_refused_at_its_field(name, kind, value, ttl, field):
    with pytest.raises(BadRecord) as refused:
        Record.of(ZONE, name, kind, value, ttl)
    assert refused.value.field == field


def test_a_zone_comes_and_goes_by_the_catalog(knot):
    publisher = ZonePublisher(knot.settings)
    publisher.ensure_zone(ZONE)
    publisher.ensure_zone("nueva.example")
    publisher.publish("nueva.example", [record("www", "A", "192.0.2.1")])
    publisher.remove_zone("nueva.example")
    assert not knot.serves("nueva.example")
    publisher.ensure_zone("nueva.example")
    assert publisher.read("nueva.example")[1] == frozenset()
    for _again in range(2):
        publisher.remove_zone("nueva.example")
    assert knot.serves(ZONE)


def test_a_secondary_learns_of_a_zone_and_of_its_end_by_the_same_catalog(knot, bind):
    publisher = ZonePublisher(knot.settings)
    publisher.ensure_zone("secundada.example")
    publisher.publish("secundada.example", [record("www", "A", "192.0.2.1")])
    bind.tell(CATALOG)
    bind.wait_for("secundada.example")
    assert [each.to_text() for each in bind.resolver().resolve("www.secundada.example")] == ["192.0.2.1"]
    publisher.remove_zone("secundada.example")
    bind.tell(CATALOG)
    bind.wait_for("secundada.example", is_served=False)


def test_without_a_catalog_a_zone_that_is_not_there_is_ours_to_mend(publisher, primary):
    alone = ZonePublisher(primary.settings | {"catalog": ""})
    alone.ensure_zone(ZONE)
    for act in (alone.ensure_zone, alone.remove_zone):
        with pytest.raises(ConfigurationError):
            act("nadie.example")


def test_a_giant_zone_goes_in_several_messages(publisher):
    giant = [record(f"t{number}", "TXT", "x" * 2000) for number in range(40)]
    giant += [record(f"h{number}", "A", "192.0.2.1") for number in range(600)]
    publisher.publish(ZONE, giant)
    assert publisher.read(ZONE)[1] == frozenset(giant)
    publisher.publish(ZONE, [], is_forced=True)
    assert publisher.read(ZONE)[1] == frozenset()


@settings(max_examples=25)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=600).filter(lambda text: not text.startswith('"')))
def test_any_text_survives_as_txt(text):
    import dns.rdata

    data: Any = dns.rdata.from_text("IN", "TXT", quoted(text))
    assert b"".join(data.strings) == text.encode()

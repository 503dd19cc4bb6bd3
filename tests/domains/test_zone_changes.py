"""Changes of a zone are prepared, planned and applied; whatever was in force can be gone back to."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from accounts.models import ActionLogEntry
from cloudpanel.core.exceptions import BusinessError
from domains.models import Domain, Zone
from domains.services.zone_drafts import (
    add_record,
    change_record,
    discard_changes,
    keep_record,
    remove_record,
    stage_wanted,
)
from domains.services.zone_expected import Expected, apply_expected, missing_in
from domains.services.zone_imports import import_zone_file
from domains.services.zone_publishing import adopt_server
from domains.services.zones import apply_plan, create_zone, go_back, plan_of
from domains.zones.records import Record
from tests.factories import DomainFactory

WWW = Record("www", "A", "192.0.2.1")


def apply(actor, zone, **more):
    zone.refresh_from_db()
    return apply_plan(actor=actor, zone=zone, fingerprint=plan_of(zone).fingerprint, **more)


def put(actor, zone, records) -> None:
    stage_wanted(actor=actor, zone=zone, wanted=records, action="imported")
    apply(actor, zone, is_confirmed=True)


def applied(zone) -> set[Record]:
    return {row.record for row in zone.records.applied()}


def refused(code: str):
    return pytest.raises(BusinessError, check=lambda error: error.code == code)


def test_nothing_is_in_force_before_it_is_applied(zone, actor):
    add_record(actor=actor, zone=zone, record=WWW)
    assert applied(zone) == set()
    apply(actor, zone)
    assert applied(zone) == {WWW}
    zone.refresh_from_db()
    assert (zone.version, zone.published_version) == (2, 0)


def test_the_default_records_are_the_first_version(actor, account, settings, zone):
    settings.ZONE_DEFAULT_RECORDS = ["@ A 192.0.2.80", "www CNAME @"]
    other = create_zone(actor=actor, domain=DomainFactory(account=account, name="otro.example"))
    assert applied(other) == {Record("@", "A", "192.0.2.80"), Record("www", "CNAME", "otro.example.")}
    assert other.versions.get().number == 1


def test_a_change_is_one_removal_and_one_addition(zone, actor):
    put(actor, zone, [WWW])
    new = Record("www", "A", "192.0.2.2")
    change_record(actor=actor, zone=zone, row=zone.records.get(), record=new)
    plan = plan_of(zone)
    assert [row.record for row in plan.add] == [new]
    assert [row.record for row in plan.remove] == [WWW]
    discard_changes(actor=actor, zone=zone)
    assert not plan_of(zone)
    assert applied(zone) == {WWW}


def test_a_record_taken_back_before_it_was_applied_leaves_no_trace(zone, actor):
    add_record(actor=actor, zone=zone, record=WWW)
    remove_record(actor=actor, zone=zone, row=zone.records.get())
    assert not zone.records.exists()


def test_a_removal_is_taken_back_unless_its_place_is_taken(zone, actor):
    put(actor, zone, [WWW])
    row = zone.records.get()
    remove_record(actor=actor, zone=zone, row=row)
    add_record(actor=actor, zone=zone, record=Record("www", "CNAME", "otro.example."))
    with refused("cname"):
        keep_record(actor=actor, zone=zone, row=row)
    discard_changes(actor=actor, zone=zone)
    remove_record(actor=actor, zone=zone, row=row)
    keep_record(actor=actor, zone=zone, row=row)
    assert not plan_of(zone)


def test_records_of_a_name_and_kind_live_equally_long(zone, actor):
    put(actor, zone, [WWW])
    add_record(actor=actor, zone=zone, record=Record("www", "A", "192.0.2.2", 300))
    apply(actor, zone)
    assert {record.ttl for record in applied(zone)} == {300}


@pytest.mark.parametrize(
    ("there", "new", "code"),
    [
        (WWW, Record("www", "CNAME", "otro.example."), "cname"),
        (Record("www", "CNAME", "otro.example."), WWW, "cname"),
        (WWW, WWW, "taken"),
        (Record("@", "MX", "0 ."), Record("@", "MX", "10 mail.panel.example."), "null_mx"),
        (Record("@", "TXT", '"v=spf1 -all"'), Record("@", "TXT", '"v=spf1 mx -all"'), "spf"),
        (Record("@", "TXT", f'"{"a" * 31990}"'), Record("@", "TXT", '"more than fits"'), "too_large"),
    ],
)
def test_what_cannot_stand_together_is_refused(zone, actor, there, new, code):
    put(actor, zone, [there])
    with refused(code):
        add_record(actor=actor, zone=zone, record=new)


def test_a_cname_that_leads_back_to_itself_is_refused(zone, actor):
    put(actor, zone, [Record("a", "CNAME", "b.cliente.example."), Record("b", "CNAME", "c.cliente.example.")])
    for name in ("c", "solo"):
        target = "a" if name == "c" else name
        with refused("circle"):
            add_record(actor=actor, zone=zone, record=Record(name, "CNAME", f"{target}.cliente.example."))
    with refused("circle"):
        import_zone_file(actor=actor, zone=zone, text="x CNAME y\ny CNAME z\nz CNAME x\n", is_merged=True)
    add_record(actor=actor, zone=zone, record=Record("c", "CNAME", "a.otro.example."))


def test_what_lives_too_short_at_the_server_is_not_adopted(zone, actor):
    Zone.objects.filter(pk=zone.pk).update(extra=[["www", "A", "192.0.2.1", 30]])
    with refused("ttl"):
        adopt_server(actor=actor, zone=zone)


def test_a_plan_that_changed_meanwhile_must_be_looked_at_again(zone, actor):
    add_record(actor=actor, zone=zone, record=WWW)
    seen = plan_of(zone).fingerprint
    add_record(actor=actor, zone=zone, record=Record("ftp", "A", "192.0.2.3"))
    with refused("changed"):
        apply_plan(actor=actor, zone=zone, fingerprint=seen)
    assert applied(zone) == set()


def test_two_people_who_change_one_record_do_not_overwrite_each_other(zone, actor):
    put(actor, zone, [WWW])
    row = zone.records.get()
    change_record(actor=actor, zone=zone, row=row, record=Record("www", "A", "192.0.2.2"))
    with refused("gone"):
        change_record(actor=actor, zone=zone, row=row, record=Record("www", "A", "192.0.2.3"))


def test_more_than_thirty_percent_needs_a_confirmation(zone, actor):
    many = [Record(f"h{number}", "A", "192.0.2.1") for number in range(20)]
    put(actor, zone, many)
    stage_wanted(actor=actor, zone=zone, wanted=many[7:], action="imported")
    with refused("too_much"):
        apply(actor, zone)
    apply(actor, zone, is_confirmed=True)
    assert len(applied(zone)) == 13


def test_an_import_does_not_swallow_what_others_prepared(zone, actor):
    add_record(actor=actor, zone=zone, record=WWW)
    with refused("unapplied"):
        stage_wanted(actor=actor, zone=zone, wanted=[], action="imported")


def test_a_domain_that_is_not_proved_gets_no_zone(actor, account, zone):
    claimed = DomainFactory(account=account, name="ajeno.example", kind="external", state=Domain.State.PENDING)
    with pytest.raises(BusinessError, match="compruebe"):
        create_zone(actor=actor, domain=claimed)
    with refused("taken"):
        create_zone(actor=actor, domain=zone.domain)


def test_what_our_services_expect_displaces_only_its_like(zone, actor):
    text = Record("@", "TXT", '"google-site-verification=abc"')
    old = [Record("@", "MX", "10 viejo.example."), Record("@", "TXT", '"v=spf1 a -all"'), text]
    put(actor, zone, old)
    expected = [
        Expected("@", "MX", "10 mail.panel.example."),
        Expected("@", "TXT", "v=spf1 include:panel.example -all"),
    ]
    assert missing_in(zone, expected) == expected
    assert apply_expected(actor=actor, zone=zone, expected=expected)
    assert missing_in(zone, expected) == []
    assert text in applied(zone)
    assert len(applied(zone)) == 3


def test_one_click_never_applies_what_somebody_else_prepared(zone, actor):
    add_record(actor=actor, zone=zone, record=WWW)
    assert not apply_expected(
        actor=actor, zone=zone, expected=[Expected("autodiscover", "CNAME", "mail.panel.example.")]
    )
    assert applied(zone) == set()
    assert len(plan_of(zone).add) == 2


def test_every_step_is_in_the_log(zone, actor):
    add_record(actor=actor, zone=zone, record=WWW)
    apply(actor, zone)
    actions = set(ActionLogEntry.objects.values_list("action", flat=True))
    assert {"domains.zone.created", "domains.zone.record_added", "domains.zone.applied"} <= actions


NAMES = st.sampled_from(["@", "www", "mail", "_dmarc"])
VALUES = st.sampled_from([("A", "192.0.2.1"), ("A", "192.0.2.2"), ("TXT", '"a"'), ("TXT", '"b"'), ("MX", "10 m.x.")])
SETS = st.lists(st.tuples(NAMES, VALUES), max_size=6).map(
    lambda pairs: {Record(name, kind, value) for name, (kind, value) in pairs}
)


@budget(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=SETS, second=SETS)
def test_applying_a_plan_always_reaches_what_was_wanted_and_undoing_returns(zone, actor, first, second):
    for wanted in (first, second):
        if stage_wanted(actor=actor, zone=zone, wanted=wanted, action="imported"):
            apply(actor, zone)
        assert applied(zone) == wanted
    zone = Zone.objects.get(pk=zone.pk)
    earlier = next(
        (one for one in zone.versions.all() if {Record.from_list(row) for row in one.records} == first), None
    )
    if earlier is not None:
        go_back(actor=actor, zone=zone, version=earlier)
        assert {row.record for row in zone.records.wanted()} == first
        discard_changes(actor=actor, zone=zone)

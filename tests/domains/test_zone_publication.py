"""What was applied is what Debian's Knot answers; what somebody else wrote there is never overwritten unasked."""

from __future__ import annotations

import base64
from uuid import uuid4

import pytest

from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.models import Job
from domains.drivers.dns import ZonePublisher
from domains.models import Zone
from domains.operations.zones import _publish
from domains.services.zone_drafts import stage_wanted
from domains.services.zone_publishing import (
    adopt_server,
    compare_all,
    compare_zone,
    publish_again,
    repair_server,
    withdraw_orphans,
    withdraw_zone,
)
from domains.services.zones import apply_plan, create_zone, plan_of
from domains.zones.records import Record
from tests.factories import DomainFactory

WWW, FTP, BY_HAND = (Record(name, "A", f"192.0.2.{number}") for number, name in enumerate(("www", "ftp", "ajeno"), 1))


@pytest.fixture
def hosted(hosting, account, actor, run_jobs) -> Zone:
    zone = create_zone(actor=actor, domain=DomainFactory(account=account, name=f"z{uuid4().hex[:8]}.example"))
    run_jobs()
    return zone


def put(actor, zone, *records) -> None:
    stage_wanted(actor=actor, zone=zone, wanted=records, action="imported")
    apply_plan(actor=actor, zone=zone, fingerprint=plan_of(fresh(zone)).fingerprint)


def there(zone) -> frozenset[Record]:
    return get_driver("zones").read(zone.name)[1]


def by_hand(zone, *records) -> None:
    get_driver("zones").publish(zone.name, records, is_forced=True)


def fresh(zone) -> Zone:
    return Zone.objects.select_related("domain", "account", "last_job").get(pk=zone.pk)


def test_what_is_applied_is_answered(hosted, actor, run_jobs, hosting):
    put(actor, hosted, WWW)
    run_jobs()
    assert str(hosting.resolver().resolve(f"www.{hosted.name}")[0]) == "192.0.2.1"
    assert fresh(hosted).is_published
    assert fresh(hosted).serial


def test_what_is_applied_while_a_job_waits_is_published_by_it(hosted, actor, run_jobs):
    put(actor, hosted, WWW)
    put(actor, hosted, WWW, FTP)
    run_jobs()
    assert there(hosted) == {WWW, FTP}
    assert Job.objects.filter(operation="domains.publish_zone").count() == 2


def test_what_is_applied_while_a_job_runs_is_published_after_it(hosted, actor, run_jobs, monkeypatch):
    put(actor, hosted, WWW)
    original, later = ZonePublisher.apply, [FTP]

    def apply(self, plan, **options):
        original(self, plan, **options)
        if later:
            put(actor, hosted, WWW, later.pop())

    monkeypatch.setattr(ZonePublisher, "apply", apply)
    run_jobs()
    assert there(hosted) == {WWW, FTP}
    assert fresh(hosted).is_published


def test_a_worker_killed_after_the_update_changes_nothing_the_second_time(hosted, actor, run_jobs):
    put(actor, hosted, WWW)
    job = fresh(hosted).last_job
    _publish(type("Run", (), {"job": job, "params": job.params})())  # and died before it could say so
    serial = get_driver("zones").read(hosted.name)[0]
    run_jobs()
    assert fresh(hosted).is_published
    assert fresh(hosted).serial == serial


def test_a_half_published_zone_is_finished(hosted, actor, run_jobs):
    put(actor, hosted, WWW, FTP)
    by_hand(hosted, WWW)  # the first of two messages
    run_jobs()
    assert there(hosted) == {WWW, FTP}


def test_what_somebody_wrote_at_the_server_stops_the_publication(hosted, actor, run_jobs):
    put(actor, hosted, WWW)
    run_jobs()
    by_hand(hosted, WWW, BY_HAND)
    put(actor, hosted, WWW, FTP)
    run_jobs()
    zone = fresh(hosted)
    assert zone.extra == [BY_HAND.as_list()]
    assert zone.last_job.state == "failed"
    assert "que no hizo este panel" in zone.last_job.user_message
    repair_server(actor=actor, zone=zone)
    run_jobs()
    assert there(hosted) == {WWW, FTP}
    assert not fresh(hosted).has_drift


def test_what_the_server_has_can_be_adopted(hosted, actor, run_jobs):
    put(actor, hosted, WWW)
    run_jobs()
    by_hand(hosted, BY_HAND)
    compare_zone(actor=actor, zone=hosted)
    run_jobs()
    zone = fresh(hosted)
    assert (zone.extra, zone.missing) == ([BY_HAND.as_list()], [WWW.as_list()])
    adopt_server(actor=actor, zone=zone)
    apply_plan(actor=actor, zone=zone, fingerprint=plan_of(zone).fingerprint)
    run_jobs()
    assert there(hosted) == {BY_HAND}
    assert fresh(hosted).is_published
    assert not fresh(hosted).has_drift


def test_a_zone_that_the_server_lost_comes_back_when_somebody_says_so(hosted, actor, run_jobs):
    put(actor, hosted, WWW)
    run_jobs()
    get_driver("zones").remove_zone(hosted.name)
    compare_all()
    assert Job.objects.filter(operation="domains.compare_zone").count() == 0  # looked at a moment ago
    Zone.objects.update(compared_at=None)
    compare_all()
    run_jobs()
    assert fresh(hosted).missing == [WWW.as_list()]
    repair_server(actor=actor, zone=hosted)
    run_jobs()
    assert there(hosted) == {WWW}


def test_a_wrong_key_is_supports_to_mend_and_can_be_tried_again(hosted, actor, run_jobs, settings):
    right = settings.DRIVERS
    wrong = right["zones"]["options"]["settings"] | {"key_secret": base64.b64encode(b"x" * 32).decode()}
    settings.DRIVERS = right | {"zones": right["zones"] | {"options": {"settings": wrong}}}
    put(actor, hosted, WWW)
    run_jobs()
    zone = fresh(hosted)
    assert (zone.last_job.failure, zone.is_published) == ("configuration", False)
    settings.DRIVERS = right
    publish_again(actor=actor, zone=zone)
    run_jobs()
    assert there(hosted) == {WWW}


def test_a_server_that_is_away_is_asked_again(zone, run_jobs):
    run_jobs(honour_run_after=True)
    job = fresh(zone).last_job
    assert (job.state, job.attempts) == ("queued", 1)
    assert not fresh(zone).is_published


def test_a_withdrawn_zone_is_no_longer_served_and_may_begin_anew(hosted, actor, run_jobs, hosting):
    put(actor, hosted, WWW)
    run_jobs()
    withdraw_zone(actor=actor, zone=hosted)
    run_jobs()
    assert fresh(hosted).state == Zone.State.WITHDRAWN
    assert not hosting.serves(hosted.name)
    again = create_zone(actor=actor, domain=hosted.domain)
    run_jobs()
    assert there(again) == frozenset()


def test_zones_of_domains_that_left_are_withdrawn(hosted, run_jobs, hosting):
    hosted.domain.state = "gone"
    hosted.domain.save(update_fields=["state"])
    withdraw_orphans()
    run_jobs()
    assert not hosting.serves(hosted.name)

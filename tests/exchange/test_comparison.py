"""The panel beside the mail server: what differs is found, told once, and closes when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import ActionLogEntry, Notification
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import ConfigurationError
from cloudpanel.provisioning.models import Job
from exchange.models import Comparison, Finding, Mailbox
from exchange.operations import comparing
from exchange.services.deletion import Selection, delete_mailboxes
from exchange.services.reconcile import compare_all, compare_now
from tests.exchange.test_mailbox_list import add_mailboxes
from tests.factories import SubscriptionFactory


def change(mail, box, **changes):
    mail.mailboxes[box.public_id] = replace(mail.mailboxes[box.public_id], **changes)


def test_two_sides_that_agree_have_no_differences(compare, make_mailbox, subscription):
    make_mailbox()
    assert compare() == []
    comparison = Comparison.objects.get()
    assert (comparison.panel_count, comparison.server_count, comparison.finding_count) == (1, 1, 0)
    assert comparison.finished_at


def test_what_the_server_lost_is_missing(compare, make_mailbox, mail):
    box = make_mailbox()
    del mail.mailboxes[box.public_id]
    (finding,) = compare()
    assert (finding.kind, finding.address, finding.mail_id) == ("missing", box.address, box.public_id)


def test_what_somebody_made_by_hand_is_unknown(compare, stray, domain):
    spec = stray()
    (finding,) = compare()
    assert (finding.kind, finding.mail_id, finding.mail_domain) == ("unknown", spec.id, domain)
    assert finding.server["quota_mb"] == 1024


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"quota_mb": 7}, {"quota_mb": 7}),
        ({"is_enabled": False}, {"state": "disabled"}),
        ({"address": "otra@buzones.example"}, {"address": "otra@buzones.example"}),
        ({"protocols": frozenset()}, {"protocols": []}),
    ],
)
def test_other_data_is_told_side_by_side(compare, make_mailbox, mail, changes, said):
    box = make_mailbox()
    change(mail, box, **changes)
    (finding,) = compare()
    assert (finding.kind, finding.server) == ("different", said)
    assert finding.panel.keys() == said.keys()


def test_a_mailbox_that_lies_in_the_bin_on_both_sides_agrees(
    compare, make_mailbox, actor, subscription, run_jobs, mail
):
    box = make_mailbox()
    delete_mailboxes(actor=actor, subscription=subscription, selection=Selection((box.public_id,)))
    run_jobs()
    assert compare() == []
    mail.removed.clear()
    (finding,) = compare()
    assert (finding.panel, finding.server) == ({"state": "removed"}, {"state": "enabled"})


def test_what_is_under_way_or_never_came_to_life_does_not_count(compare, make_mailbox, mail):
    busy, unborn = make_mailbox("ana"), make_mailbox("beto")
    lease = {"lease_token": uuid4(), "lease_until": timezone.now() + timedelta(hours=1)}
    deadline = timezone.now() + timedelta(hours=1)
    job = Job.objects.create(
        operation="exchange.update_mailbox", lock_key="x", deadline_at=deadline, state="running", **lease
    )
    Mailbox.objects.filter(pk=busy.pk).update(last_job=job, quota_mb=9)
    Mailbox.objects.filter(pk=unborn.pk).update(state="pending", quota_mb=9)
    assert compare() == []


def test_what_changes_between_two_looks_does_not_count(compare, make_mailbox, mail, monkeypatch):
    box = make_mailbox()
    change(mail, box, quota_mb=7)
    look = comparing._compared

    def changing(rows, found):
        Mailbox.objects.filter(pk=box.pk).update(quota_mb=7)
        return look(rows, found)

    monkeypatch.setattr(comparing, "_compared", changing)
    assert compare() == []


def test_a_difference_that_is_gone_closes_and_opens_again_with_the_next(compare, make_mailbox, mail):
    box = make_mailbox()
    change(mail, box, quota_mb=7)
    (finding,) = compare()
    change(mail, box, quota_mb=5120)
    assert compare() == []
    finding.refresh_from_db()
    assert finding.resolved_at
    change(mail, box, quota_mb=8)
    (again,) = compare()
    assert (again.pk, again.server) == (finding.pk, {"quota_mb": 8})


def test_administrators_are_told_once_for_each_run_and_only_of_news(compare, stray, administrator):
    stray("uno@buzones.example")
    stray("dos@buzones.example")
    compare()
    (told,) = Notification.objects.filter(user=administrator)
    assert told.title == "2 diferencias entre el panel y el servidor de correo"
    assert "/comparacion/" in told.url
    compare()
    assert Notification.objects.filter(user=administrator).count() == 1


def test_another_subscriptions_mailboxes_are_its_own_business(compare, stray, domain):
    other = SubscriptionFactory()
    spec = stray()
    Mailbox.objects.create(
        public_id=spec.id, account=other.account, subscription=other, mail_domain=domain, display_name="x",
        address=spec.address, quota_mb=1, state="active",
    )  # fmt: skip
    assert compare() == []


def test_thousands_are_compared_in_chunks(compare, subscription, domain, mail, monkeypatch):
    monkeypatch.setattr(comparing, "CHUNK", 50)
    add_mailboxes(subscription, domain, 120)
    assert len(compare()) == 120
    assert Comparison.objects.get().panel_count == 120


def test_only_one_comparison_at_a_time(actor, subscription, run_jobs):
    compare_now(actor=actor, subscription=subscription)
    with pytest.raises(BusinessError) as refusal:
        compare_now(actor=actor, subscription=subscription)
    assert refusal.value.code == "operation_in_progress"
    assert compare_all() == 0
    run_jobs()
    assert compare_all() == 1


def test_the_beat_compares_all_that_work_and_forgets_what_is_long_solved(subscription, run_jobs):
    SubscriptionFactory(state="terminated")
    old = timezone.now() - timedelta(days=31)
    Finding.objects.create(
        account=subscription.account,
        subscription=subscription,
        mail_id=uuid4(),
        address="a",
        kind="missing",
        resolved_at=old,
    )
    assert compare_all() == 1
    assert not Finding.objects.exists()
    run_jobs()
    assert Comparison.objects.get().finished_at


def test_a_mail_system_that_is_away_leaves_the_last_findings_as_they_are(compare, make_mailbox, mail):
    box = make_mailbox()
    change(mail, box, quota_mb=7)
    before = compare()
    mail.faults.append(ConfigurationError("no password"))
    assert compare() == before
    assert Comparison.objects.get().last_job.state == "failed"


def test_each_comparison_leaves_its_line(compare, make_mailbox, actor):
    make_mailbox()
    compare()
    lines = ActionLogEntry.objects.filter(action__startswith="exchange.comparison").order_by("pk")
    assert [line.action for line in lines] == ["exchange.comparison.requested", "exchange.comparison.finished"]

"""Two people at the same moment, with real connections: the database lets one in, the other reads a sentence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from exchange.drivers.base import MailboxSpec
from exchange.models import Mailbox, MailboxDraft
from exchange.services.drafts import finish_draft
from exchange.services.mailboxes import create_mailbox
from exchange.services.reconcile import Choice, Verb, compare_now, decide
from tests.exchange.conftest import PASSWORD, used

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave or raised, all begun at the same moment, each on a connection of its own."""
    gate, outcomes = threading.Barrier(len(calls)), [None] * len(calls)

    def go(index: int, call: Callable[[], object]) -> None:
        gate.wait(10)
        try:
            outcomes[index] = call()
        except BusinessError as refusal:
            outcomes[index] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def refusals(outcomes: list[object]) -> list[BusinessError]:
    return [outcome for outcome in outcomes if isinstance(outcome, BusinessError)]


def test_the_last_free_place_goes_to_one_of_them(actor, subscription, wish):
    subscription.resources.filter(resource="mailboxes").update(used=9)
    wishes = [replace(wish, local_part=name) for name in ("ana", "beto", "carla", "dario")]
    outcomes = at_once(
        *[lambda one=one: create_mailbox(actor=actor, subscription=subscription, wish=one) for one in wishes]
    )
    assert [refusal.code for refusal in refusals(outcomes)] == ["limit_reached"] * 3
    assert Mailbox.objects.count() == 1
    assert used(subscription) == {"mailboxes": 10, "storage_gb": 5}


def test_the_last_gigabytes_go_to_one_of_them(actor, subscription, wish):
    subscription.resources.filter(resource="storage_gb").update(used=45)
    wishes = [replace(wish, local_part=name) for name in ("ana", "beto")]
    outcomes = at_once(
        *[lambda one=one: create_mailbox(actor=actor, subscription=subscription, wish=one) for one in wishes]
    )
    assert [refusal.code for refusal in refusals(outcomes)] == ["limit_reached"]
    assert used(subscription) == {"mailboxes": 1, "storage_gb": 50}


def test_one_address_is_made_once(actor, subscription, wish):
    outcomes = at_once(*[lambda: create_mailbox(actor=actor, subscription=subscription, wish=wish)] * 3)
    assert [(refusal.field, refusal.code) for refusal in refusals(outcomes)] == [("local_part", "taken")] * 2
    assert used(subscription)["mailboxes"] == Job.objects.count() == 1


def test_one_user_gets_one_mailbox(actor, subscription, wish, service_user):
    wishes = [replace(wish, local_part=name, user=service_user) for name in ("ana", "beto")]
    outcomes = at_once(
        *[lambda one=one: create_mailbox(actor=actor, subscription=subscription, wish=one) for one in wishes]
    )
    assert [refusal.field for refusal in refusals(outcomes)] == ["user"]
    assert Mailbox.objects.filter(user=service_user).count() == 1


def test_a_double_click_on_finalizar_makes_one_mailbox(actor, subscription, domain, template):
    draft = MailboxDraft(
        public_id=uuid4(),
        account=subscription.account,
        subscription=subscription,
        owner=actor.user,
        display_name="Ana",
        local_part="ana",
        mail_domain=domain,
        template=template,
    )
    draft.seal_password(PASSWORD)
    draft.save()
    related = MailboxDraft.objects.select_related("subscription__account", "mail_domain", "template", "user")
    clicks = [related.get(pk=draft.pk) for _click in range(3)]
    outcomes = at_once(*[lambda one=one: finish_draft(actor=actor, draft=one) for one in clicks])
    assert outcomes == [None, None, None]
    assert Mailbox.objects.count() == Job.objects.count() == 1


def test_two_people_who_decide_on_the_same_differences_begin_each_once(actor, subscription, domain, mail, run_jobs):
    """One adopts and the other erases: whoever comes first is followed, and nothing happens twice."""
    spec = MailboxSpec(uuid4(), "mano@buzones.example", "Hecho a mano", 1024)
    mail.mailboxes[spec.id] = spec
    compare_now(actor=actor, subscription=subscription)
    run_jobs()
    choice = Choice(is_everything=True)
    outcomes = at_once(
        *[
            lambda verb=verb: decide(actor=actor, subscription=subscription, verb=verb, choice=choice)
            for verb in (Verb.ADOPT, Verb.REMOVE, Verb.ADOPT)
        ]
    )
    assert sum(begun for begun, _refused in outcomes) == 1
    run_jobs()
    adopted = Mailbox.objects.filter(public_id=spec.id, state="active").exists()
    assert adopted == (spec.id in mail.mailboxes) == (spec.id not in mail.purged)

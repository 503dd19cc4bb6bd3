"""A mailbox is reserved, enqueued, made, and says honestly when it could not be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accounts.models import ActionLogEntry, Membership, Role, User
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError, TransientError
from cloudpanel.provisioning.models import Job, JobSecret
from exchange.models import Mailbox
from exchange.services.deletion import Selection, delete_mailboxes
from exchange.services.mailboxes import create_mailbox, retry_mailbox
from exchange.states import ACTIVE, ATTENTION, IN_PROCESS, NO_PASSWORD, shown_of
from tests.exchange.conftest import fresh, used
from tests.factories import MailboxFactory, MailboxTemplateFactory, MailDomainFactory, MembershipFactory, UserFactory


def create(actor, subscription, wish) -> Mailbox:
    return create_mailbox(actor=actor, subscription=subscription, wish=wish)


def test_the_mailbox_is_in_process_until_the_mail_system_has_it(actor, subscription, wish, mail, run_jobs):
    mailbox = create(actor, subscription, wish)
    assert shown_of(mailbox) is IN_PROCESS
    assert not mail.mailboxes
    run_jobs()
    assert shown_of(fresh(mailbox)) is ACTIVE
    spec = mail.mailboxes[mailbox.public_id]
    assert (spec.address, spec.display_name, spec.quota_mb) == ("ana@buzones.example", "Ana López", 5120)
    assert spec.password_hash.startswith("{ARGON2ID}")


def test_the_place_and_the_storage_are_taken_at_once(actor, subscription, wish):
    create(actor, subscription, wish)
    assert used(subscription) == {"mailboxes": 1, "storage_gb": 5}


def test_the_password_is_kept_nowhere_after_the_job(actor, subscription, wish, run_jobs):
    create(actor, subscription, wish)
    assert JobSecret.objects.count() == 1
    assert wish.password not in str(Job.objects.values().get())
    run_jobs()
    assert not JobSecret.objects.exists()


def test_a_new_service_user_comes_with_it_not_yet_activated(actor, subscription, wish):
    mailbox = create(actor, subscription, wish)
    member = Membership.objects.get(user=mailbox.user)
    assert (member.role, member.email, member.is_pending) == (Role.SERVICE_USER, "ana@buzones.example", True)
    assert not mailbox.user.has_usable_password()


def test_an_existing_service_user_gets_it(actor, account, subscription, wish, service_user):
    mailbox = create(actor, subscription, replace(wish, user=service_user))
    assert mailbox.user == service_user
    assert User.objects.filter(memberships__account=account).count() == 2  # Ana and Sofía


def test_a_user_of_another_account_cannot_get_it(actor, subscription, wish):
    other = MembershipFactory(role=Role.SERVICE_USER).user
    with pytest.raises(BusinessError) as refusal:
        create(actor, subscription, replace(wish, user=other))
    assert refusal.value.field == "user"


def test_a_user_with_a_mailbox_cannot_get_a_second_one(actor, subscription, domain, wish, service_user):
    MailboxFactory(mail_domain=domain, user=service_user)
    with pytest.raises(BusinessError, match="ya tiene un buzón"):
        create(actor, subscription, replace(wish, user=service_user))


@pytest.mark.parametrize("where", ["listed", "pending", "alias"])
def test_an_address_in_use_is_refused_beside_its_field(actor, subscription, domain, wish, make_mailbox, where):
    if where == "alias":
        box = MailboxFactory(mail_domain=domain, address="otra@buzones.example")
        box.aliases.create(
            account=box.account, subscription=subscription, mail_domain=domain, address="beto@buzones.example"
        )
        from exchange.services.mailboxes import require_free

        with pytest.raises(BusinessError) as refusal:
            require_free("beto@buzones.example")
    else:
        MailboxFactory(mail_domain=domain, address="ana@buzones.example", state=Mailbox.State.PENDING)
        with pytest.raises(BusinessError) as refusal:
            create(actor, subscription, wish)
    assert (refusal.value.field, refusal.value.code) == ("local_part", "taken")


def test_nothing_is_left_of_a_refused_creation(actor, subscription, domain, wish):
    UserFactory(email="ana@buzones.example")
    with pytest.raises(BusinessError) as refusal:
        create(actor, subscription, wish)
    assert refusal.value.field == "local_part"
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}
    assert not Mailbox.objects.exists()
    assert not Job.objects.exists()


def test_the_last_place_is_the_last(actor, subscription, wish):
    subscription.resources.filter(resource="mailboxes").update(used=10)
    with pytest.raises(BusinessError, match="10 buzones") as refusal:
        create(actor, subscription, wish)
    assert refusal.value.code == "limit_reached"


def test_all_limits_together_must_fit_into_the_storage(actor, subscription, wish):
    big = MailboxTemplateFactory(subscription=subscription, quota_mb=51 * 1024)
    with pytest.raises(BusinessError, match="50 GB") as refusal:
        create(actor, subscription, replace(wish, template=big))
    assert refusal.value.code == "limit_reached"
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}


def test_a_plan_without_storage_does_not_limit_it(actor, subscription, wish):
    subscription.resources.filter(resource="storage_gb").delete()
    create(actor, subscription, wish)
    assert used(subscription) == {"mailboxes": 1}


def test_a_domain_or_template_of_another_subscription_is_refused(actor, subscription, wish):
    for change in ({"mail_domain": MailDomainFactory()}, {"template": MailboxTemplateFactory()}):
        with pytest.raises(BusinessError):
            create(actor, subscription, replace(wish, **change))


@pytest.mark.parametrize("state", ["pending", "suspended", "terminated"])
def test_only_an_active_subscription_takes_new_mailboxes(actor, subscription, wish, state):
    subscription.state = state
    with pytest.raises(BusinessError) as refusal:
        create(actor, subscription, wish)
    assert refusal.value.code == "subscription_not_active"


def test_a_mail_system_that_is_away_for_a_moment_costs_nothing(actor, subscription, wish, mail, run_jobs):
    mail.faults.append(TransientError("away"))
    mailbox = create(actor, subscription, wish)
    run_jobs()
    assert shown_of(fresh(mailbox)) is ACTIVE


def test_a_refusal_says_why_keeps_the_place_and_can_be_retried(actor, subscription, wish, mail, run_jobs):
    mail.faults.append(PermanentError("La dirección ana@buzones.example ya está en uso."))
    mailbox = create(actor, subscription, wish)
    run_jobs()
    mailbox = fresh(mailbox)
    assert shown_of(mailbox) is ATTENTION
    assert "ya está en uso" in mailbox.last_job.user_message
    assert used(subscription)["mailboxes"] == 1
    retry_mailbox(actor=actor, mailbox=mailbox)
    run_jobs()
    assert shown_of(fresh(mailbox)) is NO_PASSWORD  # its password went with the failed job


def test_a_failed_creation_that_is_deleted_frees_place_and_address(actor, subscription, wish, mail, run_jobs):
    mail.faults.append(PermanentError("No."))
    mailbox = create(actor, subscription, wish)
    run_jobs()
    delete_mailboxes(actor=actor, subscription=subscription, selection=Selection((mailbox.public_id,)))
    run_jobs()
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}
    assert fresh(mailbox).state == Mailbox.State.TERMINATED
    User.objects.filter(pk=mailbox.user_id).delete()
    create(actor, subscription, wish)


def test_thousands_are_created_in_batches_with_one_bad_apple(actor, subscription, wish, mail, run_jobs):
    boxes = [create(actor, subscription, replace(wish, local_part=f"a{n}")) for n in range(5)]
    mail.mailboxes.clear()
    taken = boxes[2].public_id
    mail.purged.add(taken)
    run_jobs()
    states = {box.pk: shown_of(fresh(box)) for box in boxes}
    assert [states[box.pk] for box in boxes] == [ACTIVE, ACTIVE, ATTENTION, ACTIVE, ACTIVE]


def test_who_did_it_is_in_the_action_log(actor, subscription, wish, run_jobs):
    create(actor, subscription, wish)
    run_jobs()
    lines = ActionLogEntry.objects.filter(action__startswith="exchange.mailbox").order_by("pk")
    assert [(line.action, line.actor_name) for line in lines] == [
        ("exchange.mailbox.created", actor.name),
        ("exchange.mailbox.activated", actor.name),
    ]
    assert wish.password not in str(list(lines.values()))

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.mail_models import OutgoingEmail
from accounts.notifications import notify
from cloudpanel.provisioning.models import Job, JobState
from notices.services import forget_old_emails, send_waiting_emails

pytestmark = pytest.mark.django_db


@pytest.fixture
def deliver(run_jobs):
    def work() -> None:
        send_waiting_emails()
        run_jobs()

    return work


def tell(account, *people, title="El buzón ventas@empresa.example está listo", **more) -> None:
    notify(account=account, users=people, title=title, **more)


def test_the_email_says_what_the_screen_says(account, administrator, deliver, settings):
    tell(account, administrator, body="Ya puede usarlo.", url="/exchange/")
    deliver()
    [message] = mail.outbox
    assert message.to == ["ana@empresa.example"]
    assert message.subject == "El buzón ventas@empresa.example está listo"
    assert "Ya puede usarlo." in message.body
    assert f"{settings.PUBLIC_URL}/exchange/" in message.body
    assert OutgoingEmail.objects.get().sent_at


def test_what_one_person_is_told_within_seconds_is_one_email(account, administrator, delegate, deliver):
    for n in range(25):
        tell(account, administrator, title=f"Buzón {n}")
    tell(account, delegate)
    deliver()
    assert sorted(message.to[0] for message in mail.outbox) == ["ana@empresa.example", "diego@empresa.example"]
    [batch] = [message for message in mail.outbox if message.to == ["ana@empresa.example"]]
    assert batch.subject == "25 notificaciones"
    assert "Buzón 19" in batch.body
    assert "Y 5 más en el panel." in batch.body


def test_two_accounts_of_one_person_do_not_share_an_email(account, other_account, administrator, deliver):
    from tests.factories import MembershipFactory

    MembershipFactory(account=other_account, user=administrator)
    tell(account, administrator)
    tell(other_account, administrator)
    deliver()
    assert len(mail.outbox) == 2


def test_it_goes_where_the_account_wants_to_reach_the_person(account, administrator, membership, deliver):
    membership.notification_email = "avisos@empresa.example"
    membership.save()
    tell(account, administrator)
    deliver()
    assert mail.outbox[0].to == ["avisos@empresa.example"]


def test_a_mail_server_that_is_down_costs_time_only(account, administrator, deliver, monkeypatch):
    answers = [
        smtplib.SMTPServerDisconnected("down"),
        ConnectionRefusedError(),
        smtplib.SMTPResponseException(451, b""),
    ]
    send = mail.EmailMultiAlternatives.send

    def flaky(message, *args, **kwargs):
        if answers:
            raise answers.pop()
        return send(message, *args, **kwargs)

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", flaky)
    tell(account, administrator)
    deliver()
    assert len(mail.outbox) == 1
    assert Job.objects.get().attempts == 4


def test_while_it_is_down_staff_see_the_job_waiting(account, administrator, monkeypatch, run_jobs):
    def down(message, *args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", down)
    tell(account, administrator)
    send_waiting_emails()
    run_jobs(honour_run_after=True)
    job = Job.objects.get()
    assert job.state == JobState.QUEUED
    assert "the mail server is away" in job.attempt_log.get().detail
    assert OutgoingEmail.objects.get().sent_at is None


def test_an_address_that_is_refused_fails_for_support_and_tells_no_customer(
    account, administrator, deliver, monkeypatch
):
    def refused(message, *args, **kwargs):
        raise smtplib.SMTPRecipientsRefused({"ana@empresa.example": (550, b"no such user")})

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", refused)
    tell(account, administrator)
    deliver()
    assert Job.objects.get().state == JobState.FAILED
    assert OutgoingEmail.objects.count() == 1


def test_whoever_may_not_come_in_any_more_is_not_written_to(account, administrator, deliver):
    tell(account, administrator)
    administrator.memberships.update(is_active=False)
    deliver()
    assert mail.outbox == []


def test_every_email_becomes_one_job_however_often_it_is_looked_for(account, administrator):
    tell(account, administrator)
    assert send_waiting_emails() == 1
    assert send_waiting_emails() == 0


def test_the_same_email_sent_twice_is_one_message_to_a_mail_program(account, administrator, deliver):
    tell(account, administrator)
    deliver()
    Job.objects.update(state=JobState.QUEUED, finished_at=None)
    deliver()
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_name_cannot_write_headers_or_markup(account, administrator, deliver):
    tell(account, administrator, title="Hola\r\nBcc: todos@empresa.example", body="<b>negrita</b>")
    deliver()
    [message] = mail.outbox
    assert message.subject == "Hola Bcc: todos@empresa.example"
    assert "<b>negrita</b>" not in message.alternatives[0].content


def test_sent_emails_are_forgotten_after_a_month(account, administrator, deliver):
    tell(account, administrator)
    deliver()
    forget_old_emails()
    assert OutgoingEmail.objects.count() == 1
    OutgoingEmail.objects.update(sent_at=timezone.now() - timedelta(days=31))
    forget_old_emails()
    assert not OutgoingEmail.objects.exists()

"""An e-mail server that is down or refuses costs nobody their invitation, and the screen says what is going on."""

import smtplib
from unittest import mock

import pytest
from django.utils import timezone

from cloudpanel.provisioning.emails import deliver
from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError
from cloudpanel.provisioning.models import Job, JobState
from tests.users.mail import link_in
from users.models import Activation
from users.services.people import NewPerson, add_people

SEND = "django.core.mail.EmailMessage.send"


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (ConnectionRefusedError(), TransientError),
        (TimeoutError(), TransientError),
        (smtplib.SMTPServerDisconnected(), TransientError),
        (smtplib.SMTPDataError(451, b"try later"), TransientError),
        (smtplib.SMTPRecipientsRefused({"a@x.example": (450, b"busy")}), TransientError),
        (smtplib.SMTPRecipientsRefused({"a@x.example": (550, b"no such user")}), PermanentError),
        (smtplib.SMTPSenderRefused(553, b"no", "x@x.example"), PermanentError),
        (smtplib.SMTPAuthenticationError(535, b"no"), ConfigurationError),
    ],
)
def test_each_refusal_means_one_thing(failure, verdict):
    message = mock.Mock(send=mock.Mock(side_effect=failure))
    with pytest.raises(verdict):
        deliver(message)


@pytest.fixture
def invited(account, actor):
    (member,) = add_people(actor=actor, account=account, people=[NewPerson("nueva@x.example", "Nueva")])
    return member


def test_a_server_that_is_down_is_tried_again_and_shown(administrator_client, invited, run_jobs, mailoutbox):
    with mock.patch(SEND, side_effect=ConnectionRefusedError()):
        run_jobs(honour_run_after=True)
    job = Job.objects.get(operation="users.send_activation")
    assert job.state == JobState.QUEUED
    assert job.run_after > timezone.now()
    assert "Enviando el correo de activación" in administrator_client.get("/usuarios/").content.decode()
    run_jobs()
    assert link_in(mailoutbox[0])
    assert Activation.objects.get().sent_at is not None


def test_an_address_that_is_refused_is_shown_and_can_be_sent_again(administrator_client, invited, run_jobs, mailoutbox):
    refusal = smtplib.SMTPRecipientsRefused({"nueva@x.example": (550, b"no such user")})
    with mock.patch(SEND, side_effect=refusal):
        run_jobs()
    assert "no aceptó la dirección" in administrator_client.get("/usuarios/").content.decode()
    administrator_client.post(f"/usuarios/{invited.public_id}/reenviar/")
    run_jobs()
    assert link_in(mailoutbox[0])

"""The link in the e-mail: once, for 48 hours, and clear words when it no longer works."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import User, UserStatus
from cloudpanel.core.exceptions import BusinessError
from tests.users.mail import link_in, send_queued_emails
from users.models import Activation, ActivationLink
from users.services.activation import activate, find_activation, remind, resend_activations
from users.services.people import NewPerson, add_people

PASSWORD = "tres tristes tigres azules"


@pytest.fixture
def invited(account, actor):
    (member,) = add_people(actor=actor, account=account, people=[NewPerson("nueva@x.example", "Nueva Persona")])
    return member


@pytest.fixture
def token(invited):
    return link_in(send_queued_emails()[0])


def use(token, password=PASSWORD):
    return activate(token=token, password=password, origin="127.0.0.1")


def test_the_email_speaks_the_language_of_the_person(account, actor):
    add_people(actor=actor, account=account, people=[NewPerson("a@x.example", "Ann")], language="en")
    add_people(actor=actor, account=account, people=[NewPerson("b@x.example", "Ana")], language="es-mx")
    spanish = send_queued_emails()[1]
    assert spanish.subject == "Active su acceso al panel de Empresa Demo SA de CV"
    assert "Ana Núñez le da acceso" in spanish.body
    assert "48 horas" in spanish.body


def test_only_a_hash_of_the_link_is_kept(token):
    link = ActivationLink.objects.get()
    assert token not in link.token_hash
    assert find_activation(token) == link.activation


def test_the_person_chooses_a_password_and_is_ready(token, invited):
    use(token)
    invited.refresh_from_db()
    assert invited.status == UserStatus.READY
    assert User.objects.get(email="nueva@x.example").check_password(PASSWORD)


@pytest.mark.parametrize("password", ["", "corta", "contraseña123", "nueva@x.example", "1234567890"])
def test_a_weak_password_is_refused_and_the_link_lives_on(token, password):
    with pytest.raises(BusinessError) as error:
        use(token, password)
    assert error.value.field == "password"
    use(token)


def test_a_link_works_once(token):
    use(token)
    with pytest.raises(BusinessError) as error:
        use(token)
    assert error.value.code == "link_used"


def test_a_link_dies_after_48_hours(token):
    with time_machine.travel(timezone.now() + timedelta(hours=48, seconds=1)), pytest.raises(BusinessError) as error:
        use(token)
    assert error.value.code == "link_expired"


def test_the_48_hours_begin_when_the_mail_server_takes_the_email(account, actor):
    add_people(actor=actor, account=account, people=[NewPerson("a@x.example", "Ana")])
    with time_machine.travel(timezone.now() + timedelta(hours=40)):
        send_queued_emails()
        assert Activation.objects.get().expires_at > timezone.now() + timedelta(hours=47)


def test_a_newer_link_replaces_the_older(token, invited, account, actor):
    resend_activations(actor=actor, account=account, members=[invited])
    with pytest.raises(BusinessError) as error:
        use(token)
    assert error.value.code == "link_superseded"
    use(link_in(send_queued_emails()[0]))


def test_a_link_of_a_deleted_person_says_that_it_no_longer_works(token, invited):
    invited.delete()
    with pytest.raises(BusinessError) as error:
        use(token)
    assert error.value.code == "link_withdrawn"


def test_a_link_of_a_disabled_person_does_not_work(token, invited):
    type(invited).objects.filter(pk=invited.pk).update(is_active=False)
    with pytest.raises(BusinessError):
        use(token)


def test_who_has_a_password_keeps_it_and_only_accepts(account, actor, stranger):
    add_people(actor=actor, account=account, people=[NewPerson(stranger.email, "Quique")])
    use(link_in(send_queued_emails()[0]), password="")
    stranger.refresh_from_db()
    assert stranger.check_password("correcto caballo bateria grapa")
    assert stranger.memberships.filter(is_pending=False).count() == 2


def test_a_reminder_leaves_after_36_hours_once(token, invited):
    with time_machine.travel(timezone.now() + timedelta(hours=35)):
        assert remind() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=36, minutes=1)):
        assert (remind(), remind()) == (1, 0)
        (message,) = send_queued_emails()
        assert "está por vencer" in message.subject
        use(link_in(message))
    assert Activation.objects.get().state == Activation.State.USED


def test_the_first_link_works_after_the_reminder_too(token):
    with time_machine.travel(timezone.now() + timedelta(hours=37)):
        remind()
        send_queued_emails()
        use(token)


def test_nobody_is_reminded_who_came_in(token):
    use(token)
    with time_machine.travel(timezone.now() + timedelta(hours=37)):
        assert remind() == 0


def test_who_came_in_meanwhile_gets_no_further_email(token, invited, account, actor):
    resend_activations(actor=actor, account=account, members=[invited])
    Activation.objects.update(superseded_at=timezone.now())
    assert send_queued_emails() == []


def test_resending_skips_who_is_in_already(account, actor, administrator, invited):
    members = account.memberships.select_related("user")
    assert resend_activations(actor=SYSTEM, account=account, members=members) == 1

"""Permissions, forwarding, automatic reply and protocols of a mailbox, from the screen to the mail system."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.models import ActionLogEntry
from cloudpanel.core.exceptions import BusinessError
from exchange.drivers.base import Access, Audience, Forwarding, Protocol
from exchange.models import AutoReply, Mailbox, MailboxGrant
from exchange.services import settings as services
from exchange.services.deletion import Selection, delete_mailboxes, purge_expired
from exchange.services.settings import ReplyData, Rights
from tests.exchange.conftest import fresh, url
from tests.factories import MailboxFactory


def page(name, mailbox, *args):
    return reverse(f"exchange:{name}", args=[mailbox.subscription.public_id, mailbox.public_id, *args])


@pytest.fixture
def ana(make_mailbox):
    return make_mailbox("ana")


@pytest.fixture
def luis(make_mailbox):
    return make_mailbox("luis")


def test_a_permission_reaches_the_mail_system_and_the_log(administrator_client, mail, run_jobs, ana, luis):
    data = {"address": "LUIS@buzones.example", "is_full": "on", "is_send_as": "on"}
    assert administrator_client.post(page("permissions", ana), data).status_code == 302
    run_jobs()
    assert mail.settings[ana.public_id].grants == {luis.public_id: {Access.FULL, Access.SEND_AS}}
    assert luis.address in administrator_client.get(page("permissions", ana)).content.decode()
    line = ActionLogEntry.objects.get(action="exchange.mailbox.granted")
    assert line.after["grantee"] == luis.address


def test_giving_again_replaces_and_taking_away_takes_all(administrator_client, mail, run_jobs, ana, luis):
    administrator_client.post(page("permissions", ana), {"address": luis.address, "is_full": "on"})
    run_jobs()
    administrator_client.post(page("permissions", ana), {"address": luis.address, "is_send_on_behalf": "on"})
    run_jobs()
    assert mail.settings[ana.public_id].grants == {luis.public_id: {Access.SEND_ON_BEHALF}}
    for _click in range(2):
        administrator_client.post(page("permission_remove", ana, luis.public_id))
        run_jobs()
    assert mail.settings[ana.public_id].grants == {}
    assert ActionLogEntry.objects.filter(action="exchange.mailbox.revoked").count() == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"address": "nadie@buzones.example", "is_full": "on"}, "No hay un buzón"),
        ({"address": "ana@buzones.example", "is_full": "on"}, "no necesita permiso"),
        ({"address": "luis@buzones.example"}, "Marque al menos un permiso"),
        ({"address": ""}, "obligatorio"),
    ],
)
def test_a_wrong_permission_is_explained(administrator_client, ana, luis, data, sentence):
    answer = administrator_client.post(page("permissions", ana), data)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not MailboxGrant.objects.exists()


def test_the_mailbox_of_another_subscription_gets_no_permission(administrator_client, ana):
    other = MailboxFactory(address="otro@ajeno.example")
    answer = administrator_client.post(page("permissions", ana), {"address": other.address, "is_full": "on"})
    assert "No hay un buzón" in answer.content.decode()


def test_forwarding_inside_needs_no_confirmation(administrator_client, mail, run_jobs, ana, luis):
    administrator_client.post(page("forwarding", ana), {"target": luis.address, "keeps_copy": "on"})
    run_jobs()
    assert mail.settings[ana.public_id].forwarding == Forwarding(luis.address, keeps_copy=True)
    assert "con copia aquí" in administrator_client.get(page("mailbox", ana)).content.decode()


def test_forwarding_to_the_outside_is_confirmed_first(administrator_client, mail, run_jobs, ana):
    data = {"target": "Ana@Fuera.example"}
    answer = administrator_client.post(page("forwarding", ana), data)
    assert "el correo saldrá de su empresa" in answer.content.decode()
    administrator_client.post(page("forwarding", ana), {**data, "confirms_external": "on"})
    run_jobs()
    assert mail.settings[ana.public_id].forwarding == Forwarding("ana@fuera.example", keeps_copy=False)
    assert "sale de la empresa" in administrator_client.get(page("mailbox", ana)).content.decode()
    administrator_client.post(page("forwarding_end", ana))
    run_jobs()
    assert mail.settings[ana.public_id].forwarding is None


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("ana@buzones.example", "daría vueltas"),
        ("nadie@buzones.example", "No hay ningún buzón"),
        ("sin arroba", "dirección completa"),
        ('a"b@fuera.example', "signos que el correo no admite"),
        ("á@fuera.example", "signos que el correo no admite"),
        ("ana@fuera", "terminación"),
    ],
)
def test_forwarding_that_cannot_be_is_explained(administrator_client, ana, target, sentence):
    answer = administrator_client.post(page("forwarding", ana), {"target": target, "confirms_external": "on"})
    assert sentence in answer.content.decode()


def test_two_mailboxes_do_not_forward_to_each_other(actor, run_jobs, ana, luis):
    services.set_forwarding(actor=actor, mailbox=ana, target=luis.address, keeps_copy=True)
    run_jobs()
    with pytest.raises(BusinessError, match="daría vueltas"):
        services.set_forwarding(actor=actor, mailbox=fresh(luis), target=ana.address, keeps_copy=True)


REPLY = {
    "is_on": "on",
    "subject": 'Fuera: "vuelvo"',
    "text": "Hola:\r\n.\r\n\\ ¡Adiós!\r\n",
    "audience": "external",
    "starts_at": "2030-01-01T08:00",
    "ends_at": "2030-01-15T18:30",
}


def test_a_reply_reaches_the_mail_system_to_the_letter(administrator_client, mail, run_jobs, ana):
    assert administrator_client.post(page("auto_reply", ana), REPLY).status_code == 302
    run_jobs()
    reply = mail.settings[ana.public_id].auto_reply
    assert (reply.subject, reply.text) == ('Fuera: "vuelvo"', "Hola:\n.\n\\ ¡Adiós!")
    assert reply.audience is Audience.EXTERNAL
    assert reply.internal_domains == {"buzones.example"}
    assert reply.starts_at == datetime(2030, 1, 1, 14, tzinfo=UTC)  # eight in Mexico City
    assert "Activada" in administrator_client.get(page("mailbox", ana)).content.decode()


def test_switched_off_it_says_nothing_and_is_remembered(administrator_client, mail, run_jobs, ana):
    administrator_client.post(page("auto_reply", ana), REPLY)
    run_jobs()
    administrator_client.post(page("auto_reply", ana), {**REPLY, "is_on": ""})
    run_jobs()
    assert mail.settings[ana.public_id].auto_reply is None
    assert "¡Adiós!" in administrator_client.get(page("auto_reply", ana)).content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"text": "  "}, "Escriba el texto"),
        ({"text": "x" * 10_001}, "10000"),
        ({"ends_at": "2029-01-01T00:00"}, "después del principio"),
        ({"ends_at": "pronto"}, "Escriba el día y la hora"),
        ({"audience": "nadie"}, "nadie"),
    ],
)
def test_a_wrong_reply_is_explained_and_nothing_typed_is_lost(administrator_client, ana, change, sentence):
    answer = administrator_client.post(page("auto_reply", ana), {**REPLY, **change})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert "vuelvo" in answer.content.decode()
    assert not AutoReply.objects.exists()


def test_protocols_are_switched(administrator_client, mail, run_jobs, ana):
    administrator_client.post(page("protocols", ana), {"allows_imap": "on"})
    run_jobs()
    assert mail.mailboxes[ana.public_id].protocols == {Protocol.IMAP}
    assert Mailbox.objects.get(pk=ana.pk).allows_smtp is False


def test_a_password_made_by_the_panel_is_shown_once(administrator_client, mail, run_jobs, ana):
    before = mail.mailboxes[ana.public_id].password_hash
    answer = administrator_client.post(page("password_generate", ana), follow=True)
    assert "se muestra una sola vez" in answer.content.decode()
    password = answer.context["password"]
    assert len(password) == 19
    run_jobs()
    assert mail.mailboxes[ana.public_id].password_hash != before
    again = administrator_client.get(page("password_shown", ana), follow=True)
    assert password not in again.content.decode()


def test_while_something_is_under_way_nothing_else_begins(administrator_client, ana, luis):
    administrator_client.post(page("permissions", ana), {"address": luis.address, "is_full": "on"})
    answer = administrator_client.post(page("protocols", ana), {"allows_imap": "on"}, follow=True)
    assert "Ya hay una operación en curso" in answer.content.decode()


def test_who_is_purged_leaves_no_permission_behind(actor, run_jobs, ana, luis):
    services.grant(actor=actor, mailbox=ana, grantee=luis, rights=Rights(is_full=True))
    services.set_auto_reply(actor=actor, mailbox=luis, data=ReplyData(is_on=True, text="Fuera"))
    run_jobs()
    delete_mailboxes(actor=actor, subscription=luis.subscription, selection=Selection((luis.public_id,)))
    run_jobs()
    assert MailboxGrant.objects.exists()
    with time_machine.travel(datetime(2035, 1, 1, tzinfo=UTC)):
        purge_expired()
        run_jobs()
    assert not MailboxGrant.objects.exists()
    assert not AutoReply.objects.exists()


PAGES = ["permissions", "forwarding", "auto_reply", "protocols"]


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_gets_404(stranger_client, ana, name):
    assert stranger_client.get(page(name, ana)).status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_a_service_user_gets_403(service_user_client, ana, name):
    assert service_user_client.get(page(name, ana)).status_code == 403


def test_the_delegate_of_the_subscription_may(delegate_client, delegation, ana):
    assert delegate_client.get(page("permissions", ana)).status_code == 200
    assert delegate_client.get(url("panel", ana.subscription)).status_code == 200

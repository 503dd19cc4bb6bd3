"""Forwarding, automatic replies and lists as the world meets them: Debian's Dovecot with Pigeonhole, mail sent by SMTP."""

import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from exchange.drivers.base import (
    AliasSpec,
    Audience,
    AutoReply,
    ContactSpec,
    DomainSpec,
    Forwarding,
    ListSpec,
    MailboxKind,
    Senders,
)
from tests.exchange.drivers.conftest import mailbox

pytestmark = [pytest.mark.counterpart, pytest.mark.slow, pytest.mark.usefixtures("sieve")]

PASSWORD = "Contraseña-1a"
TENANT = uuid4()
NOW = datetime.now(UTC)


@pytest.fixture
def ana(directory, mail_client, sink):
    directory.ensure_domain(DomainSpec(uuid4(), "empresa.example", tenant_id=TENANT))
    spec = mailbox(password_hash=directory.hash_password(PASSWORD))
    directory.ensure_mailbox(spec)
    return spec


@pytest.fixture
def luis(directory, ana):
    spec = mailbox("luis@empresa.example", display_name="Luis", password_hash=ana.password_hash)
    directory.ensure_mailbox(spec)
    return spec


def forwarded(sink, count):
    return sorted(recipient for sent in sink.wait_for(count) for recipient in sent.recipients)


def test_forwarded_mail_goes_on_and_a_copy_stays(directory, mail_client, sink, ana):
    directory.set_forwarding(ana.id, Forwarding("otra+caja@fuera.example"))
    mail_client.deliver(ana.address, "Con copia")
    [sent] = sink.wait_for(1)
    assert sent.recipients == ("otra+caja@fuera.example",)
    assert sent.message["Subject"] == "Con copia"
    assert mail_client.subjects(ana.address, PASSWORD) == ["Con copia"]


def test_without_a_copy_nothing_stays(directory, mail_client, sink, ana):
    directory.set_forwarding(ana.id, Forwarding("otra@fuera.example", keeps_copy=False))
    mail_client.deliver(ana.address)
    assert forwarded(sink, 1) == ["otra@fuera.example"]
    assert mail_client.subjects(ana.address, PASSWORD) == []


def test_forwarding_that_ended_forwards_nothing(directory, mail_client, sink, ana):
    directory.set_forwarding(ana.id, Forwarding("otra@fuera.example", keeps_copy=False))
    directory.set_forwarding(ana.id, None)
    mail_client.deliver(ana.address, "Se queda")
    assert mail_client.subjects(ana.address, PASSWORD) == ["Se queda"]
    assert sink.received == []


def test_while_nobody_takes_forwarded_mail_it_is_neither_lost_nor_doubled(directory, mail_client, sink, ana):
    directory.set_forwarding(ana.id, Forwarding("otra@fuera.example", keeps_copy=False))
    sink.refuses = "451 4.3.0 later"
    refusal = mail_client.refusal(ana.address)
    kept = mail_client.subjects(ana.address, PASSWORD)
    assert (refusal // 100 == 4) != (kept == ["hola"])


TEXT = 'Estimado señor:\n.\n..dos puntos\nDijo "hola" y \\ y ${nombre} y %u.\n\n¡Gracias! 日本'


def test_an_automatic_reply_answers_to_the_letter(directory, mail_client, sink, ana):
    directory.set_auto_reply(ana.id, AutoReply('Fuera: "vuelvo" el niño \\', TEXT))
    mail_client.deliver(ana.address, "Pregunta")
    [sent] = sink.wait_for(1)
    assert sent.recipients == ("x@fuera.example",)
    assert sent.message["Subject"] == 'Fuera: "vuelvo" el niño \\'
    assert sent.text.rstrip("\n") == TEXT
    assert sent.message["From"] == ana.address
    assert sent.message["Auto-Submitted"].startswith("auto-replied")
    assert mail_client.subjects(ana.address, PASSWORD) == ["Pregunta"]


def test_one_sender_is_answered_once_and_a_new_text_answers_anew(directory, mail_client, sink, ana):
    directory.set_auto_reply(ana.id, AutoReply("Fuera", "Vuelvo el lunes."))
    mail_client.deliver(ana.address)
    mail_client.deliver(ana.address)
    directory.set_auto_reply(ana.id, AutoReply("Fuera", "Vuelvo el martes."))
    mail_client.deliver(ana.address)
    assert [sent.text.strip() for sent in sink.wait_for(2)] == ["Vuelvo el lunes.", "Vuelvo el martes."]


def test_mail_to_an_alias_is_answered_too(directory, mail_client, sink, ana):
    directory.ensure_alias(AliasSpec(uuid4(), "direccion@empresa.example", ana.id))
    directory.set_auto_reply(ana.id, AutoReply("Fuera", "Vuelvo el lunes."))
    mail_client.deliver("direccion@empresa.example")
    assert forwarded(sink, 1) == ["x@fuera.example"]


def test_machines_and_lists_are_not_answered(directory, mail_client, sink, ana):
    directory.set_auto_reply(ana.id, AutoReply("Fuera", "Vuelvo el lunes."))
    mail_client.deliver(ana.address, "1", head="Precedence: bulk\r\nList-Id: <noticias.fuera.example>\r\n")
    mail_client.deliver(ana.address, "2", head="Auto-Submitted: auto-generated\r\n")
    mail_client.deliver(ana.address, "3", sender="MAILER-DAEMON@fuera.example")
    assert len(mail_client.subjects(ana.address, PASSWORD)) == 3
    assert sink.received == []


@pytest.mark.parametrize(
    ("starts", "ends", "answers"), [(-1, 1, True), (1, 2, False), (-2, -1, False), (None, 1, True), (-1, None, True)]
)
def test_a_reply_holds_within_its_times(directory, mail_client, sink, ana, starts, ends, answers):
    at = {name: None if days is None else NOW + timedelta(hours=days) for name, days in (("s", starts), ("e", ends))}
    directory.set_auto_reply(ana.id, AutoReply("Fuera", "Vuelvo.", starts_at=at["s"], ends_at=at["e"]))
    mail_client.deliver(ana.address)
    assert mail_client.subjects(ana.address, PASSWORD) == ["hola"]
    assert len(sink.received) == int(answers)


@pytest.mark.parametrize(("audience", "answered"), [(Audience.INTERNAL, "luis"), (Audience.EXTERNAL, "x")])
def test_only_colleagues_or_only_others_are_answered(directory, mail_client, sink, ana, audience, answered):
    domains = frozenset({"empresa.example"})
    directory.set_auto_reply(ana.id, AutoReply("Fuera", "Vuelvo.", audience, internal_domains=domains))
    mail_client.deliver(ana.address, sender="luis@empresa.example")
    mail_client.deliver(ana.address, sender="x@fuera.example")
    assert [recipient.partition("@")[0] for recipient in forwarded(sink, 1)] == [answered]


@pytest.fixture
def everybody(directory, ana, luis):
    contact = ContactSpec(uuid4(), "Proveedor", "o'brien+mx@proveedor.example", TENANT)
    directory.ensure_contact(contact)
    spec = ListSpec(
        uuid4(), "todos@empresa.example", "Todos", frozenset({ana.id, luis.id, contact.id}), frozenset({ana.id})
    )
    directory.ensure_list(spec)
    return spec


def test_mail_to_a_list_reaches_every_member_and_stays_nowhere(mail_client, sink, everybody):
    mail_client.deliver(everybody.address, "Junta")
    assert forwarded(sink, 3) == ["ana@empresa.example", "luis@empresa.example", "o'brien+mx@proveedor.example"]
    assert {sent.message["Subject"] for sent in sink.received} == {"Junta"}


def test_while_the_way_out_is_closed_a_list_loses_nothing_and_doubles_nothing(mail_client, sink, everybody):
    sink.refuses = "451 4.3.0 later"
    head = "Message-ID: <uno@fuera.example>\r\n"
    with pytest.raises(smtplib.SMTPException, match=r"45\d"):
        mail_client.deliver(everybody.address, head=head)
    sink.received.clear()
    sink.refuses = ""
    mail_client.deliver(everybody.address, head=head)
    assert len(forwarded(sink, 3)) == 3


def test_a_member_that_is_disabled_is_passed_over_and_a_renamed_one_is_found(
    directory, mail_client, sink, everybody, luis
):
    [ana] = everybody.owner_ids
    directory.disable_mailbox(luis.id)
    directory.rename_mailbox(
        ana, old_address="ana@empresa.example", new_address="a.n@empresa.example", alias_id=uuid4()
    )
    mail_client.deliver(everybody.address)
    assert forwarded(sink, 2) == ["a.n@empresa.example", "o'brien+mx@proveedor.example"]


def test_a_list_within_a_list_gets_the_mail(directory, mail_client, sink, everybody):
    directory.ensure_list(ListSpec(uuid4(), "gran@empresa.example", "Gran", frozenset({everybody.id})))
    mail_client.deliver("gran@empresa.example")
    assert forwarded(sink, 1) == [everybody.address]


def test_nobody_signs_in_to_a_list(mail_client, everybody):
    with pytest.raises(Exception, match="AUTHENTICATIONFAILED"):
        mail_client.sign_in(everybody.address, PASSWORD)


@pytest.mark.parametrize(
    ("senders", "sender", "passes"),
    [
        (Senders.ANYONE, "x@fuera.example", True),
        (Senders.INTERNAL, "nadie@empresa.example", True),
        (Senders.INTERNAL, "x@fuera.example", False),
        (Senders.MEMBERS, "luis@empresa.example", True),
        (Senders.MEMBERS, "o'brien+mx@proveedor.example", True),
        (Senders.MEMBERS, "nadie@empresa.example", False),
        (Senders.OWNERS, "ana@empresa.example", True),
        (Senders.OWNERS, "luis@empresa.example", False),
    ],
)
def test_a_list_takes_mail_from_whom_it_should(directory, mail_client, sink, everybody, senders, sender, passes):
    directory.ensure_list(replace(everybody, senders=senders))
    mail_client.deliver(everybody.address, "Junta", sender=sender)
    got = sink.wait_for(3 if passes else 1)
    if passes:
        assert len(got) == 3
    else:
        assert [sent.recipients for sent in got] == [(sender,)]  # only the refusal, to who sent it


def test_an_empty_list_tells_who_writes_to_it(directory, mail_client, sink, ana):
    directory.ensure_list(ListSpec(uuid4(), "vacia@empresa.example", "Vacía"))
    mail_client.deliver("vacia@empresa.example")
    assert forwarded(sink, 1) == ["x@fuera.example"]


def test_a_big_list_goes_out_in_parts_and_reaches_everybody_once(directory, mail_client, sink, ana):
    specs = [mailbox(f"p{number:04}@empresa.example") for number in range(450)]
    directory.ensure_mailboxes(specs)
    everybody = ListSpec(uuid4(), "plantilla@empresa.example", "Todos", frozenset(spec.id for spec in specs))
    directory.ensure_list(everybody)
    mail_client.deliver(everybody.address)
    parts = forwarded(sink, 5)
    assert len(parts) == 5
    sink.received.clear()
    for part in parts:
        mail_client.deliver(part, head=f"X-Sieve-Redirected-From: {everybody.address}\r\n")
    assert forwarded(sink, 450) == [spec.address for spec in specs]


def test_a_removed_list_takes_no_more_mail(directory, mail_client, everybody):
    directory.remove_list(everybody.id)
    assert mail_client.refusal(everybody.address) == 550


def test_a_shared_mailbox_receives_and_answers_and_nobody_signs_in(directory, mail_client, sink, ana):
    shared = mailbox("ventas@empresa.example", kind=MailboxKind.SHARED)
    directory.ensure_mailbox(shared)
    directory.set_auto_reply(shared.id, AutoReply("Recibido", "Le contestamos pronto."))
    assert mail_client.refusal(shared.address) == 250
    assert forwarded(sink, 1) == ["x@fuera.example"]
    for password in ("", PASSWORD):
        with pytest.raises(Exception, match="AUTHENTICATIONFAILED"):
            mail_client.sign_in(shared.address, password)


def test_a_refused_recipient_is_still_refused(mail_client, ana):
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        mail_client.deliver("nadie@empresa.example")

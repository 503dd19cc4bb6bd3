"""What leaves a mailbox of `make run`: back in when it is for one of ours, kept to be read when it is for the world."""

from __future__ import annotations

import smtplib
import threading
from email.message import EmailMessage

import pytest
from django.urls import reverse

from cloudpanel.local.mail import latest_messages
from cloudpanel.local.post_office import MAX_BYTES, PostOffice


@pytest.fixture
def inside() -> list[tuple[str, str, bytes]]:
    return []


@pytest.fixture
def office(tmp_path, settings, inside):
    def deliver(sender: str, recipient: str, message: bytes) -> bool:
        if recipient == "lleno@buzones.example":
            raise smtplib.SMTPException("552 full")
        if recipient.endswith("@buzones.example"):
            inside.append((sender, recipient, message))
            return True
        return False

    with PostOffice(0, tmp_path / "mail", deliver) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        settings.LOCAL_DIR, settings.LOCAL_SMTP_PORT = tmp_path, server.server_address[1]
        yield server
        server.shutdown()


@pytest.fixture
def line(office):
    with smtplib.SMTP("127.0.0.1", office.server_address[1], timeout=5) as line:
        yield line


def message(text: str = "Hola\n.punto\n") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@fuera.example", "ana@buzones.example", "Reunión"
    made.set_content(text)
    return made.as_bytes()


def test_a_forward_to_outside_can_be_read_with_its_true_recipient(line):
    line.sendmail("ana@buzones.example", ["otra@fuera.example"], message())
    [kept] = latest_messages(5)
    assert (kept.recipients, kept.subject) == ("otra@fuera.example", "Reunión")
    assert kept.text.split() == ["Hola", ".punto"]


def test_mail_to_one_of_ours_is_delivered_and_not_kept(line, inside):
    line.sendmail("", ["ana@buzones.example", "otra@fuera.example"], message())
    assert [(sender, recipient) for sender, recipient, _raw in inside] == [("", "ana@buzones.example")]
    assert [kept.recipients for kept in latest_messages(5)] == ["otra@fuera.example"]


def test_what_cannot_be_delivered_now_is_to_be_offered_again(line):
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        line.sendmail("ana@buzones.example", ["lleno@buzones.example"], message())
    assert latest_messages(5) == []


def test_a_message_without_end_is_refused_without_filling_memory(line):
    line.docmd("MAIL FROM:<a@x.example>")
    line.docmd("RCPT TO:<b@x.example>")
    assert line.docmd("DATA")[0] == 354
    line.send(b"x" * 50_000 + b"\r\n")
    for _part in range(MAX_BYTES // 1_000_000 + 1):
        line.send((b"y" * 999 + b"\n") * 1000)
    assert line.docmd(".")[0] == 552


@pytest.mark.parametrize("words", ["DATA", "FOO bar", "RCPT TO:", "MAIL FROM:"])
def test_nonsense_does_not_end_it(line, words):
    assert line.docmd(words)[0] in {250, 503}
    assert line.noop()[0] == 250


def test_somebody_writes_to_a_mailbox_in_the_browser(client, db, office, inside):
    data = {"sender": "yo@fuera.example", "recipient": "ana@buzones.example", "subject": "Prueba", "text": "¿Llega?"}
    page = client.post(reverse("local:mail_send"), data, follow=True).content.decode()
    assert "Se entregó" in page
    assert inside[0][:2] == ("yo@fuera.example", "ana@buzones.example")


def test_without_a_mail_server_it_says_so_and_keeps_what_was_typed(client, db, settings):
    settings.LOCAL_SMTP_PORT = 1
    data = {"sender": "yo@fuera.example", "recipient": "ana@buzones.example", "subject": "Prueba", "text": "x"}
    page = client.post(reverse("local:mail_send"), data).content.decode()
    assert "make dovecot" in page
    assert 'value="Prueba"' in page

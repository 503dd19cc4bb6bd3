"""Mailboxes that several people open: Debian's Dovecot with the files that the caretaker writes."""

import imaplib
from uuid import uuid4

import pytest

from exchange.drivers.base import Access, DomainSpec, MailboxKind
from exchange.drivers.directory.caretaker import caretaker_of
from tests.exchange.drivers.conftest import mailbox

pytestmark = [pytest.mark.counterpart, pytest.mark.slow]

PASSWORD = "Contraseña-1a"
FULL = frozenset({Access.FULL})


@pytest.fixture
def caretaker(dovecot):
    caretaker = caretaker_of(dovecot.settings.home)
    yield caretaker
    caretaker.close()


@pytest.fixture
def people(directory, mail_client):
    """Ana, Luis and the shared mailbox of sales."""
    directory.ensure_domain(DomainSpec(uuid4(), "empresa.example"))
    password_hash = directory.hash_password(PASSWORD)
    ana = mailbox("ana@empresa.example", password_hash=password_hash)
    luis = mailbox("luis@empresa.example", password_hash=password_hash)
    ventas = mailbox("ventas@empresa.example", kind=MailboxKind.SHARED)
    directory.ensure_mailboxes([ana, luis, ventas])
    return ana, luis, ventas


@pytest.fixture
def signed_in(mail_client):
    sessions = []

    def sign_in(spec):
        sessions.append(mail_client.sign_in(spec.address, PASSWORD))
        return sessions[-1]

    yield sign_in
    for session in sessions:
        session.shutdown()


def folders(session):
    return {line.decode().rpartition('"/" ')[2].strip('"') for line in session.list()[1] if line}


def read(session, folder):
    """How many messages there are; None when it cannot be opened."""
    status, (count,) = session.select(f'"{folder}"')
    return int(count) if status == "OK" else None


def test_full_access_opens_the_mailbox_of_another(directory, mail_client, caretaker, people, signed_in):
    ana, luis, _ = people
    mail_client.deliver(ana.address, "Para Ana")
    directory.set_permissions(ana.id, {luis.id: FULL})
    assert caretaker.write_access_files() == [str(ana.id)]
    session = signed_in(luis)
    assert f"Compartidos/{ana.address}/INBOX" in folders(session) or f"Compartidos/{ana.address}" in folders(session)
    assert read(session, f"Compartidos/{ana.address}/INBOX") == 1


def test_all_folders_are_shared_and_can_be_worked_in(directory, mail_client, caretaker, people, signed_in):
    ana, luis, _ = people
    signed_in(ana).create("Proyectos")
    directory.set_permissions(ana.id, {luis.id: FULL})
    caretaker.write_access_files()
    session = signed_in(luis)
    folder = f"Compartidos/{ana.address}/Proyectos"
    assert folder in folders(session)
    assert session.append(f'"{folder}"', None, None, b"Subject: nuevo\r\n\r\nhola\r\n")[0] == "OK"
    assert read(session, folder) == 1
    session.store("1", "+FLAGS", r"\Deleted")
    assert session.expunge()[1] == [b"1"]


def test_nobody_else_opens_it_and_a_part_permission_opens_nothing(directory, mail_client, caretaker, people, signed_in):
    ana, luis, _ = people
    mail_client.deliver(ana.address)
    directory.set_permissions(ana.id, {luis.id: frozenset({Access.SEND_AS, Access.SEND_ON_BEHALF})})
    caretaker.write_access_files()
    session = signed_in(luis)
    assert not [name for name in folders(session) if ana.address in name]
    assert read(session, f"Compartidos/{ana.address}/INBOX") is None


def test_what_was_taken_away_ends_the_session_and_opens_no_more(directory, mail_client, caretaker, people, signed_in):
    ana, luis, _ = people
    mail_client.deliver(ana.address)
    directory.set_permissions(ana.id, {luis.id: FULL})
    caretaker.write_access_files()
    session = signed_in(luis)
    assert read(session, f"Compartidos/{ana.address}/INBOX") == 1
    directory.set_permissions(ana.id, {})
    assert caretaker.write_access_files() == [str(ana.id)]
    assert str(luis.id) in caretaker.end_sessions()
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        session.noop()
    assert read(signed_in(luis), f"Compartidos/{ana.address}/INBOX") is None


def test_the_owner_keeps_every_right(directory, mail_client, caretaker, people, signed_in):
    ana, luis, _ = people
    mail_client.deliver(ana.address)
    directory.set_permissions(ana.id, {luis.id: FULL})
    caretaker.write_access_files()
    session = signed_in(ana)
    assert read(session, "INBOX") == 1
    session.store("1", "+FLAGS", r"\Deleted")
    assert session.expunge()[1] == [b"1"]
    assert session.create("Nueva")[0] == "OK"


def test_a_shared_mailbox_that_nobody_ever_opened_is_there_for_its_members(
    directory, mail_client, caretaker, people, signed_in
):
    _, luis, ventas = people
    directory.set_permissions(ventas.id, {luis.id: FULL})
    caretaker.write_access_files()
    mail_client.deliver(ventas.address, "Pedido")
    assert read(signed_in(luis), f"Compartidos/{ventas.address}/INBOX") == 1


def test_the_sender_map_of_postfix_names_the_owner_and_who_may_send_as(directory, people, query):
    ana, luis, ventas = people
    directory.set_permissions(ventas.id, {luis.id: frozenset({Access.SEND_AS}), ana.id: FULL})
    found = query("SELECT login FROM dovecot.sender_login WHERE address = %s", ventas.address)
    assert {login for (login,) in found} == {str(ventas.id), str(luis.id)}


def test_files_are_written_once_and_again_after_an_hour(directory, caretaker, people, dovecot):
    ana, luis, _ = people
    directory.set_permissions(ana.id, {luis.id: FULL})
    assert caretaker.write_access_files() == [str(ana.id)]
    assert caretaker.write_access_files() == []
    where = dovecot.settings.mail_root / str(ana.id)[:2] / str(ana.id)[2:4] / str(ana.id) / "Maildir"
    (where / "dovecot-acl").write_text("user=nadie lr\n")
    caretaker._written_until = None
    assert caretaker.write_access_files() == [str(ana.id)]
    assert (where / "dovecot-acl").read_text() == f"user={luis.id} lrwstipekx\n"

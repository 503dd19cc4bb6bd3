"""The caretaker of the mail host: sessions end when the right to them ends, and purged mail leaves the disk."""

import imaplib
from dataclasses import replace
from uuid import uuid4

import pytest

from exchange.drivers.base import DomainSpec, Protocol
from exchange.drivers.directory.caretaker import caretaker_of
from tests.exchange.drivers.conftest import mailbox

pytestmark = [pytest.mark.counterpart, pytest.mark.slow]

PASSWORD = "Clave-1a"
EMPRESA = DomainSpec(uuid4(), "empresa.example")


@pytest.fixture
def caretaker(dovecot, directory, query):
    query("TRUNCATE mail.session_end")
    caretaker = caretaker_of(dovecot.settings.home)
    caretaker.grace = 0.0
    yield caretaker
    caretaker.close()


@pytest.fixture
def ana(directory, caretaker):
    directory.ensure_domain(EMPRESA)
    spec = mailbox(password_hash=directory.hash_password(PASSWORD))
    directory.ensure_mailbox(spec)
    return spec


LOSSES = {
    "disabled": lambda directory, ana: directory.disable_mailbox(ana.id),
    "removed": lambda directory, ana: directory.remove_mailbox(ana.id),
    "purged": lambda directory, ana: directory.purge_mailbox(ana.id),
    "another password": lambda directory, ana: directory.set_password(ana.id, "Otra-2b"),
    "without password": lambda directory, ana: directory.set_password_hash(ana.id, None),
    "without IMAP": lambda directory, ana: directory.ensure_mailbox(replace(ana, protocols=frozenset({Protocol.POP3}))),
    "suspended domain": lambda directory, ana: directory.ensure_domain(replace(EMPRESA, is_enabled=False)),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_who_loses_the_right_loses_the_session(mail_client, directory, caretaker, ana, loss):
    session = mail_client.sign_in(ana.address, PASSWORD)
    LOSSES[loss](directory, ana)
    assert caretaker.end_sessions() == [str(ana.id)]
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        session.noop()
        session.noop()


def test_nothing_else_ends_a_session(mail_client, directory, caretaker, ana):
    session = mail_client.sign_in(ana.address, PASSWORD)
    directory.set_quota(ana.id, 70)
    directory.ensure_mailbox(replace(ana, display_name="Ana Núñez Peña", quota_mb=80))
    directory.rename_mailbox(ana.id, old_address=ana.address, new_address="nunez@empresa.example", alias_id=uuid4())
    assert caretaker.end_sessions() == []
    session.noop()
    session.logout()


def test_who_signs_in_anew_is_not_disconnected_again(mail_client, directory, caretaker, ana):
    session = mail_client.sign_in(ana.address, PASSWORD)
    directory.set_password(ana.id, "Otra-2b")
    assert caretaker.end_sessions() == [str(ana.id)]
    session.shutdown()
    session = mail_client.sign_in(ana.address, "Otra-2b")
    assert caretaker.end_sessions() == []
    session.logout()


def test_purged_mail_leaves_the_disk_and_only_that(mail_client, directory, dovecot, caretaker, ana):
    luis = mailbox("luis@empresa.example")
    directory.ensure_mailbox(luis)
    for spec in (ana, luis):
        mail_client.deliver(spec.address)
    directory.remove_mailbox(luis.id)
    directory.purge_mailbox(ana.id)
    assert caretaker.erase_purged() == [str(ana.id)]
    left = {path.name for path in dovecot.settings.mail_root.glob("*/*/*")}
    assert str(ana.id) not in left
    assert str(luis.id) in left
    assert caretaker.erase_purged() == []


def test_a_purged_mailbox_that_never_had_mail_is_done_with(directory, caretaker, ana):
    directory.purge_mailbox(ana.id)
    assert caretaker.erase_purged() == [str(ana.id)]


def test_mail_stays_while_a_delivery_could_still_be_going_on(directory, caretaker, ana):
    caretaker.grace = 120.0
    directory.purge_mailbox(ana.id)
    assert caretaker.erase_purged() == []


@pytest.mark.parametrize("directory_name", ["", "..", "/etc", "aa/bb/../..", "aa/bb"])
def test_nothing_but_a_mailbox_is_ever_erased(caretaker, directory_name):
    with pytest.raises(OSError, match="not the directory of a mailbox"):
        caretaker._erase(directory_name)

"""What a mailbox of the directory is worth to its owner: Debian's Dovecot, over IMAP and LMTP."""

import imaplib
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from uuid import uuid4

import pytest
from argon2 import PasswordHasher

from exchange.drivers.base import AliasSpec, DomainSpec, Protocol
from exchange.drivers.passwords import MAX_MEMORY_KIB
from tests.exchange.drivers.conftest import mailbox

pytestmark = [pytest.mark.counterpart, pytest.mark.slow]

PASSWORD = "Contraseña-1a"


@pytest.fixture
def ana(directory, mail_client):
    directory.ensure_domain(DomainSpec(uuid4(), "empresa.example"))
    spec = mailbox(quota_mb=2, password_hash=directory.hash_password(PASSWORD))
    directory.ensure_mailbox(spec)
    return spec


def refuses(mail_client, address, password):
    with pytest.raises(imaplib.IMAP4.error) as refusal:
        mail_client.sign_in(address, password)
    assert "AUTHENTICATIONFAILED" in str(refusal.value)
    return True


def test_a_mailbox_is_signed_into_and_what_is_delivered_is_read(mail_client, ana):
    mail_client.deliver(ana.address, "Bienvenida")
    assert mail_client.subjects(ana.address, PASSWORD) == ["Bienvenida"]


def test_mail_programs_find_their_special_folders(mail_client, ana):
    session = mail_client.sign_in(ana.address, PASSWORD)
    folders = b" ".join(session.list()[1])
    session.logout()
    assert all(use in folders for use in (b"\\Drafts", b"\\Sent", b"\\Junk", b"\\Trash"))


def test_the_quota_is_shown_and_the_panel_sees_what_is_used(mail_client, directory, ana):
    assert mail_client.quota(ana.address, PASSWORD) == (0, 2048)
    mail_client.deliver(ana.address, size=300_000)
    used, limit = mail_client.quota(ana.address, PASSWORD)
    assert 290 < used < 310
    assert limit == 2048
    usage = directory.usage([ana.id])[ana.id]
    assert usage.message_count == 1
    assert abs(usage.used_bytes / 1024 - used) < 2
    assert usage.measured_at is not None


def test_usage_falls_when_mail_is_deleted(mail_client, directory, ana):
    mail_client.deliver(ana.address, size=300_000)
    session = mail_client.sign_in(ana.address, PASSWORD)
    session.select("INBOX")
    session.store("1", "+FLAGS", r"\Deleted")
    session.expunge()
    session.logout()
    assert mail_client.quota(ana.address, PASSWORD)[0] == 0
    assert directory.usage([ana.id])[ana.id].message_count == 0


def test_a_new_limit_holds_at_the_next_sign_in(mail_client, directory, ana):
    directory.set_quota(ana.id, 7)
    assert mail_client.quota(ana.address, PASSWORD)[1] == 7 * 1024


def test_a_full_mailbox_takes_no_more(mail_client, directory, ana):
    directory.set_quota(ana.id, 1)
    mail_client.deliver(ana.address, size=900_000)
    with pytest.raises(Exception, match=r"552.*lleno"):
        mail_client.deliver(ana.address, size=300_000)
    directory.set_quota(ana.id, 2)
    mail_client.deliver(ana.address, size=300_000)


def test_a_wrong_password_is_refused(mail_client, ana):
    assert refuses(mail_client, ana.address, "Contraseña-1b")


def test_an_empty_password_is_refused(mail_client, ana):
    assert refuses(mail_client, ana.address, "")


def test_a_mailbox_without_password_receives_but_cannot_be_signed_in_to(mail_client, directory, ana):
    directory.ensure_mailbox(mailbox("sinclave@empresa.example"))
    assert mail_client.refusal("sinclave@empresa.example") == 250
    assert refuses(mail_client, "sinclave@empresa.example", "")
    assert refuses(mail_client, "sinclave@empresa.example", PASSWORD)


@pytest.mark.parametrize(
    "password", ["Ñandú ¿qué? 1", "con 'comilla' y \"dobles\"", "%u %% $HOME \\n `id`", "日本語-password", "x" * 200]
)
def test_any_password_a_person_types_works(mail_client, directory, ana, password):
    directory.set_password(ana.id, password)
    mail_client.sign_in(ana.address, password).logout()
    assert refuses(mail_client, ana.address, PASSWORD)


@pytest.mark.parametrize("scheme", ["BLF-CRYPT", "SHA512-CRYPT"])
def test_hashes_that_moved_in_from_elsewhere_are_verified(mail_client, directory, dovecot, ana, scheme):
    made = dovecot.doveadm("pw", "-s", scheme, "-p", "Clave-1a").strip()
    directory.set_password_hash(ana.id, made)
    mail_client.sign_in(ana.address, "Clave-1a").logout()


def test_the_dearest_hash_that_we_take_still_fits_into_dovecots_memory(mail_client, directory, ana):
    dearest = PasswordHasher(time_cost=1, memory_cost=MAX_MEMORY_KIB, parallelism=8).hash("Clave-1a")
    directory.set_password_hash(ana.id, "{ARGON2ID}" + dearest)
    with ThreadPoolExecutor(4) as pool:
        for session in [pool.submit(mail_client.sign_in, ana.address, "Clave-1a") for _ in range(4)]:
            session.result().logout()


def test_the_name_may_be_typed_in_capitals(mail_client, ana):
    mail_client.sign_in(ana.address.upper(), PASSWORD).logout()
    assert mail_client.refusal("ANA@Empresa.Example") == 250


def test_details_after_a_plus_reach_the_mailbox(mail_client, ana):
    mail_client.deliver("ana+compras@empresa.example", "Pedido")
    assert mail_client.subjects(ana.address, PASSWORD) == ["Pedido"]


def test_a_disabled_mailbox_is_refused_and_enabled_again_has_its_mail(mail_client, directory, ana):
    mail_client.deliver(ana.address, "Antes")
    directory.disable_mailbox(ana.id)
    assert refuses(mail_client, ana.address, PASSWORD)
    assert mail_client.refusal(ana.address) == 550
    directory.enable_mailbox(ana.id)
    assert mail_client.subjects(ana.address, PASSWORD) == ["Antes"]


def test_a_removed_mailbox_is_gone_and_restored_has_its_mail(mail_client, directory, ana):
    mail_client.deliver(ana.address, "Antes")
    directory.remove_mailbox(ana.id)
    assert refuses(mail_client, ana.address, PASSWORD)
    assert mail_client.refusal(ana.address) == 550
    directory.restore_mailbox(ana.id)
    assert mail_client.subjects(ana.address, PASSWORD) == ["Antes"]


def test_who_gets_an_address_anew_finds_nothing_of_its_former_owner(mail_client, directory, ana):
    mail_client.deliver(ana.address, "Secreto")
    directory.purge_mailbox(ana.id)
    directory.ensure_mailbox(replace(ana, id=uuid4()))
    assert mail_client.subjects(ana.address, PASSWORD) == []


def test_a_suspended_domain_lets_nobody_in_goes_on_receiving_and_resumed_has_it_all(mail_client, directory, ana):
    domain = DomainSpec(uuid4(), "suspendida.example")
    directory.ensure_domain(domain)
    directory.ensure_mailbox(mailbox("luis@suspendida.example", password_hash=directory.hash_password(PASSWORD)))
    directory.ensure_domain(replace(domain, is_enabled=False))
    assert refuses(mail_client, "luis@suspendida.example", PASSWORD)
    mail_client.deliver("luis@suspendida.example", "Mientras tanto")
    directory.ensure_domain(domain)
    assert mail_client.subjects("luis@suspendida.example", PASSWORD) == ["Mientras tanto"]


def test_a_renamed_mailbox_keeps_its_mail_and_both_addresses(mail_client, directory, ana):
    mail_client.deliver(ana.address, "Antes")
    directory.rename_mailbox(ana.id, old_address=ana.address, new_address="nunez@empresa.example", alias_id=uuid4())
    mail_client.deliver(ana.address, "Por la anterior")
    mail_client.deliver("nunez@empresa.example", "Por la nueva")
    assert mail_client.subjects("nunez@empresa.example", PASSWORD) == ["Antes", "Por la anterior", "Por la nueva"]
    mail_client.sign_in(ana.address, PASSWORD).logout()


def test_an_alias_delivers_until_it_is_removed(mail_client, directory, ana):
    alias = AliasSpec(uuid4(), "ventas@empresa.example", ana.id)
    directory.ensure_alias(alias)
    mail_client.deliver(alias.address, "Cotiza")
    assert mail_client.subjects(ana.address, PASSWORD) == ["Cotiza"]
    directory.remove_alias(alias.id)
    assert mail_client.refusal(alias.address) == 550


def test_nobody_signs_in_with_a_protocol_that_was_not_sold(mail_client, directory, ana):
    directory.ensure_mailbox(replace(ana, protocols=frozenset({Protocol.POP3})))
    assert refuses(mail_client, ana.address, PASSWORD)
    assert mail_client.refusal(ana.address) == 250


@pytest.mark.parametrize(
    "address", ["nadie@empresa.example", "ana@ajena.example", "ana", "%u@empresa.example", "' OR true --@x"]
)
def test_who_is_not_in_the_directory_is_refused(mail_client, ana, address):
    assert refuses(mail_client, address, PASSWORD)


def test_an_id_is_no_name_to_sign_in_with(mail_client, ana):
    assert refuses(mail_client, str(ana.id), PASSWORD)


def test_while_the_directory_is_away_nobody_is_told_of_a_wrong_password(mail_client, ana, line_to_directory):
    line_to_directory.cut()
    try:
        with pytest.raises(imaplib.IMAP4.error, match="UNAVAILABLE"):
            mail_client.sign_in(ana.address, PASSWORD)
    finally:
        line_to_directory.restore()
    mail_client.sign_in(ana.address, PASSWORD).logout()


def test_while_the_directory_is_away_mail_is_not_sent_back(mail_client, ana, line_to_directory):
    line_to_directory.cut()
    try:
        with ThreadPoolExecutor(1) as pool:
            delivery = pool.submit(mail_client.refusal, ana.address)
            wait([delivery], timeout=0.5)
            line_to_directory.restore()
            assert delivery.result() == 250 or 400 <= delivery.result() < 500
    finally:
        line_to_directory.restore()


def test_support_finds_a_mailbox_by_address_and_by_id_and_lists_them_all(dovecot, ana):
    for name in (ana.address, str(ana.id)):
        assert f"/{ana.id}" in dovecot.doveadm("user", name)
    assert dovecot.doveadm("user", "*").split() == [str(ana.id)]


def test_an_open_session_ends_when_support_kicks_it(dovecot, mail_client, directory, ana):
    session = mail_client.sign_in(ana.address, PASSWORD)
    directory.disable_mailbox(ana.id)
    session.noop()  # what was open stays open: Dovecot does not ask again
    dovecot.doveadm("kick", str(ana.id))
    with pytest.raises(imaplib.IMAP4.abort):
        session.noop()
        session.noop()

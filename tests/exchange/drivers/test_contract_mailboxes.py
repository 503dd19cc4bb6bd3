"""What every mail driver promises about mailboxes."""

from dataclasses import replace
from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers.base import AliasSpec, DomainSpec, MailboxState, Outcome, Protocol
from tests.exchange.drivers.conftest import mailbox

TOO_BIG = "{ARGON2ID}$argon2id$v=19$m=524288,t=2,p=1$YWFhYWFhYWE$YWFhYQ"


def test_a_mailbox_is_created_then_unchanged_then_amended(driver, empresa):
    spec = mailbox()
    assert driver.ensure_mailbox(spec) is Outcome.CREATED
    assert driver.ensure_mailbox(spec) is Outcome.UNCHANGED
    assert driver.ensure_mailbox(replace(spec, quota_mb=80)) is Outcome.AMENDED
    assert driver.lookup([spec.id])[spec.id].quota_mb == 80


def test_it_is_found_as_it_was_ordered(driver, empresa):
    spec = mailbox(
        display_name='Peña "la ñ" Gómez',
        protocols=frozenset({Protocol.IMAP}),
        password_hash=driver.hash_password("Clave-1a"),
    )
    driver.ensure_mailbox(spec)
    found = driver.lookup([spec.id, uuid4()])
    assert list(found) == [spec.id]
    assert found[spec.id].display_name == 'Peña "la ñ" Gómez'
    assert found[spec.id].protocols == {Protocol.IMAP}
    assert found[spec.id].state is MailboxState.ENABLED
    assert found[spec.id].has_password


def test_without_a_domain_there_is_no_mailbox(driver):
    with pytest.raises(PermanentError) as refusal:
        driver.ensure_mailbox(mailbox())
    assert "ana@empresa.example" in refusal.value.user_message


def test_an_address_that_another_has_is_refused_in_spanish(driver, ana):
    with pytest.raises(PermanentError) as refusal:
        driver.ensure_mailbox(mailbox(ana.address))
    assert refusal.value.user_message == "La dirección ana@empresa.example ya está en uso."
    assert driver.lookup([ana.id])[ana.id].address == ana.address


def test_an_address_stays_reserved_while_its_mailbox_is_in_the_bin(driver, ana):
    driver.remove_mailbox(ana.id)
    with pytest.raises(PermanentError):
        driver.ensure_mailbox(mailbox(ana.address))


@pytest.mark.parametrize(
    "address",
    ["%u@empresa.example", "o'brien@empresa.example", 'a"b@empresa.example', "ana luz@empresa.example", "Ana@empresa.example",
     "ana+x@empresa.example", "ñ@empresa.example", "a..b@empresa.example", ".a@empresa.example", "a.@empresa.example",
     "a/b@empresa.example", "../a@empresa.example", "@empresa.example", "ana@", "ana", f"{'a' * 65}@empresa.example"],
)  # fmt: skip
def test_an_address_that_dovecot_could_misread_is_a_mistake_of_the_caller(driver, empresa, address):
    with pytest.raises(ValueError):
        driver.ensure_mailbox(mailbox(address))


@pytest.mark.parametrize(
    "changes", [{"quota_mb": 0}, {"quota_mb": -1}, {"quota_mb": 2**31}, {"display_name": "x" * 201}]
)
def test_values_that_the_mail_server_would_misread_are_a_mistake_of_the_caller(driver, empresa, changes):
    with pytest.raises(ValueError):
        driver.ensure_mailbox(mailbox(**changes))


@pytest.mark.parametrize("secret", ["Clave-1a", "{PLAIN}Clave-1a", "", TOO_BIG])
def test_what_is_no_safe_hash_is_refused_without_repeating_it(driver, empresa, secret):
    with pytest.raises(ValueError) as mistake:
        driver.ensure_mailbox(mailbox(password_hash=secret))
    assert not secret or secret not in str(mistake.value)


def test_a_repeated_creation_does_not_erase_the_password_chosen_meanwhile(driver, ana):
    driver.set_password(ana.id, "Clave-1a")
    assert driver.ensure_mailbox(ana) is Outcome.UNCHANGED
    assert driver.lookup([ana.id])[ana.id].has_password


def test_a_password_can_be_taken_away(driver, ana):
    driver.set_password(ana.id, "Clave-ñ-'1'")
    assert driver.set_password_hash(ana.id, None) is Outcome.AMENDED
    assert driver.set_password_hash(ana.id, None) is Outcome.UNCHANGED
    assert not driver.lookup([ana.id])[ana.id].has_password


def test_the_hash_is_never_shown(driver, ana):
    sealed = driver.hash_password("Clave-1a")
    assert "Clave-1a" not in sealed
    assert sealed not in repr(replace(ana, password_hash=sealed))


def test_disabling_and_enabling_may_be_repeated(driver, ana):
    assert driver.disable_mailbox(ana.id) is Outcome.AMENDED
    assert driver.disable_mailbox(ana.id) is Outcome.UNCHANGED
    assert driver.lookup([ana.id])[ana.id].state is MailboxState.DISABLED
    assert driver.enable_mailbox(ana.id) is Outcome.AMENDED
    assert driver.enable_mailbox(ana.id) is Outcome.UNCHANGED


def test_the_bin_keeps_everything(driver, ana):
    alias = AliasSpec(uuid4(), "ventas@empresa.example", ana.id)
    driver.ensure_alias(alias)
    driver.remove_mailbox(ana.id)
    driver.remove_mailbox(ana.id)
    assert driver.lookup([ana.id])[ana.id].state is MailboxState.REMOVED
    assert driver.restore_mailbox(ana.id) is Outcome.AMENDED
    assert driver.restore_mailbox(ana.id) is Outcome.UNCHANGED
    assert driver.lookup([ana.id])[ana.id].aliases == {alias.id: alias.address}


def test_a_late_retry_does_not_bring_a_mailbox_back_from_the_bin(driver, ana):
    driver.remove_mailbox(ana.id)
    for call in (
        lambda: driver.ensure_mailbox(ana),
        lambda: driver.enable_mailbox(ana.id),
        lambda: driver.set_quota(ana.id, 9),
        lambda: driver.set_password(ana.id, "Clave-1a"),
        lambda: driver.ensure_alias(AliasSpec(uuid4(), "ventas@empresa.example", ana.id)),
    ):
        with pytest.raises(PermanentError) as refusal:
            call()
        assert "papelera" in refusal.value.user_message
    assert driver.lookup([ana.id])[ana.id].state is MailboxState.REMOVED


def test_a_purge_frees_the_addresses_and_may_be_repeated(driver, ana):
    driver.ensure_alias(AliasSpec(uuid4(), "ventas@empresa.example", ana.id))
    driver.purge_mailbox(ana.id)
    driver.purge_mailbox(ana.id)
    assert driver.lookup([ana.id]) == {}
    assert driver.ensure_mailbox(mailbox(ana.address)) is Outcome.CREATED
    assert driver.ensure_mailbox(mailbox("ventas@empresa.example")) is Outcome.CREATED


def test_a_purged_id_never_comes_back(driver, ana):
    driver.purge_mailbox(ana.id)
    for call in (lambda: driver.ensure_mailbox(ana), lambda: driver.restore_mailbox(ana.id)):
        with pytest.raises(PermanentError) as refusal:
            call()
        assert "definitivamente" in refusal.value.user_message


def test_a_creation_that_arrives_after_its_purge_is_refused(driver, empresa):
    spec = mailbox()
    driver.purge_mailbox(spec.id)
    with pytest.raises(PermanentError):
        driver.ensure_mailbox(spec)


def test_what_was_never_there_is_gone_already_but_cannot_be_amended(driver):
    unknown = uuid4()
    driver.remove_mailbox(unknown)
    for call in (lambda: driver.disable_mailbox(unknown), lambda: driver.restore_mailbox(unknown)):
        with pytest.raises(PermanentError) as refusal:
            call()
        assert refusal.value.user_message == "El buzón ya no existe en el servicio de correo."


def test_usage_is_told_for_known_mailboxes_only(driver, ana):
    usage = driver.usage([ana.id, uuid4()])
    assert list(usage) == [ana.id]
    assert (usage[ana.id].used_bytes, usage[ana.id].message_count, usage[ana.id].measured_at) == (0, 0, None)


def test_a_domain_lists_its_own_mailboxes_bin_included(driver, empresa, ana):
    other = DomainSpec(uuid4(), "otra.example")
    driver.ensure_domain(other)
    luis = mailbox("luis@empresa.example")
    driver.ensure_mailbox(luis)
    driver.ensure_mailbox(mailbox("ana@otra.example"))
    driver.ensure_alias(AliasSpec(uuid4(), "luis@otra.example", luis.id))
    driver.remove_mailbox(luis.id)
    assert [found.id for found in driver.list_mailboxes(empresa.id)] == sorted([ana.id, luis.id])
    assert list(driver.list_mailboxes(uuid4())) == []


def test_a_working_system_passes_its_check(driver):
    driver.check()

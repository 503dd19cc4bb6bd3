"""What every mail driver promises about aliases, and about a mailbox that changes its address."""

from dataclasses import replace
from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers.base import AliasSpec, Outcome
from tests.exchange.drivers.conftest import mailbox

NEW = "ana.nunez@empresa.example"


def addresses(driver, mailbox_id):
    record = driver.lookup([mailbox_id])[mailbox_id]
    return record.address, dict(record.aliases)


def test_an_alias_is_created_amended_and_removed(driver, ana):
    alias = AliasSpec(uuid4(), "ventas@empresa.example", ana.id)
    assert driver.ensure_alias(alias) is Outcome.CREATED
    assert driver.ensure_alias(alias) is Outcome.UNCHANGED
    assert driver.ensure_alias(replace(alias, address="compras@empresa.example")) is Outcome.AMENDED
    assert addresses(driver, ana.id)[1] == {alias.id: "compras@empresa.example"}
    driver.remove_alias(alias.id)
    driver.remove_alias(alias.id)
    assert addresses(driver, ana.id)[1] == {}


def test_an_alias_can_move_to_another_mailbox(driver, ana):
    luis = mailbox("luis@empresa.example")
    driver.ensure_mailbox(luis)
    alias = AliasSpec(uuid4(), "ventas@empresa.example", ana.id)
    driver.ensure_alias(alias)
    assert driver.ensure_alias(replace(alias, mailbox_id=luis.id)) is Outcome.AMENDED
    assert addresses(driver, ana.id)[1] == {}


def test_no_alias_equals_a_mailbox_nor_a_mailbox_an_alias(driver, ana):
    with pytest.raises(PermanentError) as refusal:
        driver.ensure_alias(AliasSpec(uuid4(), ana.address, ana.id))
    assert ana.address in refusal.value.user_message
    driver.ensure_alias(AliasSpec(uuid4(), "ventas@empresa.example", ana.id))
    with pytest.raises(PermanentError):
        driver.ensure_mailbox(mailbox("ventas@empresa.example"))


def test_an_alias_needs_its_domain_and_its_mailbox(driver, ana):
    with pytest.raises(PermanentError) as refusal:
        driver.ensure_alias(AliasSpec(uuid4(), "ana@ajeno.example", ana.id))
    assert "dominio" in refusal.value.user_message
    with pytest.raises(PermanentError):
        driver.ensure_alias(AliasSpec(uuid4(), "x@empresa.example", uuid4()))


def test_removing_an_alias_never_takes_a_primary_address(driver, ana):
    driver.remove_alias(ana.id)
    assert addresses(driver, ana.id)[0] == ana.address


def test_a_rename_keeps_the_old_address_as_an_alias_and_may_be_repeated(driver, ana):
    alias_id = uuid4()
    outcomes = [
        driver.rename_mailbox(ana.id, old_address=ana.address, new_address=NEW, alias_id=alias_id) for _ in range(2)
    ]
    assert outcomes == [Outcome.AMENDED, Outcome.UNCHANGED]
    assert addresses(driver, ana.id) == (NEW, {alias_id: ana.address})


def test_a_mailbox_can_swap_places_with_its_alias(driver, ana):
    alias = AliasSpec(uuid4(), NEW, ana.id)
    driver.ensure_alias(alias)
    driver.rename_mailbox(ana.id, old_address=ana.address, new_address=NEW, alias_id=alias.id)
    assert addresses(driver, ana.id) == (NEW, {alias.id: ana.address})
    driver.rename_mailbox(ana.id, old_address=NEW, new_address=ana.address, alias_id=alias.id)
    assert addresses(driver, ana.id) == (ana.address, {alias.id: NEW})


def test_a_rename_to_an_address_of_somebody_else_changes_nothing(driver, ana):
    driver.ensure_mailbox(mailbox("luis@empresa.example"))
    with pytest.raises(PermanentError):
        driver.rename_mailbox(ana.id, old_address=ana.address, new_address="luis@empresa.example", alias_id=uuid4())
    assert addresses(driver, ana.id) == (ana.address, {})


def test_a_rename_whose_old_address_went_to_somebody_else_changes_nothing(driver, ana):
    driver.ensure_mailbox(mailbox("luis@empresa.example"))
    with pytest.raises(PermanentError):
        driver.rename_mailbox(ana.id, old_address="luis@empresa.example", new_address=NEW, alias_id=uuid4())
    assert addresses(driver, ana.id) == (ana.address, {})


def test_an_ensure_with_another_address_moves_the_mailbox_and_frees_the_old_one(driver, ana):
    assert driver.ensure_mailbox(replace(ana, address=NEW)) is Outcome.AMENDED
    assert addresses(driver, ana.id) == (NEW, {})
    assert driver.ensure_mailbox(mailbox(ana.address)) is Outcome.CREATED


def test_an_alias_becomes_the_address_of_its_own_mailbox(driver, ana):
    driver.ensure_alias(AliasSpec(uuid4(), NEW, ana.id))
    assert driver.ensure_mailbox(replace(ana, address=NEW)) is Outcome.AMENDED
    assert addresses(driver, ana.id) == (NEW, {})

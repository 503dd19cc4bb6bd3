"""What every mail driver promises about thousands at a time."""

from dataclasses import replace
from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers.base import MailboxState, Outcome
from exchange.drivers.directory import DirectoryMailDriver
from tests.exchange.drivers.conftest import mailbox


def test_one_bad_row_does_not_stop_the_others(driver, ana):
    good, taken, homeless = mailbox("luis@empresa.example"), mailbox(ana.address), mailbox("x@ajeno.example")
    results = driver.ensure_mailboxes([taken, good, homeless, replace(ana, quota_mb=70)])
    assert results[good.id] is Outcome.CREATED
    assert results[ana.id] is Outcome.AMENDED
    assert isinstance(results[taken.id], PermanentError)
    assert "dominio" in results[homeless.id].user_message


def test_of_two_rows_with_one_address_the_first_wins(driver, empresa):
    first, second = mailbox(), mailbox()
    results = driver.ensure_mailboxes([first, second])
    assert results[first.id] is Outcome.CREATED
    assert "ya está en uso" in results[second.id].user_message


def test_the_same_mailbox_twice_is_a_mistake_of_the_caller(driver, empresa):
    spec = mailbox()
    with pytest.raises(ValueError):
        driver.ensure_mailboxes([spec, replace(spec, quota_mb=1)])


def test_an_empty_batch_is_no_work(driver):
    assert driver.ensure_mailboxes([]) == {}


def test_thousands_in_one_call_and_again(driver, empresa):
    count = 5000 if isinstance(driver, DirectoryMailDriver) else 50
    specs = [mailbox(f"persona{number}@empresa.example") for number in range(count)]
    assert set(driver.ensure_mailboxes(specs).values()) == {Outcome.CREATED}
    assert set(driver.ensure_mailboxes(specs).values()) == {Outcome.UNCHANGED}
    assert len(list(driver.list_mailboxes(empresa.id))) == count


def test_many_are_removed_and_purged_at_once(driver, empresa):
    specs = [mailbox(f"persona{number}@empresa.example") for number in range(20)]
    driver.ensure_mailboxes(specs)
    ids = [spec.id for spec in specs]
    driver.remove_mailboxes([*ids, uuid4()])
    assert {found.state for found in driver.lookup(ids).values()} == {MailboxState.REMOVED}
    driver.purge_mailboxes([*ids, ids[0]])
    assert driver.lookup(ids) == {}

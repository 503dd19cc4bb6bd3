"""What every mail driver promises about permissions, forwarding, automatic replies, protocols and switching many."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers.base import (
    Access,
    Audience,
    AutoReply,
    Forwarding,
    MailboxKind,
    MailboxSettings,
    MailboxState,
    Outcome,
    Protocol,
)
from tests.exchange.drivers.conftest import mailbox

REPLY = AutoReply(
    'Fuera: "hasta el lunes"',
    "Estimado señor:\n.\nVuelvo el lunes \\ o el martes.\n\n¡Gracias!",
    Audience.INTERNAL,
    datetime(2030, 1, 1, 8, tzinfo=UTC),
    datetime(2030, 1, 15, tzinfo=UTC),
    frozenset({"empresa.example"}),
)


@pytest.fixture
def luis(driver, empresa):
    spec = mailbox("luis@empresa.example")
    driver.ensure_mailbox(spec)
    return spec


def test_a_mailbox_is_told_nothing_at_first(driver, ana):
    assert driver.settings([ana.id, uuid4()]) == {ana.id: MailboxSettings()}


def test_grants_are_exactly_what_was_asked_for(driver, ana, luis):
    full = {luis.id: frozenset({Access.FULL, Access.SEND_AS})}
    assert driver.set_permissions(ana.id, full) is Outcome.AMENDED
    assert driver.set_permissions(ana.id, full) is Outcome.UNCHANGED
    assert driver.settings([ana.id])[ana.id].grants == full
    assert driver.set_permissions(ana.id, {luis.id: frozenset({Access.SEND_ON_BEHALF})}) is Outcome.AMENDED
    assert driver.settings([ana.id])[ana.id].grants == {luis.id: frozenset({Access.SEND_ON_BEHALF})}
    assert driver.set_permissions(ana.id, {}) is Outcome.AMENDED
    assert driver.settings([ana.id])[ana.id].grants == {}


def test_a_grant_of_nothing_is_no_grant(driver, ana, luis):
    assert driver.set_permissions(ana.id, {luis.id: frozenset()}) is Outcome.UNCHANGED


def test_nobody_unknown_gets_a_grant(driver, ana):
    with pytest.raises(PermanentError):
        driver.set_permissions(ana.id, {uuid4(): frozenset({Access.FULL})})


def test_a_grant_to_oneself_is_a_mistake_of_the_caller(driver, ana):
    with pytest.raises(ValueError, match="itself"):
        driver.set_permissions(ana.id, {ana.id: frozenset({Access.FULL})})


def test_who_lies_in_the_bin_keeps_grants_and_who_is_purged_loses_them(driver, ana, luis):
    grants = {luis.id: frozenset({Access.FULL})}
    driver.set_permissions(ana.id, grants)
    driver.remove_mailbox(luis.id)
    assert driver.set_permissions(ana.id, grants) is Outcome.UNCHANGED
    driver.purge_mailbox(luis.id)
    assert driver.settings([ana.id])[ana.id].grants == {}


def test_forwarding_is_written_amended_and_ended(driver, ana):
    there = Forwarding("otra@fuera.example")
    assert driver.set_forwarding(ana.id, there) is Outcome.AMENDED
    assert driver.set_forwarding(ana.id, there) is Outcome.UNCHANGED
    assert driver.set_forwarding(ana.id, replace(there, keeps_copy=False)) is Outcome.AMENDED
    assert driver.settings([ana.id])[ana.id].forwarding == Forwarding("otra@fuera.example", keeps_copy=False)
    assert driver.set_forwarding(ana.id, None) is Outcome.AMENDED
    assert driver.set_forwarding(ana.id, None) is Outcome.UNCHANGED
    assert driver.settings([ana.id])[ana.id].forwarding is None


@pytest.mark.parametrize(
    "target", ["", "sin-arroba", 'a"b@fuera.example', "a b@fuera.example", "a@fuera", "Á@x.example"]
)
def test_forwarding_to_what_is_no_address_is_a_mistake_of_the_caller(driver, ana, target):
    with pytest.raises(ValueError, match="address"):
        driver.set_forwarding(ana.id, Forwarding(target))


def test_forwarding_to_itself_is_a_mistake_of_the_caller(driver, ana):
    with pytest.raises(ValueError, match="itself"):
        driver.set_forwarding(ana.id, Forwarding(ana.address))


def test_a_reply_is_kept_to_the_letter(driver, ana):
    assert driver.set_auto_reply(ana.id, REPLY) is Outcome.AMENDED
    assert driver.set_auto_reply(ana.id, REPLY) is Outcome.UNCHANGED
    assert driver.settings([ana.id])[ana.id].auto_reply == REPLY
    assert driver.set_auto_reply(ana.id, None) is Outcome.AMENDED
    assert driver.settings([ana.id])[ana.id].auto_reply is None


def test_reply_and_forwarding_do_not_touch_each_other(driver, ana):
    driver.set_auto_reply(ana.id, REPLY)
    driver.set_forwarding(ana.id, Forwarding("otra@fuera.example"))
    driver.set_auto_reply(ana.id, None)
    assert driver.settings([ana.id])[ana.id].forwarding == Forwarding("otra@fuera.example")


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "  "},
        {"text": "a\rb"},
        {"subject": "dos\nlíneas"},
        {"starts_at": datetime(2030, 1, 1)},
        {"starts_at": datetime(2031, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_reply_that_cannot_be_sent_is_a_mistake_of_the_caller(driver, ana, wrong):
    with pytest.raises(ValueError):
        driver.set_auto_reply(ana.id, replace(REPLY, **wrong))


def test_what_lies_in_the_bin_is_told_nothing(driver, ana, luis):
    driver.remove_mailbox(ana.id)
    for tell in (
        lambda: driver.set_permissions(ana.id, {luis.id: frozenset({Access.FULL})}),
        lambda: driver.set_forwarding(ana.id, Forwarding("otra@fuera.example")),
        lambda: driver.set_auto_reply(ana.id, REPLY),
        lambda: driver.set_protocols(ana.id, frozenset()),
    ):
        with pytest.raises(PermanentError):
            tell()


def test_protocols_are_exactly_what_was_asked_for(driver, ana):
    assert driver.set_protocols(ana.id, frozenset({Protocol.IMAP})) is Outcome.AMENDED
    assert driver.set_protocols(ana.id, frozenset({Protocol.IMAP})) is Outcome.UNCHANGED
    assert driver.lookup([ana.id])[ana.id].protocols == {Protocol.IMAP}


def test_many_are_switched_at_once_and_what_cannot_be_is_told_by_row(driver, ana, luis):
    nobody, binned = uuid4(), mailbox("papelera@empresa.example")
    driver.ensure_mailbox(binned)
    driver.remove_mailbox(binned.id)
    driver.disable_mailbox(luis.id)
    answers = driver.switch_mailboxes([ana.id, luis.id, nobody, binned.id], is_enabled=False)
    assert (answers[ana.id], answers[luis.id]) == (Outcome.AMENDED, Outcome.UNCHANGED)
    assert isinstance(answers[nobody], PermanentError)
    assert isinstance(answers[binned.id], PermanentError)
    assert driver.lookup([ana.id])[ana.id].state is MailboxState.DISABLED
    assert driver.switch_mailboxes([ana.id], is_enabled=True) == {ana.id: Outcome.AMENDED}


def test_a_shared_mailbox_takes_no_password_and_never_changes_its_kind(driver, empresa, ana):
    shared = mailbox("ventas@empresa.example", kind=MailboxKind.SHARED)
    assert driver.ensure_mailbox(shared) is Outcome.CREATED
    assert driver.ensure_mailbox(shared) is Outcome.UNCHANGED
    assert driver.lookup([shared.id])[shared.id].kind is MailboxKind.SHARED
    with pytest.raises(PermanentError):
        driver.set_password(shared.id, "Contraseña-1a")
    with pytest.raises(PermanentError):
        driver.ensure_mailbox(replace(shared, kind=MailboxKind.PERSONAL))
    with pytest.raises(PermanentError):
        driver.ensure_mailbox(replace(ana, kind=MailboxKind.SHARED))

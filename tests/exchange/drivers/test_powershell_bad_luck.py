"""Lines that break between an Exchange server's work and its answer, and whatever else goes wrong on the way."""

from dataclasses import replace
from time import monotonic
from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError
from exchange.drivers.base import (
    Access,
    AliasSpec,
    AutoReply,
    ContactSpec,
    DomainSpec,
    ListSpec,
    MailboxState,
    Outcome,
    Protocol,
)
from exchange.drivers.powershell import PowerShellMailDriver
from tests.exchange.drivers.conftest import mailbox
from tests.exchange.drivers.psrp import Fault

DOMAIN = DomainSpec(uuid4(), "empresa.example")
CUTS = ["cut_before", "cut_after"]
CREATION = ["Get-AcceptedDomain", "Get-Mailbox", "Get-Recipient", "New-Mailbox", "Set-CASMailbox", "Set-Mailbox"]
MAKING_A_DOMAIN = ["New-AcceptedDomain", "New-GlobalAddressList", "Update-GlobalAddressList", "New-AddressList",
                   "Update-AddressList", "New-OfflineAddressBook", "New-AddressBookPolicy",
                   "New-EmailAddressPolicy"]  # fmt: skip


@pytest.fixture
def empresa(powershell):
    powershell.ensure_domain(DOMAIN)
    return DOMAIN


def boxes(exchange):
    return [row for row in exchange.organization.recipients if row["RecipientTypeDetails"] == "UserMailbox"]


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("cmdlet", CREATION)
def test_a_creation_that_was_cut_off_ends_with_one_right_mailbox(exchange, powershell, empresa, cmdlet, kind):
    spec = mailbox(protocols=frozenset({Protocol.IMAP}), password_hash=powershell.hash_password("Clave-larga-1"))
    exchange.faults.append(Fault(kind, cmdlet))
    try:
        powershell.ensure_mailbox(spec)
    except TransientError:
        powershell.ensure_mailbox(spec)
    assert not exchange.faults
    (box,) = boxes(exchange)
    assert (box["CustomAttribute1"], box["Name"]) == (str(spec.id), str(spec.id))
    assert box["EmailAddresses"][0] == "SMTP:ana@empresa.example"
    assert box["ProhibitSendReceiveQuota"] == 50 * 2**20
    assert box["UseDatabaseQuotaDefaults"] is False
    assert (box["ImapEnabled"], box["PopEnabled"]) == (True, False)
    assert exchange.organization.passwords[box["Guid"]] == "Clave-larga-1"
    assert powershell.ensure_mailbox(replace(spec, password_hash=None)) is Outcome.UNCHANGED


def test_a_worker_that_dies_between_two_cmdlets_is_followed_by_another(exchange, powershell, empresa):
    spec = mailbox()
    for skip in range(3):
        exchange.faults.append(Fault("cut_after", "Set-Mailbox" if skip else "New-Mailbox"))
        with pytest.raises(TransientError):
            PowerShellMailDriver(exchange.settings()).ensure_mailbox(replace(spec, quota_mb=50 + skip))
    assert powershell.ensure_mailbox(spec) is Outcome.AMENDED
    assert len(boxes(exchange)) == 1
    assert powershell.lookup([spec.id])[spec.id].quota_mb == 50


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("cmdlet", MAKING_A_DOMAIN)
def test_a_tenant_that_was_cut_off_half_made_is_completed(exchange, powershell, cmdlet, kind):
    exchange.faults.append(Fault(kind, cmdlet))
    with pytest.raises(TransientError):
        powershell.ensure_domain(DOMAIN)
    powershell.ensure_domain(DOMAIN)
    made = {noun: len(rows) for noun, rows in exchange.organization.objects.items()}
    assert made == {"AcceptedDomain": 1, "GlobalAddressList": 1, "AddressList": 2, "OfflineAddressBook": 1,
                    "AddressBookPolicy": 1, "EmailAddressPolicy": 1}  # fmt: skip
    assert powershell.ensure_mailbox(mailbox()) is Outcome.CREATED


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("cmdlet", ["New-MailContact", "Set-MailContact", "Remove-Mailbox"])
def test_a_purge_that_was_cut_off_is_completed_and_final(exchange, powershell, empresa, cmdlet, kind):
    spec = mailbox()
    powershell.ensure_mailbox(spec)
    exchange.faults.append(Fault(kind, cmdlet))
    with pytest.raises(TransientError):
        powershell.purge_mailbox(spec.id)
    powershell.purge_mailbox(spec.id)
    assert boxes(exchange) == []
    with pytest.raises(PermanentError):
        powershell.ensure_mailbox(spec)


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("cmdlet", ["Set-CASMailbox", "Set-Mailbox"])
def test_a_removal_that_was_cut_off_is_completed(exchange, powershell, empresa, cmdlet, kind):
    spec = mailbox()
    powershell.ensure_mailbox(spec)
    exchange.faults.append(Fault(kind, cmdlet))
    with pytest.raises(TransientError):
        powershell.remove_mailbox(spec.id)
    powershell.remove_mailbox(spec.id)
    assert powershell.lookup([spec.id])[spec.id].state is MailboxState.REMOVED
    assert boxes(exchange)[0]["ImapEnabled"] is False


def test_a_change_that_was_cut_off_and_then_unwanted_leaves_nothing_behind(exchange, powershell, empresa):
    ana = mailbox()
    powershell.ensure_mailbox(ana)
    exchange.faults.append(Fault("cut_after", "Set-CASMailbox"))
    with pytest.raises(TransientError):
        powershell.disable_mailbox(ana.id)
    assert powershell.enable_mailbox(ana.id) is Outcome.AMENDED
    assert boxes(exchange)[0]["ImapEnabled"] is True


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("cmdlet", ["Set-Mailbox", "Add-MailboxPermission", "Add-ADPermission"])
def test_a_grant_that_was_cut_off_can_be_completed_or_taken_back(exchange, powershell, empresa, cmdlet, kind):
    ana, luis = mailbox(), mailbox("luis@empresa.example")
    powershell.ensure_mailboxes([ana, luis])
    for wanted in ({luis.id: frozenset(Access)}, {}):
        exchange.faults.append(Fault(kind, cmdlet))
        with pytest.raises(TransientError):
            powershell.set_permissions(ana.id, {luis.id: frozenset(Access)})
        powershell.set_permissions(ana.id, wanted)
        assert powershell.settings([ana.id])[ana.id].grants == wanted
        assert len(exchange.organization.mailbox_rights) == len(exchange.organization.send_as) == len(wanted)
        powershell.set_permissions(ana.id, {})


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("skip", [0, 1])
def test_an_automatic_reply_that_was_cut_off_is_told_again(exchange, powershell, empresa, kind, skip):
    ana, reply = mailbox(), AutoReply("Fuera", "Vuelvo <el lunes>\ny saludo")
    powershell.ensure_mailbox(ana)
    exchange.faults.append(Fault(kind, "Set-Mailbox", skip=skip))
    with pytest.raises(TransientError):
        powershell.set_auto_reply(ana.id, reply)
    powershell.set_auto_reply(ana.id, reply)
    (told,) = exchange.organization.auto_replies.values()
    assert (told["AutoReplyState"], told["InternalMessage"]) == ("Enabled", "Vuelvo &lt;el lunes&gt;<br>y saludo")


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("cmdlet", ["New-DistributionGroup", "Set-DistributionGroup", "Add-DistributionGroupMember"])
def test_a_list_that_was_cut_off_is_completed(exchange, powershell, empresa, cmdlet, kind):
    ana = mailbox()
    powershell.ensure_mailbox(ana)
    spec = ListSpec(uuid4(), "todos@empresa.example", "Todos", frozenset({ana.id}), frozenset({ana.id}))
    exchange.faults.append(Fault(kind, cmdlet))
    with pytest.raises(TransientError):
        powershell.ensure_list(spec)
    powershell.ensure_list(spec)
    assert powershell.lookup_lists([spec.id]) == {spec.id: spec}


@pytest.mark.parametrize("kind", CUTS)
@pytest.mark.parametrize("cmdlet", ["New-MailContact", "Set-MailContact"])
def test_a_contact_that_was_cut_off_is_completed(exchange, powershell, empresa, cmdlet, kind):
    spec = ContactSpec(uuid4(), "Proveedor", "ventas@proveedor.example", DOMAIN.id)
    exchange.faults.append(Fault(kind, cmdlet))
    with pytest.raises(TransientError):
        powershell.ensure_contact(spec)
    powershell.ensure_contact(spec)
    assert list(powershell.list_contacts(DOMAIN.id)) == [spec]


def test_an_alias_on_its_way_to_another_mailbox_arrives(exchange, powershell, empresa):
    ana, luis = mailbox(), mailbox("luis@empresa.example")
    powershell.ensure_mailboxes([ana, luis])
    alias = AliasSpec(uuid4(), "ventas@empresa.example", ana.id)
    powershell.ensure_alias(alias)
    exchange.faults.append(Fault("cut_after", "Set-Mailbox"))
    with pytest.raises(TransientError):
        powershell.ensure_alias(replace(alias, mailbox_id=luis.id))
    powershell.ensure_alias(replace(alias, mailbox_id=luis.id))
    assert powershell.lookup([luis.id])[luis.id].aliases == {alias.id: alias.address}
    assert powershell.lookup([ana.id])[ana.id].aliases == {}


def test_one_cut_in_a_batch_leaves_the_others_done(exchange, powershell, empresa):
    specs = [mailbox(f"persona{number}@empresa.example") for number in range(6)]
    exchange.faults.append(Fault("cut_before", "New-Mailbox", skip=2))
    results = powershell.ensure_mailboxes(specs)
    assert sorted(str(type(each).__name__) for each in results.values()) == ["Outcome"] * 5 + ["TransientError"]
    assert set(powershell.ensure_mailboxes(specs).values()) == {Outcome.CREATED, Outcome.UNCHANGED}
    assert len(boxes(exchange)) == 6


def test_a_session_that_the_server_forgot_is_replaced_unnoticed(exchange, powershell, empresa):
    exchange.server.forget_shells()
    assert powershell.ensure_mailbox(mailbox()) is Outcome.CREATED


def test_a_line_that_died_while_idle_is_replaced_unnoticed(exchange, powershell, empresa):
    powershell.check()
    exchange.server.drop_lines()
    powershell.check()


def test_a_server_that_is_away_is_a_matter_of_time(exchange):
    closed = PowerShellMailDriver(exchange.settings(port=1))
    with pytest.raises(TransientError):
        closed.check()


@pytest.mark.parametrize("status", [503, 500])
def test_a_server_that_turns_everybody_away_is_a_matter_of_time(exchange, powershell, status):
    exchange.server.refuse_with = status
    try:
        with pytest.raises(TransientError):
            powershell.check()
    finally:
        exchange.server.refuse_with = None


def test_a_wrong_password_of_ours_is_for_support(exchange):
    with pytest.raises(ConfigurationError) as error:
        PowerShellMailDriver(exchange.settings(password="otra-clave")).check()
    assert "otra-clave" not in str(error.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"auth": "credssp"},  # its library is not installed
        {"auth": "basic", "encryption": "always"},
        {"auth": "basic", "encryption": "quizás"},
        {"path": "OtraParte"},
    ],
)
def test_a_way_of_signing_in_that_cannot_be_is_for_support(exchange, changes):
    if "path" in changes:
        exchange.server.refuse_with = 404
    try:
        with pytest.raises(ConfigurationError):
            PowerShellMailDriver(exchange.settings(**changes)).check()
    finally:
        exchange.server.refuse_with = None


def test_a_unit_that_is_not_there_is_for_support(exchange):
    with pytest.raises(ConfigurationError):
        PowerShellMailDriver(exchange.settings(organizational_unit="nada.example/Nadie")).check()


@pytest.mark.parametrize("kind", ["slow", "silent"])
def test_a_cmdlet_without_an_answer_is_given_up(exchange, kind):
    driver = PowerShellMailDriver(exchange.settings(command_timeout=1))
    exchange.faults.append(Fault(kind, "Get-OrganizationalUnit", seconds=4))
    began = monotonic()
    with pytest.raises(TransientError):
        driver.check()
    assert monotonic() - began < 12  # and not six times over
    exchange.reset()


def test_what_the_time_of_a_batch_does_not_suffice_for_goes_on_with_the_next(exchange, empresa):
    hurried = PowerShellMailDriver(exchange.settings(batch_timeout=0, connections=1))
    (result,) = hurried.ensure_mailboxes([mailbox()]).values()
    assert type(result).__name__ == "StillRunning"
    assert boxes(exchange) == []


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("ADTransientException", TransientError),
        ("OverBudgetException", TransientError),
        ("ADServerNotSuitableException", TransientError),
        ("CommandNotFoundException", ConfigurationError),
        ("ParameterBindingException", ConfigurationError),
        ("UnauthorizedAccessException", ConfigurationError),
        ("ADInvalidPasswordException", PermanentError),
        ("SomethingNobodyHeardOfException", PermanentError),
    ],
)
def test_what_exchange_says_comes_out_in_the_engines_words(exchange, powershell, empresa, reason, expected):
    exchange.faults.append(Fault("error", "New-Mailbox", reason=reason, message="<English words for support>"))
    with pytest.raises(expected) as error:
        powershell.ensure_mailbox(mailbox())
    assert "English" not in getattr(error.value, "user_message", "")
    assert "English" in str(error.value)
    assert boxes(exchange) == []

"""What is peculiar to the driver for Exchange: how its wishes arrive at a strict server, and what it leaves alone."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError
from exchange.drivers import passwords
from exchange.drivers.base import AliasSpec, DomainSpec, MailboxState, Outcome, Protocol
from exchange.drivers.powershell import PowerShellMailDriver, reading, sealing
from exchange.drivers.powershell.names import DomainName
from exchange.drivers.powershell.remote import Remote, Secret
from exchange.drivers.powershell.settings import ExchangeSettings
from tests.exchange.drivers.conftest import mailbox
from tests.exchange.drivers.psrp.cmdlets import HANDLERS

DOMAIN = DomainSpec(uuid4(), "empresa.example")


@pytest.fixture
def empresa(powershell):
    powershell.ensure_domain(DOMAIN)
    return DOMAIN


@pytest.fixture
def ana(powershell, empresa):
    spec = mailbox()
    powershell.ensure_mailbox(spec)
    return spec


def box(exchange, address="ana@empresa.example"):
    return next(row for row in exchange.organization.recipients if f"SMTP:{address}" in row["EmailAddresses"])


def made_by_hand(exchange, name="Luis Pérez", address="luis@empresa.example"):
    """A mailbox that an administrator made in Exchange itself."""
    given = {"Name": name, "UserPrincipalName": address, "Password": "Clave-de-Luis", "Alias": "luis"}
    return HANDLERS["New-Mailbox"](exchange.organization, given)[0]


# Passwords -----------------------------------------------------------------------------------------------------


def test_a_password_travels_as_a_secure_string_only(exchange, powershell, empresa):
    spec = mailbox(password_hash=powershell.hash_password("Clave-ñandú-1"))
    powershell.ensure_mailbox(spec)
    powershell.set_password(spec.id, "Otra-ñandú-2")
    assert exchange.organization.passwords[box(exchange)["Guid"]] == "Otra-ñandú-2"
    sent = bytes(exchange.server.received)
    for secret in ("ñandú", "andú-1"):
        assert secret.encode() not in sent
        assert secret.encode("utf-16-le") not in sent


def test_a_mailbox_without_a_password_gets_one_that_nobody_knows(exchange, powershell, ana):
    assert len(exchange.organization.passwords[box(exchange)["Guid"]]) > 40
    assert powershell.lookup([ana.id])[ana.id].has_password is False


def test_a_password_that_the_server_finds_weak_is_refused_in_spanish(powershell, ana):
    with pytest.raises(PermanentError) as refusal:
        powershell.set_password(ana.id, "corta")
    assert "reglas del servidor" in refusal.value.user_message


def test_a_hash_of_another_system_is_refused_in_spanish_row_by_row(powershell, empresa):
    spec = mailbox(password_hash=passwords.hash_password("Clave-larga-1"))
    result = powershell.ensure_mailboxes([spec, mailbox("luis@empresa.example")])
    assert "ya cifradas" in result[spec.id].user_message
    assert Outcome.CREATED in result.values()


def test_what_another_process_sealed_cannot_be_opened_here(powershell, ana):
    with pytest.raises(TransientError):
        powershell.set_password_hash(ana.id, sealing.PREFIX + "gAAAAA")


def test_neither_settings_nor_secrets_show_what_they_hold(exchange):
    settings = ExchangeSettings.from_mapping(exchange.settings())
    assert settings.password not in repr(settings)
    assert "clave" not in repr(Secret("clave"))


# Strictness of the counterpart ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cmdlet", "given", "reason"),
    [
        ("Get-Mailboxes", {}, "CommandNotFoundException"),
        ("Add-RecipientPermission", {"Identity": "x", "AccessRights": "SendAs", "Trustee": "y"}, "CommandNotFoundException"),
        ("Get-Mailbox", {"Nombre": "x"}, "ParameterBindingException"),
        ("Set-CASMailbox", {"Identity": "x", "SmtpClientAuthenticationDisabled": True}, "ParameterBindingException"),
        ("Set-Mailbox", {"Identity": "x", "Password": "clara"}, "ParameterBindingException"),
        ("Set-Mailbox", {"Identity": "x", "DisplayName": Secret("x")}, "ParameterBindingException"),
        ("Set-Mailbox", {"Identity": "x", "HiddenFromAddressListsEnabled": "true"}, "ParameterBindingException"),
        ("New-AddressBookPolicy", {"Name": "x", "AddressLists": ["y"]}, "ParameterBindingException"),
        ("Remove-Mailbox", {"Identity": "x"}, "HostException"),
        ("Get-Mailbox", {"Filter": "Name -eq 'x' ; Remove-Mailbox"}, "ParsingException"),
        ("Get-Mailbox", {"Filter": "Password -eq 'x'"}, "ParsingException"),
    ],
)  # fmt: skip
def test_the_stand_in_refuses_what_exchange_would_refuse(exchange, cmdlet, given, reason):
    with pytest.raises(Exception) as error:
        Remote(ExchangeSettings.from_mapping(exchange.settings())).run(cmdlet, **given)
    assert error.value.reason == reason


def test_the_stand_in_runs_no_scripts(exchange):
    from pypsrp.powershell import PowerShell, RunspacePool
    from pypsrp.wsman import WSMan

    settings = ExchangeSettings.from_mapping(exchange.settings())
    pool = RunspacePool(WSMan(**settings.wsman_arguments()), configuration_name="Microsoft.Exchange")
    pool.open()
    shell = PowerShell(pool)
    shell.add_script("Get-Mailbox | Remove-Mailbox")
    assert shell.invoke() == []
    assert shell.streams.error[0].reason == "PSNotSupportedException"
    assert exchange.calls == []


def test_a_name_made_to_break_out_of_a_script_is_only_a_name(exchange, powershell, empresa):
    name = "Ana'; Remove-Mailbox -Identity * #$(1+1)`n\"&<>"
    powershell.ensure_mailbox(mailbox(display_name=name))
    assert box(exchange)["DisplayName"] == name


# Tenants -------------------------------------------------------------------------------------------------------


def test_two_domains_of_a_tenant_share_its_lists_and_go_with_the_last(exchange, powershell):
    tenant = uuid4()
    first, second = (DomainSpec(uuid4(), f"{name}.example", tenant_id=tenant) for name in ("uno", "dos"))
    powershell.ensure_domain(first)
    powershell.ensure_domain(second)
    kept = exchange.organization.objects
    assert len(kept["AddressBookPolicy"]) == 1
    assert len(kept["EmailAddressPolicy"]) == 2
    powershell.remove_domain(first.id)
    assert len(kept["AddressBookPolicy"]) == 1
    powershell.remove_domain(second.id)
    assert {noun for noun, rows in kept.items() if rows} == set()


def test_mailboxes_carry_their_tenant_and_its_policy(exchange, powershell, ana):
    row = box(exchange)
    assert row["CustomAttribute2"] == str(DOMAIN.id)
    assert row["AddressBookPolicy"] == f"{DOMAIN.id} ABP"
    assert (
        exchange.organization.kept("GlobalAddressList")[0]["RecipientFilter"] == f"(CustomAttribute2 -eq '{DOMAIN.id}')"
    )


def test_a_domain_that_is_off_closes_the_ways_in_but_not_the_door_for_mail(exchange, powershell, ana):
    powershell.ensure_mailbox(mailbox("luis@empresa.example", is_enabled=False))
    powershell.ensure_domain(replace(DOMAIN, is_enabled=False))
    assert (box(exchange)["ImapEnabled"], box(exchange)["OWAEnabled"]) == (False, False)
    assert box(exchange)["AcceptMessagesOnlyFromSendersOrMembers"] == []
    assert powershell.lookup([ana.id])[ana.id].state is MailboxState.ENABLED
    powershell.ensure_domain(DOMAIN)
    assert box(exchange)["ImapEnabled"] is True
    assert box(exchange, "luis@empresa.example")["ImapEnabled"] is False


def test_a_disabled_mailbox_takes_no_mail_and_is_not_seen(exchange, powershell, ana):
    powershell.disable_mailbox(ana.id)
    row = box(exchange)
    assert row["AcceptMessagesOnlyFromSendersOrMembers"] == [f"clientes.example/Clientes/{ana.id}"]
    assert (row["ImapEnabled"], row["HiddenFromAddressListsEnabled"]) == (False, True)
    powershell.enable_mailbox(ana.id)
    assert (row["AcceptMessagesOnlyFromSendersOrMembers"], row["HiddenFromAddressListsEnabled"]) == ([], False)


def test_a_mailbox_that_is_made_while_its_domain_is_off_is_closed(exchange, powershell, empresa):
    powershell.ensure_domain(replace(DOMAIN, is_enabled=False))
    powershell.ensure_mailbox(mailbox())
    assert box(exchange)["OWAEnabled"] is False


def test_the_name_of_a_domain_fits_and_tells_all(empresa):
    name = DomainName(uuid4(), uuid4(), is_enabled=False)
    assert len(str(name)) <= 64
    assert DomainName.of(str(name)) == name
    assert DomainName.of("Dominio de siempre") is None


# What somebody else made ---------------------------------------------------------------------------------------


def test_an_accepted_domain_that_is_not_ours_takes_none_of_our_mailboxes(exchange, powershell):
    exchange.organization.add("AcceptedDomain", {"Name": "De siempre", "DomainName": "empresa.example"})
    with pytest.raises(PermanentError):
        powershell.ensure_domain(DOMAIN)
    with pytest.raises(PermanentError):
        powershell.ensure_mailbox(mailbox())


def test_a_mailbox_made_by_hand_is_listed_by_its_guid_and_adopted_by_an_ensure(exchange, powershell, ana):
    luis = made_by_hand(exchange)
    listed = {record.address: record.id for record in powershell.list_mailboxes(DOMAIN.id)}
    assert listed == {"ana@empresa.example": ana.id, "luis@empresa.example": UUID(luis["Guid"])}
    spec = mailbox("luis@empresa.example", UUID(luis["Guid"]), display_name="Luis")
    assert powershell.ensure_mailbox(spec) is Outcome.AMENDED
    assert luis["CustomAttribute1"] == luis["Guid"]
    assert exchange.organization.passwords[luis["Guid"]] == "Clave-de-Luis"
    assert powershell.ensure_mailbox(spec) is Outcome.UNCHANGED


def test_addresses_that_an_administrator_added_stay(exchange, powershell, ana):
    box(exchange)["EmailAddresses"].append("smtp:de.siempre@empresa.example")
    powershell.ensure_alias(AliasSpec(uuid4(), "ventas@empresa.example", ana.id))
    powershell.rename_mailbox(ana.id, old_address=ana.address, new_address="ana.n@empresa.example", alias_id=uuid4())
    held = box(exchange, "ana.n@empresa.example")["EmailAddresses"]
    assert "smtp:de.siempre@empresa.example" in held
    assert any(each.startswith("X400:") for each in held)


def test_a_change_of_address_changes_the_sign_in_name(exchange, powershell, ana):
    powershell.ensure_mailbox(replace(ana, address="ana.n@empresa.example"))
    assert box(exchange, "ana.n@empresa.example")["UserPrincipalName"] == "ana.n@empresa.example"


# Rest ----------------------------------------------------------------------------------------------------------


def test_a_purge_may_keep_the_directory_user_and_still_frees_the_address(exchange, powershell, empresa):
    driver = PowerShellMailDriver(exchange.settings(purge="disable"))
    spec = mailbox()
    driver.ensure_mailbox(spec)
    driver.purge_mailbox(spec.id)
    assert [row["RecipientTypeDetails"] for row in exchange.organization.recipients] == ["User", "MailContact"]
    assert driver.ensure_mailbox(mailbox()) is Outcome.CREATED


def test_a_long_list_comes_in_pages_by_id(exchange, powershell, empresa, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 5)
    specs = [mailbox(f"persona{number}@empresa.example") for number in range(23)]
    powershell.ensure_mailboxes(specs)
    assert [record.id for record in powershell.list_mailboxes(DOMAIN.id)] == sorted(spec.id for spec in specs)
    asked = [given for name, given in exchange.calls if name == "Get-Mailbox" and given["ResultSize"] != "Unlimited"]
    assert max(int(given["ResultSize"]) for given in asked) == 6


def test_usage_is_read_from_the_statistics(exchange, powershell, ana):
    exchange.organization.statistics[box(exchange)["Guid"]] = (1_234_567, 42)
    usage = powershell.usage([ana.id])[ana.id]
    assert (usage.used_bytes, usage.message_count) == (1_234_567, 42)
    assert usage.measured_at


def test_the_usage_of_many_is_one_question_for_each_database(exchange, powershell, empresa):
    specs = [mailbox(f"persona{number}@empresa.example") for number in range(25)]
    powershell.ensure_mailboxes(specs)
    for row in exchange.organization.recipients:
        exchange.organization.statistics[row["Guid"]] = (2**20, 1)
    exchange.calls.clear()
    measured = powershell.usage([spec.id for spec in specs])
    assert {usage.used_bytes for usage in measured.values()} == {2**20}
    assert exchange.ran() == ["Get-Mailbox", "Get-MailboxStatistics"]


def test_sessions_are_kept_and_no_more_than_allowed(exchange):
    opened = exchange.server.shells_opened
    driver = PowerShellMailDriver(exchange.settings(connections=2))
    driver.ensure_domain(DOMAIN)
    driver.ensure_mailboxes([mailbox(f"persona{number}@empresa.example") for number in range(10)])
    assert exchange.server.shells_opened - opened == 2
    driver.close()


def test_every_cmdlet_asks_the_domain_controller_that_was_named(exchange):
    driver = PowerShellMailDriver(exchange.settings(domain_controller="dc1.clientes.example"))
    driver.ensure_domain(DOMAIN)
    spec = mailbox()
    driver.ensure_mailbox(spec)
    driver.usage([spec.id])
    driver.purge_mailbox(spec.id)
    driver.remove_domain(DOMAIN.id)
    assert {given["DomainController"] for _name, given in exchange.calls} == {"dc1.clientes.example"}


def test_nothing_changed_is_nothing_written(exchange, powershell, ana):
    exchange.calls.clear()
    powershell.ensure_mailbox(ana)
    assert exchange.ran() == ["Get-AcceptedDomain", "Get-Mailbox"]


def test_protocols_are_switched_at_the_server(exchange, powershell, ana):
    powershell.ensure_mailbox(replace(ana, protocols=frozenset({Protocol.POP3})))
    row = box(exchange)
    assert (row["ImapEnabled"], row["PopEnabled"], row["OWAEnabled"]) == (False, True, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"server": ""},
        {"organizational_unit": ""},
        {"auth": "magia"},
        {"purge": "quizás"},
        {"connections": 0},
        {"color": "azul"},
        {"server": "mail.empresa.example"},  # Basic over plain HTTP, and not to this machine
    ],
)
def test_settings_that_make_no_sense_are_for_support(exchange, changes):
    with pytest.raises(ConfigurationError):
        PowerShellMailDriver(exchange.settings(**changes))

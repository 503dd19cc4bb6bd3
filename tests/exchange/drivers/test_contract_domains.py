"""What every mail driver promises about domains."""

from dataclasses import replace
from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers.base import AliasSpec, DomainSpec, Outcome
from tests.exchange.drivers.conftest import mailbox


def test_a_domain_is_created_once_and_amended_after(driver):
    domain = DomainSpec(uuid4(), "empresa.example")
    assert driver.ensure_domain(domain) is Outcome.CREATED
    assert driver.ensure_domain(domain) is Outcome.UNCHANGED
    assert driver.ensure_domain(replace(domain, is_enabled=False)) is Outcome.AMENDED


def test_the_same_name_under_another_id_is_refused_in_spanish(driver, empresa):
    with pytest.raises(PermanentError) as refusal:
        driver.ensure_domain(DomainSpec(uuid4(), empresa.name))
    assert refusal.value.user_message == "El dominio empresa.example ya está en uso en el servicio de correo."


def test_a_domain_never_changes_its_name(driver, empresa):
    with pytest.raises(PermanentError):
        driver.ensure_domain(DomainSpec(empresa.id, "otra.example"))


@pytest.mark.parametrize("name", ["", "empresa", "Empresa.example", "empresa.example.", "-a.example", "año.example"])
def test_a_name_that_is_no_domain_is_a_mistake_of_the_caller(driver, name):
    with pytest.raises(ValueError):
        driver.ensure_domain(DomainSpec(uuid4(), name))


def test_a_domain_with_a_mailbox_even_in_the_bin_cannot_be_removed(driver, empresa, ana):
    driver.remove_mailbox(ana.id)
    with pytest.raises(PermanentError) as refusal:
        driver.remove_domain(empresa.id)
    assert "papelera" in refusal.value.user_message


def test_a_domain_with_only_an_alias_on_it_cannot_be_removed(driver, ana):
    second = DomainSpec(uuid4(), "segunda.example")
    driver.ensure_domain(second)
    driver.ensure_alias(AliasSpec(uuid4(), "ana@segunda.example", ana.id))
    with pytest.raises(PermanentError):
        driver.remove_domain(second.id)


def test_a_domain_can_be_removed_after_its_mailboxes_were_purged_and_then_again(driver, empresa, ana):
    driver.purge_mailbox(ana.id)
    driver.remove_domain(empresa.id)
    driver.remove_domain(empresa.id)
    assert driver.ensure_domain(DomainSpec(uuid4(), empresa.name)) is Outcome.CREATED


def test_a_removed_domain_takes_no_mailboxes(driver, empresa):
    driver.remove_domain(empresa.id)
    with pytest.raises(PermanentError):
        driver.ensure_mailbox(mailbox())

"""What every mail driver promises about distribution lists and external contacts."""

from dataclasses import replace
from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import PermanentError
from exchange.drivers.base import AliasSpec, ContactSpec, DomainSpec, ListSpec, Outcome, Senders
from tests.exchange.drivers.conftest import mailbox

TENANT = uuid4()


@pytest.fixture
def empresa(driver):
    domain = DomainSpec(uuid4(), "empresa.example", tenant_id=TENANT)
    driver.ensure_domain(domain)
    return domain


@pytest.fixture
def contact(driver, empresa):
    spec = ContactSpec(uuid4(), "Proveedor Ñandú", "ventas+mx@proveedor.example", TENANT)
    driver.ensure_contact(spec)
    return spec


def a_list(address="todos@empresa.example", **changes):
    return ListSpec(**{"id": uuid4(), "address": address, "display_name": "Todos", **changes})


def test_a_list_is_created_amended_and_removed(driver, ana, contact):
    spec = a_list(member_ids=frozenset({ana.id, contact.id}), owner_ids=frozenset({ana.id}))
    assert driver.ensure_list(spec) is Outcome.CREATED
    assert driver.ensure_list(spec) is Outcome.UNCHANGED
    assert driver.lookup_lists([spec.id, uuid4()]) == {spec.id: spec}
    smaller = replace(spec, member_ids=frozenset({ana.id}), owner_ids=frozenset(), senders=Senders.INTERNAL)
    assert driver.ensure_list(smaller) is Outcome.AMENDED
    assert driver.lookup_lists([spec.id]) == {spec.id: smaller}
    driver.remove_list(spec.id)
    driver.remove_list(spec.id)
    assert driver.lookup_lists([spec.id]) == {}


def test_only_another_member_is_an_amendment(driver, ana):
    spec = a_list()
    driver.ensure_list(spec)
    assert driver.ensure_list(replace(spec, member_ids=frozenset({ana.id}))) is Outcome.AMENDED


def test_the_address_of_a_list_may_change_and_the_old_one_is_free(driver, empresa):
    spec = a_list()
    driver.ensure_list(spec)
    assert driver.ensure_list(replace(spec, address="equipo@empresa.example")) is Outcome.AMENDED
    assert driver.ensure_list(a_list(spec.address)) is Outcome.CREATED


def test_lists_mailboxes_and_aliases_share_one_pool_of_addresses(driver, ana):
    with pytest.raises(PermanentError):
        driver.ensure_list(a_list(ana.address))
    spec = a_list()
    driver.ensure_list(spec)
    with pytest.raises(PermanentError):
        driver.ensure_mailbox(mailbox(spec.address))
    with pytest.raises(PermanentError):
        driver.ensure_alias(AliasSpec(uuid4(), spec.address, ana.id))
    with pytest.raises(PermanentError):
        driver.rename_mailbox(ana.id, old_address=ana.address, new_address=spec.address, alias_id=uuid4())


def test_a_list_needs_its_domain_and_keeps_it_in_use(driver, empresa):
    with pytest.raises(PermanentError):
        driver.ensure_list(a_list("todos@nadie.example"))
    spec = a_list()
    driver.ensure_list(spec)
    with pytest.raises(PermanentError):
        driver.remove_domain(empresa.id)
    driver.remove_list(spec.id)
    driver.remove_domain(empresa.id)


@pytest.mark.parametrize("role", ["member_ids", "owner_ids"])
def test_nobody_unknown_becomes_member_or_owner(driver, empresa, role):
    spec = a_list(**{role: frozenset({uuid4()})})
    with pytest.raises(PermanentError):
        driver.ensure_list(spec)
    assert driver.lookup_lists([spec.id]) == {}


def test_a_contact_owns_no_list(driver, contact):
    with pytest.raises(PermanentError):
        driver.ensure_list(a_list(owner_ids=frozenset({contact.id})))


def test_a_list_among_its_own_members_is_a_mistake_of_the_caller(driver, empresa):
    spec = a_list()
    with pytest.raises(ValueError, match="own member"):
        driver.ensure_list(replace(spec, member_ids=frozenset({spec.id})))


def test_who_is_gone_is_no_longer_a_member(driver, ana, contact):
    inner = a_list("dentro@empresa.example")
    driver.ensure_list(inner)
    spec = a_list(member_ids=frozenset({ana.id, contact.id, inner.id}), owner_ids=frozenset({ana.id}))
    driver.ensure_list(spec)
    driver.remove_mailbox(ana.id)
    assert driver.lookup_lists([spec.id]) == {spec.id: spec}
    driver.purge_mailbox(ana.id)
    driver.remove_contact(contact.id)
    driver.remove_list(inner.id)
    assert driver.lookup_lists([spec.id]) == {spec.id: replace(spec, member_ids=frozenset(), owner_ids=frozenset())}


def test_the_lists_of_a_domain_are_told_in_order(driver, empresa):
    specs = [a_list(f"lista{number}@empresa.example") for number in range(3)]
    for spec in specs:
        driver.ensure_list(spec)
    assert list(driver.list_lists(empresa.id)) == sorted(specs, key=lambda spec: spec.id)
    assert list(driver.list_lists(uuid4())) == []


def test_a_contact_is_created_amended_and_removed(driver, contact):
    assert driver.ensure_contact(contact) is Outcome.UNCHANGED
    other = replace(contact, display_name="Otro nombre", external_address="otra@proveedor.example")
    assert driver.ensure_contact(other) is Outcome.AMENDED
    assert driver.lookup_contacts([contact.id]) == {contact.id: other}
    driver.remove_contact(contact.id)
    driver.remove_contact(contact.id)
    assert driver.lookup_contacts([contact.id]) == {}


def test_one_address_is_one_contact_of_a_tenant(driver, contact):
    with pytest.raises(PermanentError):
        driver.ensure_contact(replace(contact, id=uuid4()))
    assert driver.ensure_contact(replace(contact, id=uuid4(), tenant_id=uuid4())) is Outcome.CREATED


def test_a_contact_stays_with_its_tenant(driver, contact):
    with pytest.raises(PermanentError):
        driver.ensure_contact(replace(contact, tenant_id=uuid4()))


def test_an_address_of_this_system_is_no_contact(driver, empresa):
    with pytest.raises(PermanentError):
        driver.ensure_contact(ContactSpec(uuid4(), "Nadie", "nadie@empresa.example", TENANT))


def test_the_contacts_of_a_tenant_are_told(driver, contact):
    assert list(driver.list_contacts(TENANT)) == [contact]
    assert list(driver.list_contacts(uuid4())) == []


def test_domains_are_told_with_their_tenant(driver, empresa):
    assert list(driver.list_domains()) == [empresa]


def test_a_domain_of_before_gets_its_tenant_once(driver):
    old = DomainSpec(uuid4(), "vieja.example")
    driver.ensure_domain(old)
    assert driver.ensure_domain(replace(old, tenant_id=TENANT)) is Outcome.AMENDED
    assert driver.ensure_domain(replace(old, tenant_id=TENANT)) is Outcome.UNCHANGED
    assert list(driver.list_domains()) == [replace(old, tenant_id=TENANT)]

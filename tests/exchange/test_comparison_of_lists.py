"""Distribution lists and contacts: compared with the mail server, repaired, and removed where nobody knows them."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from accounts.models import ActionLogEntry
from exchange.drivers.base import ContactSpec, ListSpec
from exchange.findings_shown import sides_of
from exchange.models import DistributionList, ExternalContact, Finding
from exchange.services.contacts import create_contact
from exchange.services.list_members import add_members
from exchange.services.lists import ListData, create_list
from exchange.services.reconcile import Choice, Verb, decide
from tests.exchange.conftest import url


@pytest.fixture
def solve(actor, subscription, run_jobs):
    def go(verb: Verb, *findings: Finding) -> tuple[int, int]:
        choice = Choice(tuple(finding.public_id for finding in findings))
        answer = decide(actor=actor, subscription=subscription, verb=verb, choice=choice, is_forced=True)
        run_jobs()
        return answer

    return go


@pytest.fixture
def sales(actor, subscription, domain, make_mailbox, run_jobs) -> DistributionList:
    """*Ventas*, with Ana and somebody outside on it."""
    ana = make_mailbox("ana")
    row = create_list(actor=actor, subscription=subscription, data=ListData("Ventas", "ventas", domain, "anyone"))
    create_contact(actor=actor, subscription=subscription, name="Proveedor", email="compras@fuera.example")
    run_jobs()
    row = DistributionList.objects.select_related("subscription__account", "account", "last_job").get(pk=row.pk)
    add_members(actor=actor, row=row, text=f"{ana.address}\ncompras@fuera.example")
    run_jobs()
    return row


def test_what_agrees_is_no_difference(compare, sales):
    assert compare() == []


def test_a_list_with_other_members_is_told_by_name_and_repaired(compare, solve, sales, mail):
    held = mail.lists[sales.public_id]
    contact = ExternalContact.objects.get()
    mail.lists[held.id] = replace(held, member_ids=frozenset({contact.public_id}), display_name="Otra")
    (finding,) = compare()
    assert (finding.thing, finding.kind, finding.address) == ("list", "different", "ventas@buzones.example")
    assert sides_of(finding) == [
        ("nombre", "Ventas", "Otra"),
        ("integrantes", "ana@buzones.example, compras@fuera.example", "compras@fuera.example"),
    ]
    assert solve(Verb.REPAIR, finding) == (1, 0)
    assert mail.lists[sales.public_id] == held
    assert compare() == []
    assert ActionLogEntry.objects.filter(action="exchange.list.repaired").count() == 1


def test_what_the_server_lost_is_made_again(compare, solve, sales, mail):
    mail.lists.clear()
    mail.contacts.clear()
    found = {finding.thing: finding for finding in compare()}
    assert {thing: finding.kind for thing, finding in found.items()} == {"list": "missing", "contact": "missing"}
    solve(Verb.REPAIR, found["contact"])
    solve(Verb.REPAIR, found["list"])
    assert len(mail.contacts) == len(mail.lists) == 1
    assert compare() == []


def test_what_only_the_server_has_can_be_removed_there_and_not_adopted(
    administrator_client, compare, solve, domain, mail, subscription
):
    stray = ListSpec(uuid4(), "mano@buzones.example", "Hecha a mano")
    person = ContactSpec(uuid4(), "Alguien", "alguien@fuera.example", subscription.public_id)
    mail.lists[stray.id], mail.contacts[person.id] = stray, person
    found = compare()
    assert {(finding.thing, finding.kind) for finding in found} == {("list", "unknown"), ("contact", "unknown")}
    page = administrator_client.get(url("findings", subscription)).content.decode()
    assert "Lista de distribución" in page
    assert "nombre: Hecha a mano" in page
    assert solve(Verb.ADOPT, *found) == (0, 0)
    assert solve(Verb.REMOVE, *found) == (2, 0)
    assert (mail.lists, mail.contacts) == ({}, {})
    assert compare() == []


def test_a_list_that_is_being_changed_does_not_count(actor, compare, subscription, domain, run_jobs, sales, mail):
    mail.lists.clear()
    DistributionList.objects.filter(pk=sales.pk).update(last_job=None)
    create_list(actor=actor, subscription=subscription, data=ListData("Nueva", "nueva", domain, "anyone"))
    assert [finding.address for finding in compare()] == ["ventas@buzones.example"]


def test_many_members_are_counted(sales):
    members = [f"p{number}@buzones.example" for number in range(13)]
    finding = Finding(kind="different", panel={"members": members}, server={"members": []})
    [(_what, panel, server)] = sides_of(finding)
    assert panel.endswith("y 3 más")
    assert server == "ninguno"

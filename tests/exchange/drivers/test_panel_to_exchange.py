"""From the panel's own services, through the engine, to mailboxes on (a stand-in for) Exchange, on lines that break."""

from __future__ import annotations

import random

import pytest

from accounts.actors import Actor
from cloudpanel.provisioning.models import JobState
from exchange.models import AutoReply, DistributionList, Finding, Mailbox, MailboxGrant
from exchange.operations.domains import spec_of
from exchange.services import jobs
from exchange.services.aliases import add_alias
from exchange.services.contacts import create_contact
from exchange.services.deletion import Selection, delete_mailboxes, restore_mailboxes
from exchange.services.list_members import add_members
from exchange.services.lists import ListData, create_list
from exchange.services.mailboxes import Wish, create_mailbox, disable_mailbox, set_password
from exchange.services.reconcile import Choice, Verb, compare_now, decide
from tests.exchange.conftest import PASSWORD, fresh
from tests.exchange.drivers.psrp import Fault
from tests.exchange.drivers.test_powershell import made_by_hand


@pytest.fixture(autouse=True)
def mail(settings, exchange):
    """Instead of the mail system in memory."""
    driver = {
        "class": "exchange.drivers.powershell.PowerShellMailDriver",
        "options": {"config": exchange.settings()},
        "concurrency": 4,
    }
    settings.DRIVERS = {**settings.DRIVERS, "mail": driver}


@pytest.fixture
def domain(subscription, powershell, exchange):
    from tests.factories import MailDomainFactory

    row = MailDomainFactory(subscription=subscription, name="buzones.example")
    powershell.ensure_domain(spec_of(row))
    exchange.calls.clear()
    return row


def boxes(exchange):
    return [row for row in exchange.organization.recipients if row["RecipientTypeDetails"] == "UserMailbox"]


def test_a_mailbox_of_the_wizard_can_be_signed_in_to(exchange, make_mailbox):
    box = make_mailbox()
    (row,) = boxes(exchange)
    assert row["CustomAttribute1"] == str(box.public_id)
    assert exchange.organization.passwords[row["Guid"]] == PASSWORD
    assert (box.state, box.has_password) == ("active", True)
    assert PASSWORD.encode("utf-16-le") not in bytes(exchange.server.received)


def test_it_gets_another_password_and_is_disabled(exchange, make_mailbox, actor, run_jobs):
    box = make_mailbox()
    set_password(actor=actor, mailbox=box, password="otra-grapa-violeta-43")
    run_jobs()
    disable_mailbox(actor=actor, mailbox=fresh(box))
    run_jobs()
    (row,) = boxes(exchange)
    assert exchange.organization.passwords[row["Guid"]] == "otra-grapa-violeta-43"
    assert (row["ImapEnabled"], fresh(box).state) == (False, "suspended")


def test_it_goes_to_the_bin_and_comes_back(exchange, make_mailbox, actor, subscription, run_jobs):
    box = make_mailbox()
    selection = Selection((box.public_id,))
    delete_mailboxes(actor=actor, subscription=subscription, selection=selection)
    run_jobs()
    assert boxes(exchange)[0]["CustomAttribute3"] == "removed enabled"
    restore_mailboxes(actor=actor, subscription=subscription, selection=selection)
    run_jobs()
    assert boxes(exchange)[0]["CustomAttribute3"] == "enabled"


def test_what_somebody_made_in_exchange_is_found_and_adopted(
    exchange, make_mailbox, subscription, domain, actor, run_jobs
):
    make_mailbox()
    luis = made_by_hand(exchange, address="luis@buzones.example")
    compare_now(actor=actor, subscription=subscription)
    run_jobs()
    (finding,) = Finding.objects.unresolved()
    assert (finding.kind, finding.address) == ("unknown", "luis@buzones.example")
    choice = Choice((finding.public_id,))
    decide(actor=actor, subscription=subscription, verb=Verb.ADOPT, choice=choice)
    run_jobs()
    assert luis["CustomAttribute1"] == luis["Guid"]
    assert Mailbox.objects.get(address=finding.address).state == "active"
    compare_now(actor=actor, subscription=subscription)
    run_jobs()
    assert not Finding.objects.unresolved().exists()


def test_a_line_that_breaks_at_random_ends_with_exactly_what_was_ordered(
    exchange, subscription, domain, template, actor: Actor, run_jobs
):
    chance = random.Random(5)
    subscription.resources.update(included=1000)
    for number in range(20):
        wish = Wish(f"Persona {number}", f"persona{number}", domain, template, password=PASSWORD)
        create_mailbox(actor=actor, subscription=subscription, wish=wish)
    for _ in range(25):
        kind = chance.choice(["cut_before", "cut_after"])
        cmdlet = chance.choice(["New-Mailbox", "Set-Mailbox", "Set-CASMailbox", "Get-Mailbox", "Get-AcceptedDomain"])
        exchange.faults.append(Fault(kind, cmdlet, skip=chance.randrange(5)))
    run_jobs()
    exchange.faults.clear()
    for box in Mailbox.objects.exclude(last_job__state=JobState.SUCCEEDED).select_related("last_job"):
        raise AssertionError(f"{box}: {box.last_job.error_detail}")
    assert len(boxes(exchange)) == Mailbox.objects.filter(state="active").count() == 20
    ids = {row["CustomAttribute1"] for row in boxes(exchange)}
    assert ids == {str(public_id) for public_id in Mailbox.objects.values_list("public_id", flat=True)}
    assert set(exchange.organization.passwords.values()) == {PASSWORD}


def test_what_was_told_to_exchange_is_found_again_by_the_comparison(
    make_mailbox, actor, subscription, domain, run_jobs
):
    ana, beto = make_mailbox("ana"), make_mailbox("beto")
    add_alias(actor=actor, mailbox=ana, local_part="anita", mail_domain=domain)
    create_contact(actor=actor, subscription=subscription, name="Proveedor", email="compras@fuera.example")
    create_list(actor=actor, subscription=subscription, data=ListData("Ventas", "ventas", domain, "internal"))
    run_jobs()
    add_members(actor=actor, row=DistributionList.objects.get(), text=f"{ana.address} compras@fuera.example")
    MailboxGrant.objects.create(mailbox=ana, grantee=beto, is_full=True, is_send_as=True)
    Mailbox.objects.filter(pk=ana.pk).update(forward_to="casa@fuera.example")
    AutoReply.objects.create(mailbox=ana, is_on=True, subject="Fuera", text="Vuelvo")
    jobs.begin(actor, fresh(ana), "apply_settings", parts=["permissions", "forwarding", "auto_reply"])
    run_jobs()
    compare_now(actor=actor, subscription=subscription)
    run_jobs()
    assert [(each.address, each.panel, each.server) for each in Finding.objects.unresolved()] == []

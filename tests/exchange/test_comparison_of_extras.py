"""Aliases, permissions, forwarding and automatic reply: compared, shown in words, repaired and adopted."""

from __future__ import annotations

from uuid import uuid4

import pytest

from accounts.models import ActionLogEntry
from exchange.drivers.base import Access, AliasSpec, AutoReply, Forwarding, MailboxSettings
from exchange.findings_shown import sides_of
from exchange.models import AutoReply as Reply
from exchange.models import Finding, Mailbox, MailboxGrant
from exchange.operations.extras import wanted_extras
from exchange.services.aliases import add_alias
from exchange.services.reconcile import Choice, Verb, decide
from tests.exchange.conftest import fresh


@pytest.fixture
def solve(actor, subscription, run_jobs):
    def go(verb: Verb, *findings: Finding) -> tuple[int, int]:
        choice = Choice(tuple(finding.public_id for finding in findings))
        answer = decide(actor=actor, subscription=subscription, verb=verb, choice=choice, is_forced=True)
        run_jobs()
        return answer

    return go


@pytest.fixture
def pair(actor, make_mailbox, domain, run_jobs):
    """Ana with an alias, whose mailbox Beto may read and whose mail goes on; the server knows all of it."""
    ana, beto = make_mailbox("ana"), make_mailbox("beto")
    add_alias(actor=actor, mailbox=ana, local_part="anita", mail_domain=domain)
    run_jobs()
    MailboxGrant.objects.create(mailbox=ana, grantee=beto, is_full=True)
    Mailbox.objects.filter(pk=ana.pk).update(forward_to="casa@fuera.example")
    return fresh(ana), beto


@pytest.fixture
def told(mail, pair):
    ana, beto = pair
    grants = {beto.public_id: frozenset({Access.FULL})}
    mail.settings[ana.public_id] = MailboxSettings(grants, Forwarding("casa@fuera.example"))


def said(finding: Finding) -> dict[str, tuple[str, str]]:
    return {what: (here, there) for what, here, there in sides_of(finding)}


def test_what_agrees_is_no_difference(compare, pair, told):
    assert compare() == []


def test_each_is_told_in_words_on_both_sides(compare, pair, told, mail):
    ana, beto = pair
    mail.aliases[uuid4()] = AliasSpec(uuid4(), "jefa@buzones.example", ana.public_id)
    grants = {beto.public_id: frozenset({Access.FULL, Access.SEND_AS})}
    mail.settings[ana.public_id] = MailboxSettings(grants, None, AutoReply("Fuera", "Vuelvo"))
    (finding,) = compare()
    assert said(finding) == {
        "alias": ("anita@buzones.example", "anita@buzones.example, jefa@buzones.example"),
        "permisos": (f"{beto.address} (acceso total)", f"{beto.address} (acceso total, enviar como)"),
        "reenvío": ("casa@fuera.example, con copia", "no"),
        "respuesta automática": ("apagada", "encendida"),
    }


def test_a_repair_writes_all_of_it(compare, solve, pair, mail):
    ana, beto = pair
    mail.aliases.clear()
    stray = AliasSpec(uuid4(), "jefa@buzones.example", ana.public_id)
    mail.aliases[stray.id] = stray
    Reply.objects.create(mailbox=ana, is_on=True, subject="Fuera", text="Vuelvo")
    assert solve(Verb.REPAIR, *compare()) == (1, 0)
    assert [alias.address for alias in mail.aliases.values()] == ["anita@buzones.example"]
    held = mail.settings[ana.public_id]
    assert held.grants == {beto.public_id: frozenset({Access.FULL})}
    assert held.forwarding == Forwarding("casa@fuera.example")
    assert held.auto_reply is not None
    assert compare() == []


def test_a_mailbox_that_was_lost_gets_its_aliases_back(compare, solve, pair, told, mail):
    ana, _beto = pair
    del mail.mailboxes[ana.public_id]
    mail.aliases.clear()
    solve(Verb.REPAIR, *compare())
    assert [alias.address for alias in mail.aliases.values()] == ["anita@buzones.example"]
    assert compare() == []


def test_the_panel_can_take_over_what_the_server_says(compare, solve, pair, told, mail):
    ana, beto = pair
    mail.aliases.clear()
    other = AliasSpec(uuid4(), "jefa@buzones.example", ana.public_id)
    mail.aliases[other.id] = other
    grants = {beto.public_id: frozenset({Access.SEND_ON_BEHALF})}
    mail.settings[ana.public_id] = MailboxSettings(grants, Forwarding("otra@fuera.example", keeps_copy=False))
    assert solve(Verb.ADOPT, *compare()) == (1, 0)
    row = fresh(ana)
    assert list(row.aliases.values_list("public_id", "address")) == [(other.id, "jefa@buzones.example")]
    assert (row.forward_to, row.forward_keeps_copy) == ("otra@fuera.example", False)
    assert [(grant.is_full, grant.is_send_on_behalf) for grant in row.grants.all()] == [(False, True)]
    assert compare() == []
    assert ActionLogEntry.objects.filter(action="exchange.mailbox.adopted").count() == 1


def test_a_text_that_was_written_elsewhere_cannot_be_taken_over(compare, solve, pair, told, mail):
    ana, _beto = pair
    before = mail.settings[ana.public_id]
    mail.settings[ana.public_id] = MailboxSettings(before.grants, before.forwarding, AutoReply("Fuera", "Vuelvo"))
    assert solve(Verb.ADOPT, *compare()) == (0, 1)


def test_a_stray_comes_with_its_aliases_and_keeps_what_it_has(compare, solve, stray, mail):
    spec = stray()
    alias = AliasSpec(uuid4(), "apodo@buzones.example", spec.id)
    mail.aliases[alias.id] = alias
    mail.settings[spec.id] = MailboxSettings(forwarding=Forwarding("casa@fuera.example"))
    solve(Verb.ADOPT, *compare())
    row = Mailbox.objects.get(public_id=spec.id)
    assert [each.address for each in row.aliases.all()] == ["apodo@buzones.example"]
    assert row.forward_to == "casa@fuera.example"
    assert compare() == []


def test_an_alias_that_is_taken_here_refuses_the_adoption(compare, solve, pair, stray, mail):
    spec = stray()
    taken = AliasSpec(uuid4(), "beto@buzones.example", spec.id)
    mail.aliases[taken.id] = taken
    other = AliasSpec(uuid4(), "anita@buzones.example", spec.id)
    mail.aliases[other.id] = other
    finding = Finding.objects.get(pk=next(each.pk for each in compare() if each.mail_id == spec.id))
    assert solve(Verb.ADOPT, finding) == (0, 1)
    assert not Mailbox.objects.filter(public_id=spec.id).exists()


def test_an_alias_that_is_being_made_does_not_count_yet(actor, make_mailbox, domain):
    ana = make_mailbox("ana")
    add_alias(actor=actor, mailbox=ana, local_part="anita", mail_domain=domain)
    assert "aliases" not in wanted_extras([ana])[ana.public_id]

"""The column of further addresses: judged with its row, made when the mailboxes are there, told where one is taken."""

from __future__ import annotations

import pytest

from exchange.models import ImportProblem, Mailbox, MailboxAlias, MailboxImport
from exchange.services.aliases import add_alias
from exchange.services.imports.aliasing import add_aliases
from exchange.services.imports.correcting import Group, apply_to_equals, correct_cells, discard_row
from exchange.services.imports.finishing import Options, finalize_import
from exchange.services.imports.judging import aliases_in
from exchange.services.imports.proposals import propose
from tests.exchange.conftest import url
from tests.exchange.imports.conftest import State, again, codes, rows_of, states
from tests.exchange.imports.test_verifying_rows import AROUND, judged
from tests.factories import MailboxFactory

DOMAINS = AROUND.domains
MAPPING = ["display_name", "address", "aliases"]


@pytest.fixture
def finish(actor, run_jobs):
    def go(batch: MailboxImport) -> MailboxImport:
        finalize_import(actor=actor, batch=batch, options=Options())
        run_jobs()
        return again(batch)

    return go


def made() -> list[tuple[str, str]]:
    return list(MailboxAlias.objects.order_by("address").values_list("mailbox__address", "address"))


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("anita@buzones.example; jefa", ["anita@buzones.example", "jefa@buzones.example"], []),
        ("SMTP:ana@buzones.example+smtp:anita@buzones.example+SIP:ana@x", ["anita@buzones.example"], []),
        ("x@españa.example, X@ESPAÑA.example", ["x@xn--espaa-rta.example"], []),
        ("a@x.onmicrosoft.com|ñ@buzones.example", [], ["a@x.onmicrosoft.com", "ñ@buzones.example"]),
        ("postmaster@buzones.example ..@ @", [], ["postmaster@buzones.example", "..@", "@"]),
        ("  ", [], []),
    ],
)
def test_what_a_cell_names(text, good, bad):
    assert aliases_in(text, DOMAINS, "ana@buzones.example") == (good, bad)


def test_one_that_cannot_be_is_named_and_left_out_by_the_proposal():
    verdict, cells, judge = judged("Ana", "ana@buzones.example", "anita; a@gmail.com", mapping=MAPPING)
    [problem] = verdict.problems
    assert (problem.code, problem.value) == ("alias_bad", "a@gmail.com")
    proposal = propose(problem, cells, judge)
    assert proposal is not None
    assert proposal.value == "anita@buzones.example"


def test_they_become_aliases_that_the_mail_system_knows(upload, finish, mail):
    text = "Nombre,Correo,Alias adicionales\nAna,ana@buzones.example,anita; jefa\nEva,eva@buzones.example,\n"
    batch = finish(upload(text))
    assert states(batch) == [State.CREATED] * 2
    assert made() == [("ana@buzones.example", "anita@buzones.example"), ("ana@buzones.example", "jefa@buzones.example")]
    ana = Mailbox.objects.get(address="ana@buzones.example")
    assert {alias.mailbox_id for alias in mail.aliases.values()} == {ana.public_id}


def test_one_that_was_taken_meanwhile_is_told_in_its_row_and_stops_nothing(upload, finish, domain):
    batch = upload("Correo,Alias adicionales\nana@buzones.example,jefa anita\n")
    MailboxFactory(mail_domain=domain, address="jefa@buzones.example")
    batch = finish(batch)
    assert states(batch) == [State.CREATED]
    assert [address for _box, address in made()] == ["anita@buzones.example"]
    assert rows_of(batch)[0].message.endswith("en uso: jefa@buzones.example")


HEADS = "Nombre para mostrar,Correo,Alias adicionales\n"


def problems(batch: MailboxImport) -> list[tuple[int, str, str, str]]:
    found = ImportProblem.objects.filter(batch=batch).order_by("number", "code")
    return list(found.values_list("number", "code", "value", "note"))


def test_two_rows_that_name_the_same_are_told_apart_before_anything_is_made(upload):
    batch = upload(
        HEADS + "Ana,ana@buzones.example,jefa luz\nEva,eva@buzones.example,jefa ana\nLuz,luz@buzones.example,\n"
    )
    assert problems(batch) == [
        (2, "alias_repeated", "luz@buzones.example", "4"),
        (3, "alias_repeated", "ana@buzones.example, jefa@buzones.example", "2"),
    ]
    assert states(batch) == [State.WRONG, State.WRONG, State.READY]


def test_one_that_is_a_mailbox_an_alias_or_a_list_already_is_a_red_cell(
    upload, actor, subscription, domain, make_mailbox
):
    other = make_mailbox("otra")
    add_alias(actor=actor, mailbox=other, local_part="jefa", mail_domain=domain)
    make_mailbox("luz")
    batch = upload(HEADS + "Ana,ana@buzones.example,jefa luz anita\n")
    assert problems(batch) == [(2, "alias_taken", "jefa@buzones.example, luz@buzones.example", "")]


def test_the_same_file_again_has_no_trouble_with_its_own_aliases(upload, finish):
    text = HEADS + "Ana,ana@buzones.example,anita\n"
    finish(upload(text))
    assert states(upload(text)) == [State.EXISTS]


def test_the_proposal_for_all_leaves_out_what_others_have(upload, actor):
    batch = upload(
        HEADS + "Ana,ana@buzones.example,jefa\nEva,eva@buzones.example,jefa evita\nLuz,luz@buzones.example,jefa\n"
    )
    apply_to_equals(actor=actor, batch=batch, group=Group("aliases", "alias_repeated"), new=None)
    assert [row.cells[2] for row in rows_of(batch)] == ["jefa", "evita@buzones.example", ""]
    assert states(batch) == [State.READY] * 3


def test_correcting_one_row_frees_what_the_other_wanted(upload, actor):
    batch = upload(HEADS + "Ana,ana@buzones.example,jefa\nEva,eva@buzones.example,jefa\n")
    correct_cells(actor=actor, batch=batch, changes={2: {"aliases": "anita"}})
    assert states(batch) == [State.READY] * 2
    correct_cells(actor=actor, batch=again(batch), changes={2: {"address": "jefa@buzones.example"}})
    assert problems(batch) == [(3, "alias_repeated", "jefa@buzones.example", "2")]
    discard_row(actor=actor, batch=again(batch), number=2)
    assert states(batch) == [State.DISCARDED, State.READY]


def test_one_proposal_leaves_out_all_aliases_that_others_have(administrator_client, upload, make_mailbox):
    make_mailbox("otra")
    batch = upload(HEADS + "Ana,ana@buzones.example,jefa\nEva,eva@buzones.example,jefa otra evita\n")
    page = administrator_client.get(url("import_review", batch.subscription, batch.public_id)).content.decode()
    assert "Usar “evita@buzones.example”" in page


def test_more_than_a_mailbox_may_have_are_not_lost_in_silence(upload):
    batch = upload(HEADS + "Ana,ana@buzones.example," + " ".join(f"a{n}" for n in range(101)) + "\n")
    assert problems(batch) == [(2, "alias_many", "100", "")]


def test_a_second_try_makes_nothing_twice(upload, finish, actor):
    batch = finish(upload("Correo,Alias adicionales\nana@buzones.example,anita\n"))
    assert add_aliases(batch.public_id, actor) == 0
    assert len(made()) == 1
    assert rows_of(batch)[0].message == ""


def test_a_wrong_alias_is_a_red_cell(upload):
    assert codes(upload("Correo,Proxy addresses\nana@buzones.example,smtp:a@otra.example\n")) == {2: ["alias_bad"]}

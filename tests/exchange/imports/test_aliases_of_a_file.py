"""The column of further addresses: judged with its row, made when the mailboxes are there, told where one is taken."""

from __future__ import annotations

import pytest

from exchange.models import Mailbox, MailboxAlias, MailboxImport
from exchange.services.imports.aliasing import add_aliases
from exchange.services.imports.finishing import Options, finalize_import
from exchange.services.imports.judging import aliases_in
from exchange.services.imports.proposals import propose
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


def test_one_that_is_taken_is_told_in_its_row_and_stops_nothing(upload, finish, domain):
    MailboxFactory(mail_domain=domain, address="jefa@buzones.example")
    text = "Correo,Alias adicionales\nana@buzones.example,jefa anita\neva@buzones.example,ana anita evita\n"
    batch = finish(upload(text))
    assert states(batch) == [State.CREATED] * 2
    assert [address for _box, address in made()] == ["anita@buzones.example", "evita@buzones.example"]
    ana, eva = rows_of(batch)
    assert ana.message.endswith("en uso: jefa@buzones.example")
    assert eva.message.endswith("en uso: ana@buzones.example, anita@buzones.example")


def test_a_second_try_makes_nothing_twice(upload, finish, actor):
    batch = finish(upload("Correo,Alias adicionales\nana@buzones.example,anita\n"))
    assert add_aliases(batch.public_id, actor) == 0
    assert len(made()) == 1
    assert rows_of(batch)[0].message == ""


def test_a_wrong_alias_is_a_red_cell(upload):
    assert codes(upload("Correo,Proxy addresses\nana@buzones.example,smtp:a@otra.example\n")) == {2: ["alias_bad"]}

"""Every mistake that a row can have is found, named, and answered with a proposal."""

from __future__ import annotations

import pytest

from exchange.models import ImportProblem, ImportRow, Mailbox, MailDomain
from exchange.services.imports.correcting import taken_addresses
from exchange.services.imports.judging import Judge, Problem, Surroundings
from exchange.services.imports.proposals import propose
from exchange.services.imports.reasons import REASONS, sentence
from exchange.services.lists import ListData, create_list
from exchange.services.shared import create_shared
from tests.exchange.imports.conftest import State, codes, rows_of, states
from tests.factories import MailboxFactory, MailDomainFactory

AROUND = Surroundings(
    domains={"buzones.example": 1, "xn--espaa-rta.example": 2},
    pending_domains=frozenset({"pendiente.example"}),
    default_domain="buzones.example",
    templates={"estandar": 7},
    template_names=["Estándar"],
)
HEADINGS = ["display_name", "address", "template", "quota", "imap", "link_email"]


def judged(name="Ana", address="ana@buzones.example", *rest, mapping=HEADINGS):
    cells = [name, address, *rest]
    judge = Judge(mapping, AROUND)
    return judge.judge(cells), cells, judge


def mistakes(*cells):
    verdict, row, judge = judged(*cells)
    found = [(problem.code, propose(problem, row, judge)) for problem in verdict.problems]
    return {code: proposal.value if proposal else None for code, proposal in found}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ANA@Buzones.Example", {}),
        ("ana@españa.example", {}),
        ("ana", {}),
        ("", {"address_missing": "ana@buzones.example"}),
        ("josé.pérez@buzones.example", {"address_accents": "jose.perez@buzones.example"}),
        ("ñandú@buzones.example", {"address_accents": "nandu@buzones.example"}),
        ("ana lopez@buzones.example", {"address_spaces": "ana.lopez@buzones.example"}),
        ("ana\u200b@buzones.example", {"address_invisible": "ana@buzones.example"}),
        ("\u202eana@buzones.example", {"address_invisible": "ana@buzones.example"}),
        ("ana+x@buzones.example", {"address_plus": "ana@buzones.example"}),
        ("ana..b@buzones.example", {"address_shape": "ana.b@buzones.example"}),
        (".ana@buzones.example", {"address_shape": "ana@buzones.example"}),
        ("a" * 65 + "@buzones.example", {"address_long": "a" * 64 + "@buzones.example"}),
        ("postmaster@buzones.example", {"address_reserved": "correo.postmaster@buzones.example"}),
        ("ana@buzones.exampl", {"domain_unknown": "ana@buzones.example"}),
        ("ana@gmail.com", {"domain_unknown": "ana@buzones.example"}),
        ("ana@pendiente.example", {"domain_pending": "ana@buzones.example"}),
        ("ana@@buzones.example", {"address_shape": "ana@buzones.example"}),
        ("=LOWER(B2)", {"address_shape": "ana@buzones.example"}),
        ("mailto:ana@buzones.example", {"address_shape": "ana@buzones.example"}),
        ("josé@gmial.com", {"address_accents": "jose@buzones.example", "domain_unknown": "jose@buzones.example"}),
    ],
)
def test_addresses(address, expected):
    assert mistakes("Ana", address) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("José Ñúñez", {}),
        ("  José   Núñez ", {}),
        ("José\u00a0Núñez", {}),
        ("", {"name_missing": "Ana"}),
        ("=HYPERLINK(1)", {"name_formula": "HYPERLINK(1)"}),
        ("@SUM(A1)", {"name_formula": "SUM(A1)"}),
        ("Ana\nLópez", {"name_invisible": "Ana López"}),
        ("Ana\u202eLópez", {"name_invisible": "AnaLópez"}),
        ("x" * 121, {"name_long": "x" * 120}),
    ],
)
def test_names(name, expected):
    assert mistakes(name) == expected


@pytest.mark.parametrize(
    ("text", "megabytes"),
    [("5120", 5120), ("5 GB", 5120), ("2,5 GB", 2560), ("5,120", 5120), ("1.024", 1024), ("", None), ("ilimitado", None),
     ("unlimited", None), ("1 TB", 1048576), ("0", None), ("50 GB (53,687,091,200 bytes)", 51200), ("512 KB", 1)],
)  # fmt: skip
def test_sizes(text, megabytes):
    verdict, *_rest = judged("Ana", "ana@buzones.example", "", text)
    assert (verdict.quota_mb, verdict.problems) == (megabytes, [])


@pytest.mark.parametrize("text", ["mucho", "2 TB", "-5", "1..5", "5 parsecs"])
def test_sizes_that_are_none(text):
    assert mistakes("Ana", "ana@buzones.example", "", text) == {"quota_bad": ""}


@pytest.mark.parametrize(("text", "proposal"), [("5", "5 GB"), ("2,5", "2,5 GB"), ("5 MB", None)])
def test_a_handful_of_megabytes_is_asked_about(text, proposal):
    assert mistakes("Ana", "ana@buzones.example", "", text) == ({"quota_small": proposal} if proposal else {})


def test_templates_switches_and_links():
    assert mistakes("Ana", "ana@buzones.example", "ESTANDAR", "", "Sí", "ana@otra.example") == {}
    assert mistakes("Ana", "ana@buzones.example", "Estandard", "", "tal vez", "ana@") == {
        "template_unknown": "Estándar",
        "switch_bad": "",
        "link_bad": "",
    }
    assert mistakes("Ana", "ana@buzones.example", "", "", "", "ANA@buzones.example") == {"link_same": ""}


@pytest.mark.parametrize(
    ("password", "code"),
    [("$6$Xk1aZq$0b9f3", "password_hashed"), ("{SSHA}hOaX0k1f==", "password_hashed"),
     ("corta", "password_short"), ("contraseña1", "password_weak"), ("a" * 129, "password_long"),
     ("grapa-violeta\ttejado", "password_unprintable"), ("grapa-violeta-tejado-42", None)],
)  # fmt: skip
def test_passwords(password, code):
    problems = Judge(["address"], AROUND).judge(["ana@buzones.example"], password).problems
    assert [problem.code for problem in problems] == ([code] if code else [])
    assert all(problem.value == "" for problem in problems)


def test_every_reason_is_a_sentence_and_most_have_a_proposal():
    for code in REASONS:
        assert sentence(code, "x", "2").endswith((".", "!"))
    duplicate = propose(Problem("address", "duplicate"), ["Ana", "ana@buzones.example"], Judge(HEADINGS, AROUND))
    assert duplicate is not None
    assert duplicate.value == "ana2@buzones.example"


def test_names_are_put_together_and_logins_completed():
    mapping = ["first_name", "last_name", "login", "domain"]
    verdict, *_rest = judged("José", "Núñez", "JOSE", "españa.example", mapping=mapping)
    assert (verdict.display_name, verdict.address) == ("José Núñez", "jose@xn--espaa-rta.example")
    both, *_rest = judged(
        "Ana", "López", "Ruiz", "ana", mapping=["first_name", "last_name", "second_last_name", "login"]
    )
    assert both.display_name == "Ana López Ruiz"
    wrong, *_rest = judged("José", "Núñez", "jose", "otro.example", mapping=mapping)
    assert [(problem.field, problem.code) for problem in wrong.problems] == [("domain", "domain_unknown")]


def test_a_file_without_names_gets_them_from_the_addresses():
    verdict = Judge(["address"], AROUND).judge(["ana.lopez@buzones.example"])
    assert verdict.display_name == "Ana Lopez"


def test_the_same_address_twice_in_another_case_names_the_first_row(upload):
    batch = upload(
        "Nombre para mostrar,Correo\nAna,ana@buzones.example\nEva,ANA@buzones.example\nAna 3,ana@Buzones.example\n"
    )
    assert codes(batch) == {3: ["duplicate"], 4: ["duplicate"]}
    assert ImportProblem.objects.get(batch=batch, number=4).note == "2"
    assert batch.counts == {"0": 2, "4": 1}


def test_what_exists_under_the_same_name_is_no_mistake(upload, make_mailbox):
    make_mailbox("ana")
    batch = upload("Nombre para mostrar,Correo\nAna,ana@buzones.example\nEva,eva@buzones.example")
    assert states(batch) == [State.EXISTS, State.READY]


def test_what_exists_under_another_name_is_a_conflict(upload, make_mailbox):
    make_mailbox("ana")
    batch = upload("Nombre para mostrar,Correo\nOtra Persona,ana@buzones.example")
    assert codes(batch) == {2: ["taken"]}
    assert ImportProblem.objects.get(batch=batch).note == "Ana"


def test_the_bin_other_customers_and_aliases_have_addresses_too(upload, make_mailbox, domain):
    boxed = make_mailbox("ana")
    Mailbox.objects.filter(pk=boxed.pk).update(deleted_at="2026-01-01T00:00Z")
    MailboxFactory(mail_domain=MailDomainFactory(name="otro.example"), address="eva@buzones.example")
    boxed.aliases.create(
        account=boxed.account, subscription=boxed.subscription, mail_domain=domain, address="luz@buzones.example"
    )
    batch = upload("Correo\nana@buzones.example\neva@buzones.example\nluz@buzones.example\n")
    assert codes(batch) == {2: ["taken_bin"], 3: ["taken"], 4: ["taken_alias"]}
    assert ImportProblem.objects.get(batch=batch, number=3).note == "—"


def test_lists_and_shared_mailboxes_have_addresses_too(upload, actor, subscription, domain):
    create_list(actor=actor, subscription=subscription, data=ListData("Ventas", "ventas", domain, "anyone"))
    wish = {"display_name": "Soporte", "local_part": "soporte", "mail_domain": domain, "quota_mb": 1024}
    create_shared(actor=actor, subscription=subscription, **wish)
    batch = upload("Nombre,Correo\nX,ventas@buzones.example\nY,soporte@buzones.example\n")
    assert codes(batch) == {2: ["taken_list"], 3: ["taken"]}
    create_list(actor=actor, subscription=subscription, data=ListData("Otra", "ventas2", domain, "anyone"))
    assert taken_addresses(batch, ["ventas@buzones.example"]) == {"ventas2@buzones.example"}


def test_passwords_are_never_in_clear(upload):
    batch = upload("Correo,Contraseña\nana@buzones.example,grapa-violeta-tejado-42\neva@buzones.example,****\n")
    [ana, eva] = rows_of(batch)
    assert ana.cells == ["ana@buzones.example", ""]
    assert b"grapa" not in bytes(ana.sealed_password)
    assert eva.sealed_password is None


def test_a_row_with_an_open_quote_waits_for_somebody_to_look(upload):
    batch = upload('Nombre para mostrar,Correo\n"Ana,ana@buzones.example\nEva,eva@buzones.example\n')
    assert codes(batch) == {2: ["open_quote"]}
    assert [row.address for row in rows_of(batch)] == ["ana@buzones.example", "eva@buzones.example"]


def test_mistakes_that_repeat_are_counted(upload):
    people = "".join(f"p{n}@empresa.con\n" for n in range(5)) + "".join(f"ñ{n}@buzones.example\n" for n in range(3))
    groups = upload("Correo\n" + people).groups
    assert [(group["code"], group["value"], group["count"]) for group in groups] == [
        ("domain_unknown", "empresa.con", 5),
        ("address_accents", "", 3),
    ]


def test_a_domain_that_is_not_verified_yet_is_said(upload, subscription):
    MailDomainFactory(subscription=subscription, name="nuevo.example", state=MailDomain.State.PENDING, is_default=False)
    assert codes(upload("Correo\nana@nuevo.example")) == {2: ["domain_pending"]}


def test_verifying_again_begins_anew(upload, actor, run_jobs):
    from exchange.services.imports.files import begin_verification

    batch = upload("Correo\nana@buzones.example\nñ@buzones.example\n")
    begin_verification(actor=actor, batch=batch, mapping=batch.mapping)
    run_jobs()
    assert ImportRow.objects.filter(batch=batch).count() == 2
    assert ImportProblem.objects.filter(batch=batch).count() == 1


def test_a_file_that_turns_out_to_be_too_long_says_so_and_can_be_read_otherwise(upload, monkeypatch):
    monkeypatch.setattr("exchange.services.imports.verifying.MAX_ROWS", 2)
    batch = upload("Correo\n" + "ana@buzones.example\n" * 3)
    assert batch.stage == "file"
    assert "más de 100,000 filas" in batch.problem


def test_a_cell_that_is_far_too_large_is_a_mistake_of_its_row(upload):
    batch = upload("Correo,Nombre\nana@buzones.example,Ana\n" + '"' + "x" * 200_000 + "\neva@buzones.example,Eva\n")
    assert batch.counts == {str(State.WRONG.value): 1, str(State.READY.value): 2}

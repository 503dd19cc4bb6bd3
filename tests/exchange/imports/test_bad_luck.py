"""What may befall an import between the file and the last mailbox: a reason for each row, nothing lost, nothing doubled."""

from __future__ import annotations

from collections import Counter

import pytest

from cloudpanel.provisioning.errors import TransientError
from exchange.drivers.fake import InMemoryMailDriver
from exchange.models import Mailbox, MailboxImport
from exchange.operations import imported
from exchange.services.imports.deciding import NO_PLACE, TAKEN_MEANWHILE
from exchange.services.imports.finishing import Options, finalize_import
from marketplace.models import SubscriptionResource
from tests.exchange.conftest import url
from tests.exchange.imports.conftest import State, again, codes, rows_of, states


@pytest.fixture
def begin(actor):
    def go(batch: MailboxImport) -> MailboxImport:
        finalize_import(actor=actor, batch=batch, options=Options())
        return batch

    return go


def people(first: int, count: int) -> str:
    return "Nombre,Correo\n" + "".join(f"P {n},p{n}@buzones.example\n" for n in range(first, first + count))


def test_headings_that_stand_twice_are_named_and_the_first_one_counts(administrator_client, upload):
    batch = upload("Correo,Nombre,CORREO \na@buzones.example,Ana,b@buzones.example\n", verify=False)
    page = administrator_client.get(url("import_file", batch.subscription, batch.public_id)).content.decode()
    assert "Hay encabezados repetidos (CORREO)" in page
    assert batch.mapping == ["address", "first_name", ""]


def test_a_plan_that_is_full_at_row_three_hundred(upload, begin, run_jobs, subscription):
    SubscriptionResource.objects.filter(subscription=subscription).update(included=10_000)
    SubscriptionResource.objects.filter(subscription=subscription, resource="mailboxes").update(included=299)
    batch = begin(upload(people(2, 305)))
    run_jobs()
    rows = rows_of(batch)
    assert Counter(row.state for row in rows) == {State.CREATED: 299, State.NO_ROOM: 6}
    assert [row.number for row in rows if row.message == NO_PLACE] == [*range(301, 307)]
    assert subscription.resources.get(resource="mailboxes").used == 299


def test_of_two_imports_that_want_one_address_the_first_has_it_and_the_second_says_so(upload, begin, run_jobs):
    first, second = upload(people(1, 3)), upload(people(3, 3))
    for batch in (first, second):
        begin(batch)
    run_jobs()
    assert sorted(Counter(states(first) + states(second)).items()) == [(State.CONFLICT, 1), (State.CREATED, 5)]
    [lost] = [row for batch in (first, second) for row in rows_of(batch) if row.state == State.CONFLICT]
    assert (lost.address, lost.message) == ("p3@buzones.example", TAKEN_MEANWHILE)
    assert Mailbox.objects.filter(address="p3@buzones.example").count() == 1


def test_a_mail_server_that_falls_silent_in_the_middle(upload, begin, run_jobs, mail, monkeypatch):
    monkeypatch.setattr(imported, "FIRST_CALL", 2)
    calls, ensure = [], InMemoryMailDriver.ensure_mailboxes

    def ensure_or_not(self, specs):
        calls.append(len(specs))
        if len(calls) in {2, 3, 4}:
            raise TransientError("connection reset")
        return ensure(self, specs)

    monkeypatch.setattr(InMemoryMailDriver, "ensure_mailboxes", ensure_or_not)
    batch = begin(upload(people(1, 9)))
    run_jobs()
    assert states(batch) == [State.CREATED] * 9
    assert sorted(spec.address for spec in mail.mailboxes.values()) == [f"p{n}@buzones.example" for n in range(1, 10)]
    assert len(calls) > 4


def test_one_file_with_all_that_can_go_wrong_in_a_text(administrator_client, upload):
    lines = [
        b"Nombre,Correo\r\n",
        b'"Ana\nMar\xc3\xada",ana@buzones.example\r',  # a line break between quotes, and Mac's end of a line
        b"Eva\x00,eva@buzones.example\n",
        b"Jos\xe9,jose@buzones.example\r\n",  # Windows-1252 in the midst of UTF-8
        "Luz,\u202eluz@buzones.example\n".encode(),
        "Paz,paz\u200b@buzones.example\n".encode(),
        "Íñigo,íñigo@buzones.example\n".encode(),
        b"=1+1,uno@buzones.example\n",
        b"Otra,EVA@Buzones.example\n",
        "Ñandú,n@otroespañol.example\n".encode(),
        b'"Mar,mar@buzones.example\n',
        b"Fin,fin@buzones.example\n",
    ]
    batch = upload(b"".join(lines))
    assert codes(batch) == {
        2: ["name_invisible"],
        3: ["unreadable_sign"],
        4: ["other_encoding"],
        5: ["address_invisible"],
        6: ["address_invisible"],
        7: ["address_accents"],
        8: ["name_formula"],
        9: ["duplicate"],
        10: ["domain_unknown"],
        11: ["open_quote"],
    }
    assert len(rows_of(batch)) == 11
    page = administrator_client.get(url("import_review", batch.subscription, batch.public_id))
    assert page.status_code == 200
    assert "Hay 10 filas con error" in page.content.decode()
    assert again(batch).problem == ""

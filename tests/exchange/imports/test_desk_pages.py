"""The pages of the import desk, as a person walks them; every one of them works without JavaScript."""

from __future__ import annotations

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.models import ImportRow, Mailbox, MailboxImport
from tests.exchange.conftest import url
from tests.exchange.imports.conftest import State, again, codes, rows_of, states
from tests.factories import AddOnFactory

PEOPLE = "Nombre para mostrar;Correo electrónico\nJosé Núñez;jose@buzones.example\nEva;ñeva@buzones.example\n"


def text(response) -> str:
    assert response.status_code == 200, (response.status_code, response.headers.get("Location"))
    return response.content.decode()


def at(name: str, batch: MailboxImport, *args: object) -> str:
    return url(name, batch.subscription, batch.public_id, *args)


@pytest.fixture
def send(administrator_client, subscription, domain, template):
    def go(content: bytes, name: str = "personas.csv", token: str = ""):
        data = {"file": SimpleUploadedFile(name, content), "token": token or str(uuid.uuid4())}
        return administrator_client.post(url("import_start", subscription), data)

    return go


def test_from_the_file_to_the_result(administrator_client, send, run_jobs):
    response = send(PEOPLE.encode("cp1252"))
    preview = text(administrator_client.get(response["Location"]))
    assert "Windows-1252" in preview
    assert "José Núñez" in preview
    batch = MailboxImport.objects.get()
    columns = {"column_0": "display_name", "column_1": "address", "has_headings": "on"}
    columns |= {"encoding": "cp1252", "separator": ";"}
    response = administrator_client.post(at("import_verify", batch), columns)
    assert "Se están verificando" in text(administrator_client.get(response["Location"]))
    run_jobs()
    review = text(administrator_client.get(at("import_review", batch)))
    assert "Hay 1 fila con error" in review
    assert "letras sin acentos ni ñ" in review
    assert review.index("neva@buzones.example") < review.index("José Núñez")
    administrator_client.post(at("import_cells", batch), {"usar": "3:address"})
    assert states(again(batch)) == [State.READY, State.READY]
    options = {"rule": "valid", "password_by": "file", "makes_users": "on"}
    response = administrator_client.post(at("import_finalize", batch), options)
    assert "en proceso" in text(administrator_client.get(response["Location"]))
    run_jobs()
    result = text(administrator_client.get(at("import_result", batch)))
    assert "La importación terminó" in result
    assert "neva@buzones.example" in result
    assert Mailbox.objects.count() == 2


def test_a_cell_is_corrected_by_typing(administrator_client, upload):
    batch = upload(PEOPLE)
    administrator_client.post(at("import_cells", batch), {"c-3-address": "eva@buzones.example"})
    assert rows_of(batch)[1].address == "eva@buzones.example"
    assert again(batch).counts == {"4": 2}


def test_what_is_typed_wrongly_again_stays_to_be_seen(administrator_client, upload):
    batch = upload(PEOPLE)
    administrator_client.post(at("import_cells", batch), {"c-3-address": "eva lópez@buzones.example"})
    assert codes(batch) == {3: ["address_spaces"]}
    assert "eva lópez@buzones.example" in text(administrator_client.get(at("import_review", batch)))


def test_correcting_one_of_two_equal_addresses_frees_the_other(administrator_client, upload):
    batch = upload("Correo\nana@buzones.example\nana@buzones.example\n")
    assert codes(batch) == {3: ["duplicate"]}
    administrator_client.post(at("import_cells", batch), {"c-2-address": "eva@buzones.example"})
    assert [row.address for row in rows_of(batch)] == ["eva@buzones.example", "ana@buzones.example"]
    assert codes(batch) == {}


def test_one_answer_for_all_that_are_equal(administrator_client, upload):
    batch = upload("Correo\n" + "".join(f"p{n}@empresa.con\n" for n in range(4)))
    page = text(administrator_client.get(at("import_review", batch)))
    assert "Aplicar a todas las iguales" in page
    assert 'value="buzones.example"' in page
    data = {
        "field": "address",
        "code": "domain_unknown",
        "value": "empresa.con",
        "how": "new",
        "new": "buzones.example",
    }
    administrator_client.post(at("import_equals", batch), data)
    assert [row.address for row in rows_of(batch)] == [f"p{n}@buzones.example" for n in range(4)]
    assert codes(batch) == {}


def test_all_proposals_of_a_kind_many_of_them_in_the_background(administrator_client, upload, run_jobs):
    batch = upload("Correo\n" + "".join(f"ñ{n}@buzones.example\n" for n in range(600)))
    data = {"field": "address", "code": "address_accents", "value": "", "how": "proposal"}
    administrator_client.post(at("import_equals", batch), data)
    assert again(batch).stage == "verifying"
    run_jobs()
    assert again(batch).counts == {"4": 600}
    assert again(batch).stage == "review"


def test_a_whole_row_can_be_edited_discarded_and_brought_back(administrator_client, upload):
    batch = upload(PEOPLE)
    assert "José Núñez" in text(administrator_client.get(at("import_row", batch, 2)))
    administrator_client.post(
        at("import_row", batch, 2), {"c-2-display_name": "José Ñ", "c-2-address": "j@buzones.example"}
    )
    assert (rows_of(batch)[0].display_name, rows_of(batch)[0].address) == ("José Ñ", "j@buzones.example")
    administrator_client.post(at("import_row_discard", batch, 2))
    assert states(batch)[0] == State.DISCARDED
    administrator_client.post(at("import_row_restore", batch, 2))
    assert states(batch)[0] == State.READY


def test_wrong_rows_are_discarded_together(administrator_client, upload):
    batch = upload(PEOPLE)
    administrator_client.post(at("import_discard_wrong", batch))
    assert again(batch).counts == {"4": 1, "8": 1}


def test_options_change_what_counts_as_wrong(administrator_client, upload, template):
    batch = upload("Correo,Plantilla,Contraseña\nana@buzones.example,Premium,corta\n")
    assert codes(batch) == {2: ["password_short", "template_unknown"]}
    data = {"rule": "valid", "password_by": "link", "template": str(template.public_id)}
    administrator_client.post(at("import_options", batch), data)
    assert again(batch).counts == {"4": 1}
    administrator_client.post(at("import_options", batch), {**data, "password_by": "file"})
    assert again(batch).counts == {"0": 1}


def test_the_rejected_rows_come_with_reason_and_can_be_uploaded_again(administrator_client, upload):
    batch = upload("Persona;Correo electrónico;Oficina\nJosé;ñ@buzones.example;México\nEva;eva@buzones.example;\n")
    content = b"".join(administrator_client.get(at("import_rejected", batch, "csv")).streaming_content)
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Persona,Correo electrónico,Oficina,Motivo,Propuesta"
    assert lines[1].startswith("José,ñ@buzones.example,México,")
    assert "n@buzones.example" in lines[1]
    again_uploaded = upload(content.replace("ñ@".encode(), b"n@"))
    assert again_uploaded.counts == {"4": 1}


def test_passwords_are_in_no_download_and_on_no_page(administrator_client, upload):
    batch = upload("Correo,Contraseña\nñ@buzones.example,grapa-violeta-tejado-42\neva@buzones.example,corta\n")
    pages = text(administrator_client.get(at("import_review", batch)))
    pages += text(administrator_client.get(at("import_row", batch, 2)))
    for name in ("import_rejected", "import_export"):
        pages += b"".join(administrator_client.get(at(name, batch, "csv")).streaming_content).decode()
    assert "grapa" not in pages
    assert "corta<" not in pages


def test_what_people_write_is_never_html(administrator_client, upload):
    batch = upload('Nombre para mostrar,Correo\n<b>x</b>,"<script>@buzones.example"\n')
    page = text(administrator_client.get(at("import_review", batch)))
    assert "<script>@" not in page
    assert "<b>x" not in page


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"Nombre,Correo\n", "a.csv", "solo tiene encabezados"),
        (b"", "a.csv", "vacío"),
        (b"PK\x03\x04x", "a.csv", "dañado"),
        (b"x" * (21 * 1024 * 1024), "a.csv", "menos de 20 MB"),
    ],
)
def test_a_file_that_is_none_is_answered_beside_its_field(send, content, name, words):
    page = text(send(content, name))
    assert words in page
    assert 'aria-invalid="true"' in page
    assert not MailboxImport.objects.exists()


def test_a_double_click_on_siguiente_takes_the_file_in_once(send):
    token = str(uuid.uuid4())
    assert send(PEOPLE.encode(), token=token)["Location"] == send(PEOPLE.encode(), token=token)["Location"]
    assert MailboxImport.objects.count() == 1


def test_the_draft_can_be_left_and_finished_by_somebody_else(delegate_client, delegation, upload):
    batch = upload(PEOPLE)
    assert "personas.csv" in text(delegate_client.get(url("import_start", batch.subscription)))
    assert "Hay 1 fila con error" in text(delegate_client.get(at("import", batch), follow=True))


def test_the_sample_can_be_uploaded_as_it_is(administrator_client, upload, subscription):
    for file_format in ("csv", "xlsx"):
        response = administrator_client.get(url("import_sample", subscription, file_format))
        batch = upload(b"".join(response.streaming_content), filename=f"ejemplo.{file_format}")
        assert codes(batch) == {}
        assert batch.counts == {"4": 3}


def test_the_review_costs_the_same_statements_for_many_rows(administrator_client, upload):
    def statements(batch) -> int:
        administrator_client.get(at("import_review", batch))
        with CaptureQueriesContext(connection) as captured:
            administrator_client.get(at("import_review", batch))
        return len(captured)

    few = upload("Correo,Plantilla\n" + "".join(f"ñ{n}@buzones.example,x\n" for n in range(3)))
    many = upload("Correo,Plantilla\n" + "".join(f"ñ{n}@empresa.con,x\n" for n in range(300)))
    assert statements(few) == statements(many) <= 12


def test_discarding_asks_first(administrator_client, upload):
    batch = upload(PEOPLE)
    assert "¿Descartar este archivo?" in text(administrator_client.get(at("import_discard", batch)))
    administrator_client.post(at("import_discard", batch))
    assert not MailboxImport.objects.exists()
    assert not ImportRow.objects.exists()


def test_undoing_asks_first(administrator_client, upload, run_jobs):
    batch = upload("Correo\nana@buzones.example\n")
    administrator_client.post(at("import_finalize", batch), {"rule": "valid", "password_by": "file"})
    assert "falla" not in text(administrator_client.get(at("import_result", batch))), "what is under way has not failed"
    run_jobs()
    page = text(administrator_client.get(at("import_undo", batch)))
    assert "papelera" in page
    assert Mailbox.objects.listed().count() == 1
    administrator_client.post(at("import_undo", batch))
    run_jobs()
    assert "se deshizo" in text(administrator_client.get(at("import_result", batch)))
    assert Mailbox.objects.listed().count() == 0


def test_the_result_is_exported_row_by_row(administrator_client, upload, run_jobs):
    batch = upload(PEOPLE)
    administrator_client.post(at("import_finalize", batch), {"rule": "valid", "password_by": "file"})
    run_jobs()
    content = b"".join(administrator_client.get(at("import_export", batch, "csv")).streaming_content).decode(
        "utf-8-sig"
    )
    lines = content.splitlines()
    assert lines[1] == "2,José Núñez,jose@buzones.example,Creado,"
    assert lines[2].startswith("3,Eva,,Con error,")


def test_senseless_input_is_no_server_error(administrator_client, upload):
    batch = upload(PEOPLE)
    for data in (
        {"usar": "x:y"},
        {"usar": "99999999999:address"},
        {"c-3-address": "\x00", "place": "ver=x&cursor=%00"},
    ):
        assert administrator_client.post(at("import_cells", batch), data).status_code == 302
    assert administrator_client.post(at("import_equals", batch), {"code": "x", "how": "new"}).status_code == 302
    assert administrator_client.get(at("import_row", batch, 999)).status_code == 404
    assert administrator_client.get(at("import_review", batch) + "?cursor=x&ver=y").status_code == 200
    assert administrator_client.get(at("import_rejected", batch, "pdf")).status_code == 404
    assert text(administrator_client.post(at("import_finalize", batch), {"rule": "x"}))


def test_the_suspended_subscription_says_why(administrator_client, upload, subscription):
    batch = upload(PEOPLE)
    type(subscription).objects.filter(pk=subscription.pk).update(state="suspended")
    page = text(administrator_client.get(at("import_review", batch)))
    assert re.search(r"Finalizar.*suspendida", page, re.DOTALL)
    assert "suspendida" in text(administrator_client.get(url("import_start", subscription)))


def test_the_options_say_what_the_rows_take_of_the_plan(administrator_client, upload, subscription):
    content = b"Correo,Nombre,Cuota\nana@buzones.example,Ana,2 GB\nbeto@buzones.example,Beto,\n"
    batch = upload(content)
    assert batch.ready_gb == 7
    page = text(administrator_client.get(at("import_review", batch)))
    assert "toma 2 buzones, 7 GB de espacio" in page


def test_what_does_not_fit_is_said_with_its_price(administrator_client, upload, subscription):
    AddOnFactory(product=subscription.product)
    rows = "".join(f"b{number}@buzones.example,B{number},1 GB\n" for number in range(12))
    page = text(administrator_client.get(at("import_review", upload(f"Correo,Nombre,Cuota\n{rows}".encode()))))
    assert "faltan 2 buzones" in page
    assert "$75.00 MXN al mes, más IVA" in page


def test_a_stranger_gets_404(stranger_client, upload):
    assert stranger_client.get(at("import_review", upload(PEOPLE))).status_code == 404


def test_a_service_user_gets_403(service_user_client, upload):
    assert service_user_client.get(at("import_review", upload(PEOPLE))).status_code == 403

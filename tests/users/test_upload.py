"""People from a file: read whatever it is, verified row by row, corrected in the page."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Membership, Role
from users.models import UserUpload
from users.services.uploads import forget_expired_uploads

UPLOAD = "/usuarios/nuevo/archivo/"


def send(client, content, name="personas.csv", **data):
    content = content.encode() if isinstance(content, str) else content
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content), **data}, follow=True)


def as_sent(response, **shared):
    """What the browser would send from the table as it is shown."""
    rows = response.context["rows"]
    data = {"vista": "archivo", "token": uuid.uuid4(), "language": "es-mx", "sends_activation": "on", **shared}
    data |= {"personas-TOTAL_FORMS": len(rows.forms), "personas-INITIAL_FORMS": 0}
    for form in rows.forms:
        data |= {form.add_prefix(name): value for name in form.fields if (value := form[name].value())}
    return data


def test_a_file_is_verified_and_then_added(administrator_client, account):
    response = send(
        administrator_client, "Correo;Nombre;Rol\njose@x.example;José Núñez;Administrador\nb@x.example;Íñigo;"
    )
    page = response.content.decode()
    assert "José Núñez" in page
    assert '<option value=";" selected>' in page
    assert not Membership.objects.filter(email="jose@x.example").exists()
    administrator_client.post("/usuarios/nuevo/", as_sent(response))
    jose = Membership.objects.get(email="jose@x.example")
    assert (jose.name, jose.role) == ("José Núñez", Role.ACCOUNT_ADMIN)


def test_wrong_cells_say_why_and_can_be_corrected(administrator_client, delegate):
    rows = (
        "Nombre,Correo\nAna,no es correo\nDiego,diego@empresa.example\n,c@x.example\nBeto,b@x.example\nBis,B@x.example"
    )
    response = send(administrator_client, rows)
    page = response.content.decode()
    assert "is-wrong" in page
    for text in ("Fila 1", "no es correo", "Esta persona ya es usuario de su cuenta.", "ya está en la fila 4"):
        assert text in page
    fixed = as_sent(response) | {"personas-0-email": "ana2@x.example", "personas-2-name": "Ceci"}
    page = administrator_client.post("/usuarios/nuevo/", fixed).content.decode()
    assert "Esta persona ya es usuario de su cuenta." in page
    assert "ya está en la fila 4" in page
    assert "Verifique el archivo" in page


def test_wrong_rows_can_be_dropped(administrator_client):
    response = send(administrator_client, "Nombre,Correo\nAna,mal\nBeto,b@x.example")
    response = administrator_client.post(f"{UPLOAD}descartar/", as_sent(response))
    assert [form["email"].value() for form in response.context["rows"].forms] == ["b@x.example"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_accents_survive_in_any_encoding(administrator_client, encoding):
    content = "Nombre\tCorreo\nJosé Ñúñez\tjose@x.example".encode(encoding)
    assert "José Ñúñez" in send(administrator_client, content).content.decode()


def test_a_file_without_headings_is_understood(administrator_client):
    response = send(administrator_client, "ana@x.example,Ana\nbeto@x.example,Beto")
    assert [form["name"].value() for form in response.context["rows"].forms] == ["Ana", "Beto"]


def test_our_own_list_comes_back_in(administrator_client, delegate):
    exported = b"".join(administrator_client.get("/usuarios/exportar/?formato=xlsx").streaming_content)
    page = send(administrator_client, exported, "usuarios.xlsx").content.decode()
    assert "diego@empresa.example" in page
    assert "Esta persona ya es usuario de su cuenta." in page


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_sample_is_a_valid_file(administrator_client, file_format):
    sample = b"".join(administrator_client.get(f"{UPLOAD}ejemplo/?formato={file_format}").streaming_content)
    response = send(administrator_client, sample, f"ejemplo.{file_format}")
    assert response.context["rows"].is_valid()
    assert len(response.context["rows"].people()) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "vacío"),
        ("Nombre,Correo\n", "solo tiene encabezados"),
        ("Nombre,Correo\n" + "Ana,a@x.example\n" * 501, "más de 500"),
        (b"\xd0\xcf\x11\xe0", "Guarde el archivo"),
        (b"PK\x03\x04no", "dañado"),
    ],
)
def test_a_file_that_is_no_list_of_people_says_why(administrator_client, content, reason):
    response = send(administrator_client, content)
    assert response.status_code == 200
    assert reason in response.content.decode()


def test_no_file_is_said(administrator_client):
    assert "alert-danger" in administrator_client.post(UPLOAD, {}).content.decode()


def names_in(response) -> list[str]:
    return [form["name"].value() for form in response.context["rows"].forms]


def test_columns_with_other_headings_are_named_by_the_person(administrator_client):
    response = send(administrator_client, "Quién,Contacto,Sector\nAna,ana@x.example,Ventas")
    page = response.content.decode()
    assert "Falta saber qué columna del archivo trae: Nombre, Correo" in page
    assert "ana@x.example" in page  # the example beneath its column
    assert 'name="personas-0-email"' not in page
    address = response.redirect_chain[-1][0]
    named = {"columnas": "1", "columna-0": "name", "columna-1": "email", "columna-2": ""}
    assert names_in(administrator_client.get(address, named)) == ["Ana"]


def test_what_stands_in_a_file_is_shown_and_never_run(administrator_client):
    page = send(administrator_client, "<i>Quién</i>,Contacto\n<b>Ana</b>,ana@x.example").content.decode()
    assert "&lt;b&gt;Ana&lt;/b&gt;" in page
    assert "<b>Ana" not in page
    assert "<i>Qui" not in page


def test_one_datum_from_two_columns_is_refused_beside_the_second(administrator_client):
    response = send(administrator_client, "Nombre,Correo\nAna,ana@x.example")
    twice = {"columnas": "1", "columna-0": "email", "columna-1": "email"}
    page = administrator_client.get(response.redirect_chain[-1][0], twice).content.decode()
    assert "Otra columna ya trae este dato" in page


def test_another_encoding_and_separator_need_no_other_upload(administrator_client):
    response = send(administrator_client, "Nombre;Correo\nJosé, el alto;jose@x.example".encode("cp1252"))
    address = response.redirect_chain[-1][0]
    assert names_in(response) == ["José, el alto"]
    assert "Falta saber qué columna" in administrator_client.get(address, {"separator": ","}).content.decode()
    wrong = administrator_client.get(address, {"encoding": "utf-16", "separator": ";"})
    assert wrong.status_code == 200
    assert names_in(administrator_client.get(address, {"encoding": "cp1252", "separator": ";"})) == ["José, el alto"]


@pytest.mark.parametrize(
    "query", [{"encoding": "klingon"}, {"separator": "§"}, {"columnas": "1", "columna-0": "sueldo"}, {"columnas": "1"}]
)
def test_choices_that_nobody_offered_are_no_failure(administrator_client, query):
    address = send(administrator_client, "Nombre,Correo\nAna,ana@x.example").redirect_chain[-1][0]
    assert administrator_client.get(address, query).status_code == 200


def test_the_file_is_kept_sealed_and_forgotten_when_its_people_are_added(administrator_client):
    response = send(administrator_client, "Nombre,Correo\nAna,ana@x.example")
    kept = UserUpload.objects.get()
    assert b"ana@x.example" not in bytes(kept.sealed)
    sent = as_sent(response, archivo=str(kept.public_id))
    page = administrator_client.post("/usuarios/nuevo/", sent | {"personas-0-email": "mal"}).content.decode()
    assert f"/usuarios/nuevo/archivo/{kept.public_id}/" in page
    administrator_client.post("/usuarios/nuevo/", sent)
    assert not UserUpload.objects.exists()


def test_a_file_that_nobody_finished_is_forgotten_after_a_day(administrator_client):
    address = send(administrator_client, "Nombre,Correo\nAna,ana@x.example").redirect_chain[-1][0]
    UserUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert administrator_client.get(address).status_code == 404
    forget_expired_uploads()
    assert not UserUpload.objects.exists()


def test_another_customers_file_is_a_404(administrator_client, stranger_client, delegate_client):
    address = send(administrator_client, "Nombre,Correo\nAna,ana@x.example").redirect_chain[-1][0]
    assert stranger_client.get(address).status_code == 404
    assert delegate_client.get(address).status_code == 403


@pytest.mark.parametrize("address", [UPLOAD, f"{UPLOAD}ejemplo/", f"{UPLOAD}descartar/"])
def test_a_lesser_role_gets_403(delegate_client, address):
    assert delegate_client.get(address).status_code == 403

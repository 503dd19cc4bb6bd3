"""People from a file: read whatever it is, verified row by row, corrected in the page."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Membership, Role

UPLOAD = "/usuarios/nuevo/archivo/"


def send(client, content, name="personas.csv", **data):
    content = content.encode() if isinstance(content, str) else content
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content), **data})


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
    assert "separador: Punto y coma" in page
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
        ("Nombre,Teléfono\nAna,55", "Falta la columna Correo"),
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
    assert "alert-danger" in administrator_client.post(UPLOAD, {"separator": ";"}).content.decode()


@pytest.mark.parametrize("address", [UPLOAD, f"{UPLOAD}ejemplo/", f"{UPLOAD}descartar/"])
def test_a_lesser_role_gets_403(delegate_client, address):
    assert delegate_client.get(address).status_code == 403

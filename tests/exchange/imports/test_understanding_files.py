"""People arrive with a spreadsheet from somewhere else: its columns are understood."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.tabular.errors import UnreadableFile
from exchange.models import ImportFile
from exchange.services.imports.columns import understand
from exchange.services.imports.files import (
    Reading,
    begin_verification,
    first_lines,
    people_of,
    read_again,
    same_file_before,
)
from tests.exchange.conftest import url
from tests.exchange.imports.conftest import again, rows_of

PEOPLE = "Nombre para mostrar;Correo electrónico;Contraseña\nJosé Núñez;jose@buzones.example;grapa-violeta-tejado-42\n"


@pytest.mark.parametrize(
    ("headings", "mapping", "source"),
    [
        ("Correo,Nombre para mostrar", ["address", "display_name"], ""),
        ("Display Name,E-mail,Password", ["display_name", "address", "password"], ""),
        (
            "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],"
            "Org Unit Path [Required],Recovery Email",
            ["first_name", "last_name", "address", "password", "", "link_email"],
            "google",
        ),
        (
            "Display name,User principal name,Alternate email addresses,Block credential,Usage location",
            ["display_name", "address", "link_email", "", ""],
            "microsoft365",
        ),
        (
            "Name [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required,"
            "Block sign in (Yes/No) [accountEnabled] Required,First name [givenName],Last name [surname]",
            ["display_name", "address", "password", "", "first_name", "last_name"],
            "microsoft365",
        ),
        ("Email,Quota,Disk Used,_diskquota", ["address", "quota", "", ""], "cpanel"),
        ("mailname,domain,mbox_quota,password", ["login", "domain", "quota", "password"], "plesk"),
        ("name,displayName,zimbraMailQuota,zimbraAccountStatus", ["", "display_name", "quota_bytes", ""], "zimbra"),
        (
            "Nombre(s),Apellido Paterno,Apellido Materno,Correo institucional,Correo personal,Contraseña temporal",
            ["first_name", "last_name", "second_last_name", "address", "link_email", "password"],
            "",
        ),
        ("username,name,quota,active,domain", ["login", "display_name", "quota", "", "domain"], ""),
        ("alias,usuario,dominio,plantilla,IMAP,POP3", ["nickname", "login", "domain", "template", "imap", "pop3"], ""),
    ],
)
def test_headings_of_many_systems(headings, mapping, source):
    found = understand(headings.split(","))
    assert (found.mapping, found.source) == (mapping, source)


@pytest.mark.parametrize(
    ("headings", "mapping"),
    [
        (
            "Username,First name,Office number,Alternate email address,Address,City",
            ["address", "first_name", "", "link_email", "", ""],
        ),
        (
            "Nombre de usuario,Nombre,Número de oficina,Dirección de correo electrónico alternativa,Dirección,Ciudad",
            ["address", "first_name", "", "link_email", "", ""],
        ),
    ],
)
def test_where_somebody_lives_is_no_address_of_a_mailbox(headings, mapping):
    """What Microsoft 365 offers as its own template."""
    row = ["ana@buzones.example", "Ana", "7", "ana@otro.example", "Calle 1", "CDMX"]
    found = understand(headings.split(","), [row])
    assert (found.mapping, found.source) == (mapping, "microsoft365")


def test_the_positional_layout_of_the_original():
    row = ["jose", "José Núñez", "jose", "clave", "jose@buzones.example", *[""] * 10, "1048576", "943718", "996147"]
    row += ["", "", "ON", "OFF", "ON"]
    found = understand(row)
    assert (found.has_headings, found.source) == (False, "positional")
    assert found.mapping[:5] == ["nickname", "display_name", "login", "password", "address"]
    assert (found.mapping[15], found.mapping[20:23]) == ("quota_kb", ["imap", "pop3", ""])


def test_the_positional_layout_of_modoboa():
    row = [
        "account",
        "ana@buzones.example",
        "clave",
        "Ana",
        "López",
        "True",
        "SimpleUsers",
        "ana@buzones.example",
        "100",
    ]
    found = understand([*row, "buzones.example"])
    assert (found.has_headings, found.source) == (False, "modoboa")
    assert found.mapping[2:] == ["password", "first_name", "last_name", "", "", "address", "quota", ""]


def test_where_no_heading_tells_the_addresses_the_cells_do(upload):
    batch = upload("name,displayName,zimbraMailQuota\nana@buzones.example,Ana,1073741824\n")
    assert (batch.mapping, batch.source) == (["address", "display_name", "quota_bytes"], "zimbra")
    assert understand(["a", "b"], [["x", "ana@buzones.example"], ["y", "no"]]).mapping == ["", ""]


def test_without_headings_the_cells_are_looked_at():
    found = understand(["17", "José Núñez", "jose@buzones.example"])
    assert (found.has_headings, found.mapping) == (False, ["", "display_name", "address"])


@pytest.mark.parametrize(
    ("encoding", "label"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_encoding_and_separator_are_detected(upload, encoding, label):
    batch = upload(PEOPLE.encode(encoding))
    assert (batch.encoding, batch.separator) == (label, ";")
    assert [row.display_name for row in rows_of(batch)] == ["José Núñez"]


def test_a_workbook_is_read_like_a_csv(upload):
    book, file = Workbook(), io.BytesIO()
    book.active.append(["Nombre para mostrar", "Correo", "Tamaño"])
    book.active.append(["José Núñez", "jose@buzones.example", 2048.0])
    book.save(file)
    [row] = rows_of(upload(file.getvalue(), filename="personas.xlsx"))
    assert (row.display_name, row.address, row.quota_mb, row.number) == ("José Núñez", "jose@buzones.example", 2048, 2)


def test_the_preview_shows_the_first_lines_and_hides_passwords(upload):
    batch = upload(PEOPLE, verify=False)
    assert first_lines(batch) == [["José Núñez", "jose@buzones.example", "••••••"]]


def test_what_was_detected_can_be_changed_without_sending_the_file_again(upload):
    batch = upload("a;b\nÑandú;n@buzones.example\nEva;e@buzones.example".encode("cp1252"), verify=False)
    read_again(batch=batch, reading=Reading("cp1252", ",", True))
    assert again(batch).mapping == [""]
    read_again(batch=batch, reading=Reading("cp1252", ";", True))
    batch = again(batch)
    assert first_lines(batch)[0] == ["Ñandú", "n@buzones.example"]
    assert batch.mapping == ["", "address"]


def test_another_sheet_of_a_workbook_can_be_chosen(upload, actor):
    book, file = Workbook(), io.BytesIO()
    for name, person in (("Norte", "ana"), ("Sur", "eva")):
        sheet = book.create_sheet(name)
        sheet.append(["Nombre", "Correo"])
        sheet.append([person.title(), f"{person}@buzones.example"])
    book.save(file)
    batch = upload(file.getvalue(), verify=False)
    assert (batch.sheet, batch.sheets) == ("Norte", ["Sheet", "Norte", "Sur"])
    read_again(batch=batch, reading=Reading(sheet="Sur"))
    batch = again(batch)
    assert first_lines(batch) == [["Eva", "eva@buzones.example"]]
    assert [record.cells[1] for record in people_of(batch)] == ["eva@buzones.example"]


def test_what_stands_above_the_headings_is_no_person(upload):
    batch = upload("Personal 2026;;\n;;\nAl 22 de noviembre;;\nNombre;Correo;\nAna;ana@buzones.example;\n")
    assert (batch.rows_above, batch.headings, batch.mapping) == (2, ["Nombre", "Correo"], ["first_name", "address"])
    assert [(row.number, row.address) for row in rows_of(batch)] == [(5, "ana@buzones.example")]


def test_when_the_first_lines_are_blank_the_page_says_so(administrator_client, upload):
    batch = upload(b"Nombre,Correo\n" + b"\n" * 70_000 + b"Ana,ana@buzones.example\n", verify=False)
    page = administrator_client.get(url("import_file", batch.subscription, batch.public_id)).content.decode()
    assert "Las primeras filas están vacías" in page


def test_columns_can_be_mapped_by_hand_or_ignored(upload):
    batch = upload("Persona,Dónde,Otra\nAna,ana@buzones.example,x", mapping=["display_name", "address", ""])
    assert [(row.display_name, row.address) for row in rows_of(batch)] == [("Ana", "ana@buzones.example")]


def test_a_datum_comes_from_one_column_only(upload, actor):
    batch = upload(PEOPLE, verify=False)
    with pytest.raises(BusinessError, match="columnas A y B"):
        begin_verification(actor=actor, batch=batch, mapping=["address", "address", ""])


def test_without_a_column_for_the_address_nothing_goes_on(upload, actor):
    batch = upload(PEOPLE, verify=False)
    with pytest.raises(BusinessError, match="Falta la columna del correo"):
        begin_verification(actor=actor, batch=batch, mapping=["display_name", "", ""])


def test_the_file_is_kept_encrypted(upload):
    stored = ImportFile.objects.get(batch=upload(PEOPLE))
    assert b"grapa" not in bytes(stored.sealed) + bytes(stored.start)


def test_the_same_file_again_is_noticed(upload):
    first = upload(PEOPLE)
    assert same_file_before(first) is None
    assert same_file_before(upload(PEOPLE)) == first


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vacío"),
        (b"\xef\xbb\xbf\r\n", "vacío"),
        (b"Nombre,Correo\n", "solo tiene encabezados"),
        (b",,,\n;;\n", "ninguna fila|encabezados"),
        (b"PK\x03\x04rest", "dañado"),
        (b"x" * (20 * 1024 * 1024 + 1), "20 MB"),
        (b"%PDF-1.4", "CSV o como libro"),
        (b"<html><body><table>", "No es una tabla"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_reason(upload, content, words):
    with pytest.raises(UnreadableFile, match=words):
        upload(content, filename="personas.pdf" if content.startswith(b"%PDF") else "personas.csv")

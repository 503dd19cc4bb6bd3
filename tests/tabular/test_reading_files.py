"""Whatever people save from a spreadsheet is read as they meant it."""

import contextlib
import io
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from cloudpanel.core.tabular.columns import Column, as_record, match_columns, missing_columns, unknown_headings
from cloudpanel.core.tabular.encodings import detect_encoding
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.reading import Layout, detect_layout, preview, read_rows

ROWS = [["Nombre", "Correo"], ["José Núñez", "jose@x.example"], ["Íñigo Ángel", "inigo@x.example"]]
COLUMNS = (
    Column("name", "Nombre", ("nombre completo", "display name", "full name")),
    Column("email", "Correo", ("e-mail", "correo electrónico", "user principal name"), is_required=True),
)


def as_csv(encoding="utf-8", separator=",", newline="\r\n"):
    return newline.join(separator.join(row) for row in ROWS).encode(encoding)


def as_xlsx(rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def read(content, layout=None):
    return list(read_rows(content, layout or detect_layout(content)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
def test_encoding_and_separator_are_found(encoding, separator, newline):
    assert read(as_csv(encoding, separator, newline)) == ROWS


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        *(("mac_roman", name) for name in ("José Peña", "María", "Íñigo")),
        *(("cp850", name) for name in ("José", "MUÑOZ", "Begoña Núñez")),
        *(("cp1250", name) for name in ("Łukasz Żółć", "Wałęsa")),
        *(("cp1252", name) for name in ("José", "Íñigo", "PEÑA", "O’Brien", "Núñez – ventas", "Plan 10 €", "Müller")),
    ],
)
def test_what_the_bytes_spell_tells_the_encoding(encoding, name):
    assert detect_encoding(f"nombre;correo\n{name};a@x.example\n".encode(encoding)) == encoding


def test_xlsx_is_read_as_it_was_typed():
    content = as_xlsx([*ROWS, [5120, 5120.0], [1.5, True], [date(2026, 3, 1), "x"]])
    assert read(content) == [*ROWS, ["5120", "5120"], ["1.5", "TRUE"], ["2026-03-01", "x"]]


def test_commas_and_line_breaks_inside_quotes_stay():
    assert read(b'a,b\n"uno, dos","tres\ncuatro"\n')[1] == ["uno, dos", "tres\ncuatro"]


def test_blank_rows_are_left_out_and_blanks_trimmed():
    assert read(b"a , b\n\n , \n 1 ,2\n") == [["a", "b"], ["1", "2"]]


def test_another_layout_can_be_chosen():
    content = "a;b\nñ;1".encode("cp1252")
    assert read(content, Layout("csv", "cp1252", ";"))[1] == ["ñ", "1"]
    assert read("a;b\nñ;1".encode(), Layout("csv", "cp1252", ";"))[1][0] == "Ã±"


def test_the_preview_is_short():
    assert len(preview(b"a,b\n" + b"1,2\n" * 100, Layout("csv", "utf-8-sig", ","))) == 5


def test_our_own_exports_come_back_as_they_were():
    assert read(b"a,b\n'=1+1,'@x\n")[1] == ["=1+1", "@x"]


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 210 * 1024 * 1024)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"", "a.csv"),
        (b" \r\n ", "a.csv"),
        (b"\xef\xbb\xbf", "a.csv"),
        (b"PK\x03\x04nonsense", "a.xlsx"),
        (b"\xd0\xcf\x11\xe0 old excel", "a.xls"),
        (b"%PDF-1.7", "a.pdf"),
        (b"a" * (20 * 1024 * 1024 + 1), "a.csv"),
        (bomb(), "bomb.xlsx"),
    ],
)
def test_what_cannot_be_read_is_said(content, filename):
    with pytest.raises(UnreadableFile) as error:
        list(read_rows(content, detect_layout(content, filename)))
    assert error.value.user_message


@pytest.mark.parametrize("content", [b"\x00\x01\x02\xff" * 50, b"a" * 1000, b",,,,\n;;;;\n", bytes(range(256))])
def test_nonsense_is_never_a_crash(content):
    with contextlib.suppress(UnreadableFile):
        list(read_rows(content, detect_layout(content)))


@pytest.mark.parametrize(
    ("headings", "mapping"),
    [
        (["Nombre", "Correo"], ["name", "email"]),
        (["E-MAIL *", "nombre_completo"], ["email", "name"]),
        (["Display Name", "User principal name", "Oficina"], ["name", "email", ""]),
        (["correo electronico", "Correo"], ["email", ""]),
    ],
)
def test_headings_are_understood_in_any_order_and_language(headings, mapping):
    assert match_columns(headings, COLUMNS) == mapping


def test_what_is_missing_or_unknown_is_named():
    mapping = match_columns(["Nombre", "Oficina"], COLUMNS)
    assert [column.name for column in missing_columns(mapping, COLUMNS)] == ["email"]
    assert unknown_headings(["Nombre", "Oficina"], mapping) == ["Oficina"]
    assert as_record(["Ana"], match_columns(["Nombre", "Correo"], COLUMNS)) == {"name": "Ana", "email": ""}

"""Whatever is wrong with one row stays with that row."""

import io
import time
import zipfile

import pytest
from openpyxl import Workbook

from cloudpanel.core.tabular.csv_records import OPEN_QUOTE, OTHER_ENCODING, UNREADABLE_SIGN, WHOLE_ROW
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.reading import detect_layout, read_records


def records(content: bytes):
    return list(read_records(content, detect_layout(content)))


def zipped(**parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/"), text)
    return file.getvalue()


def test_a_quote_that_nobody_closes_costs_its_own_row_only():
    content = b'name,email\n"Ana,ana@x.example\n' + b"".join(b"P%d,p%d@x.example\n" % (n, n) for n in range(100))
    rows = records(content)
    assert len(rows) == 102
    assert rows[1].cells == ["Ana", "ana@x.example"]
    assert rows[1].notes == {WHOLE_ROW: OPEN_QUOTE}
    assert rows[2].cells == ["P0", "p0@x.example"]
    assert rows[2].number == 3


def test_a_quote_left_open_near_the_end_swallows_nothing():
    rows = records(b'name,email\nEva,eva@x.example\n"Ana,ana@x.example\nLuz,luz@x.example\n')
    assert [row.cells[1] for row in rows[1:]] == ["eva@x.example", "ana@x.example", "luz@x.example"]
    assert [bool(row.notes) for row in rows[1:]] == [False, True, False]


def test_a_quote_in_the_middle_of_a_word_is_a_sign_like_others():
    assert records(b'name,email\nPantalla 5" A,a@x.example')[1].notes == {}


def test_lines_of_another_encoding_are_read_and_named():
    content = "name,email\nJosé,jose@x.example\nÑandú,n@x.example\n".encode() + "Íñigo,i@x.example\n".encode("cp1252")
    rows = records(content)
    assert [row.cells[0] for row in rows[1:]] == ["José", "Ñandú", "Íñigo"]
    assert [dict(row.notes) for row in rows[1:]] == [{}, {}, {0: OTHER_ENCODING}]


def test_nul_bytes_are_taken_out_and_named():
    rows = records(b"name,email\nA\x00na,ana@x.example\n")
    assert rows[1].cells == ["Ana", "ana@x.example"]
    assert rows[1].notes == {0: UNREADABLE_SIGN}


def test_line_ends_may_be_mixed_and_breaks_inside_quotes_stay():
    rows = records(b'name,email\r\nAna,a@x.example\nEva,e@x.example\r"Luz\r\nMar",l@x.example\n')
    assert [row.cells[0] for row in rows] == ["name", "Ana", "Eva", "Luz\r\nMar"]
    assert [row.number for row in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize("first", ["#TYPE Selected.Mailbox", '"#TYPE System.Object",,', "sep=,", '"sep=,"'])
def test_the_line_that_a_program_writes_above_the_headings_is_none_of_the_table(first):
    content = f"{first}\nname,email\nAna,ana@x.example\n".encode()
    layout = detect_layout(content)
    assert layout.separator == ","
    assert [record.cells for record in read_records(content, layout)] == [["name", "email"], ["Ana", "ana@x.example"]]


def test_excel_may_name_the_separator_itself():
    content = b"sep=;\r\nname;email\r\nAna, la de ventas, y Eva;ana@x.example\r\n"
    assert detect_layout(content).separator == ";"


def test_a_cell_larger_than_any_costs_its_own_row_only():
    rows = records(b"name,email\n" + b"A" * 200_000 + b",a@x.example\nEva,e@x.example\n")
    assert rows[1].cells[1] == "a@x.example"
    assert rows[2].cells == ["Eva", "e@x.example"]


@pytest.mark.parametrize(
    "content",
    [
        *(b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", bytes(range(256)) * 9),
        *(b"<html><table>", b'\xef\xbb\xbf<?xml version="1.0"?>', b'[{"name": "Ana"}]', b"BEGIN:VCARD\nFN:Ana\n"),
    ],
)
def test_what_is_no_text_is_refused_whatever_it_is_called(content):
    with pytest.raises(UnreadableFile, match="No es una tabla"):
        detect_layout(content, "personas.csv")


def test_a_zip_renamed_to_csv_is_said():
    with pytest.raises(UnreadableFile, match="comprimido"):
        detect_layout(zipped(**{"personas.csv": "a,b"}), "personas.csv")


def test_a_table_of_texts_too_large_for_memory_is_refused_before_it_is_read():
    with pytest.raises(UnreadableFile, match="muy grande"):
        detect_layout(zipped(xl__sharedStrings_xml="x", **{"xl/sharedStrings.xml": "0" * (25 * 1024 * 1024)}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protegido con contraseña"),
        (b"\xd0\xcf\x11\xe0 old", "Guarde el archivo"),
        (
            zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": "<x/>"}),
            "Guarde el archivo",
        ),
        (zipped(word__document_xml="<x/>"), "Guarde el archivo"),
        (zipped(**{"xl/workbook.bin": "x"}), "Guarde el archivo"),
    ],
)
def test_tables_of_other_programs_are_named_for_what_they_are(content, words):
    with pytest.raises(UnreadableFile, match=words):
        detect_layout(content, "personas.xlsx")


HEADINGS = "<row><c t='inlineStr'><is><t>name</t></is></c><c t='inlineStr'><is><t>email</t></is></c></row>"


def workbook(rows: str) -> bytes:
    """A workbook whose sheet says just this."""
    book, file = Workbook(), io.BytesIO()
    book.save(file)
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f"<worksheet xmlns='{namespace}'><sheetData>{rows}</sheetData></worksheet>".encode()
    )
    return zipped(**{name: content.decode() for name, content in parts.items()})


@pytest.mark.parametrize(
    "rows",
    [
        HEADINGS + "<row>" + "<c><v>1</v></c>" * 400_000 + "</row>",
        "<x/>" * 900_000 + HEADINGS,
        HEADINGS + "<row r='999999999999'><c><v>1</v></c></row>",
    ],
    ids=["a row of 400,000 cells", "much ado before the first row", "a row far below the last one"],
)
def test_a_workbook_that_would_keep_a_reader_busy_is_given_up_soon(rows):
    content, began = workbook(rows), time.monotonic()
    with pytest.raises(UnreadableFile, match="Excel"):
        records(content)
    assert time.monotonic() - began < 5


def test_a_formula_that_nobody_computed_is_seen_and_not_lost():
    book, file = Workbook(), io.BytesIO()
    book.active.append(["name", "email"])
    book.active.append(["Ana", "=LOWER(A2)"])
    book.save(file)
    assert records(file.getvalue())[1].cells == ["Ana", "=LOWER(A2)"]


def test_the_sheet_with_the_addresses_is_read_and_hidden_ones_are_not():
    book, file = Workbook(), io.BytesIO()
    book.active.append(["Bienvenido"])
    for name in ("oculta", "Personas"):
        book.create_sheet(name).append([name, "ana@x.example"])
    book["oculta"].sheet_state = "hidden"
    book.save(file)
    layout = detect_layout(file.getvalue())
    assert layout.sheet == "Personas"
    assert records(file.getvalue())[0].cells == ["Personas", "ana@x.example"]


def test_a_workbook_that_lies_about_its_entities_is_refused():
    lol = '<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><sst>&b;</sst>'
    content = zipped(**{"xl/workbook.xml": lol, "[Content_Types].xml": lol})
    with pytest.raises(UnreadableFile, match="Excel"):
        records(content)

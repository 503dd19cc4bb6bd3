"""Cells of support's files are read as they were meant, or refused in Spanish; files as spreadsheets write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from tablib import Dataset

from cloudpanel.core.staff_files import Amount, Csv, Day, Json, Moment, Text, Whole, Xlsx, YesNo
from cloudpanel.core.tabular.errors import UnreadableFile


@pytest.mark.parametrize(
    ("widget", "text", "meant"),
    [
        (Amount(), "1,234.50", Decimal("1234.50")),
        (Amount(), "$ 1,234.5", Decimal("1234.5")),
        (Amount(), "-.5", Decimal("-0.5")),
        (Amount(), 199.9, Decimal("199.9")),
        (Amount(), "", None),
        (Whole(), "7.0", 7),
        (Whole(), "1,000", 1000),
        (YesNo(), "SÍ", True),
        (YesNo(), "Verdadero", True),
        (YesNo(), "no", False),
        (YesNo(), "", None),
        (Day(), "03/04/2026", date(2026, 4, 3)),
        (Day(), "2026-04-03", date(2026, 4, 3)),
        (Day(), datetime(2026, 4, 3, 9, 0), date(2026, 4, 3)),
        (Json(), '{"mailboxes": 10}', {"mailboxes": 10}),
        (Text(), "'=1+1", "=1+1"),
        (Text(), None, ""),
    ],
)
def test_a_cell_is_read_as_it_was_meant(widget, text, meant):
    assert widget.clean(text) == meant


@pytest.mark.parametrize(
    ("widget", "text", "words"),
    [
        (Amount(), "1234,50", "escríbalo como 1234.50"),
        (Amount(), "NaN", "no es un número"),
        (Amount(), "1e9", "no es un número"),
        (Whole(), "2.7", "no es un número entero"),
        (Whole(), "9" * 400, "no es un número entero"),
        (YesNo(), "quizá", "no es sí ni no"),
        (Day(), "31/02/2026", "no es una fecha"),
        (Day(), "12/31/2026", "escríbala como 2026-12-31"),
        (Moment(), "ayer", "no es una fecha y hora"),
        (Moment(), "0001-01-01T00:00:00+14:00", "no es una fecha y hora"),
        (Json(), "{'a': 1}", "no se entiende"),
        (Json(), "[" * 100_000, "no se entiende"),
    ],
)
def test_what_is_no_such_thing_is_refused_in_words(widget, text, words):
    with pytest.raises(ValueError, match=words):
        widget.clean(text)


def test_a_moment_comes_back_to_the_microsecond():
    now = timezone.now()
    assert Moment().clean(Moment().render(now)) == now
    assert timezone.is_aware(Moment().clean("2026-12-31"))


@pytest.mark.parametrize(("encoding", "separator"), [("utf-8", ","), ("cp1252", ";"), ("utf-16", "\t")])
def test_a_csv_is_read_in_the_encodings_of_spreadsheets(encoding, separator):
    text = f"código{separator}nombre\nañil{separator}Ñandú\n"
    assert Csv().create_dataset(text.encode(encoding)).dict == [{"código": "añil", "nombre": "Ñandú"}]


def test_a_workbook_comes_back_as_it_went():
    book = Xlsx().export_data(Dataset(["a", "1.50"], headers=["nombre", "precio"]))
    assert Xlsx().create_dataset(book).dict == [{"nombre": "a", "precio": "1.50"}]


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"%PDF-1.7", b"a,a\n1,2\n", b"PK\x03\x04x"])
def test_what_is_no_table_is_refused_in_words(content):
    with pytest.raises(UnreadableFile):
        Csv().create_dataset(content)

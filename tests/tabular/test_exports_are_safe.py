"""A download never runs as a formula, keeps accents, and comes back in as it went out."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from cloudpanel.core.tabular.export import export_response, safe_text, unsafe_text

NASTY = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "  =1+1", '=HYPERLINK("http://x")']


def download(file_format, rows, headings=("Nombre",)):
    response = export_response(file_format=file_format, filename="usuarios", headings=headings, rows=rows)
    return b"".join(response.streaming_content)


def csv_rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("text", NASTY)
def test_a_formula_is_only_text_in_csv(text):
    cell = csv_rows(download("csv", [[text]]))[1][0]
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", NASTY)
def test_a_formula_is_only_text_in_xlsx(text):
    sheet = load_workbook(io.BytesIO(download("xlsx", [[text]]))).active
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value == text


@pytest.mark.parametrize("text", [*NASTY, "Ana Núñez", "'cita'", "-5", "+52"])
def test_what_went_out_comes_back_in(text):
    assert unsafe_text(safe_text(text)) == text


@pytest.mark.parametrize("text", ["-5", "+52", "-1.5", "12"])
def test_plain_numbers_stay_numbers(text):
    assert safe_text(text) == text


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_control_characters_do_not_break_the_file(file_format):
    assert download(file_format, [["a\x00b\x1f"], [None], ["ñ" * 40_000]])


def test_accents_survive_for_excel():
    content = download("csv", [["Ana Núñez"]])
    assert content.startswith(b"\xef\xbb\xbf")
    assert csv_rows(content)[1] == ["Ana Núñez"]


def test_times_are_written_in_the_zone_of_the_person_who_asked():
    with timezone.override("America/Mexico_City"):
        response = export_response(
            file_format="csv", filename="x", headings=["Fecha"], rows=[[datetime(2026, 1, 1, 6, tzinfo=UTC)]]
        )
    content = b"".join(response.streaming_content)  # read after the view is left
    assert csv_rows(content)[1] == ["2026-01-01 00:00:00"]


def test_many_rows_are_streamed_in_chunks():
    response = export_response(file_format="csv", filename="x", headings=["N"], rows=([n] for n in range(1200)))
    assert len(list(response.streaming_content)) == 4

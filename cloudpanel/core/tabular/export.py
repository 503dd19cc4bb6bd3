"""CSV and XLSX downloads, streamed, whose cells a spreadsheet never runs as formulas (OWASP, "CSV Injection")."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

CSV, XLSX = "csv", "xlsx"
FORMATS = (CSV, XLSX)
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 500  # rows written between two yields
MAX_CELL = 32_767  # Excel's own limit of characters
# Spreadsheets take these for the beginning of a formula; full-width forms too, which some fold to ASCII.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r]")
_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)?$")


def safe_text(value: object) -> str:
    """``value`` as text that is only text in a spreadsheet: ``=1+1`` becomes ``'=1+1``. Plain numbers stay numbers."""
    text = _plain(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


def unsafe_text(text: str) -> str:
    """What :func:`safe_text` was given: our own export, read back in, gives the same data."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def export_response(
    *, file_format: str, filename: str, headings: Sequence[object], rows: Iterable[Sequence[object]]
) -> HttpResponseBase:
    """The download. ``filename`` has no ending; ``rows`` may be a generator over ``queryset.iterator()``."""
    write = xlsx_response if file_format == XLSX else csv_response
    return write(filename=filename, headings=headings, rows=rows)


def csv_response(
    *, filename: str, headings: Sequence[object], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """Streamed UTF-8 with a BOM, without which Excel shows accents as garbage."""
    response = StreamingHttpResponse(_csv_chunks(headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    return response


def xlsx_response(*, filename: str, headings: Sequence[object], rows: Iterable[Sequence[object]]) -> FileResponse:
    """Written row by row to a temporary file, never held whole in memory."""
    file = tempfile.SpooledTemporaryFile(max_size=5_000_000)  # noqa: SIM115 - FileResponse closes it
    write_xlsx(file, headings, rows)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{filename}.xlsx", content_type=XLSX_TYPE)


def write_xlsx(file: IO[bytes], headings: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """One sheet; text cells are marked as text, so that ``=1+1`` is shown and not computed."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([_plain(heading) for heading in headings])
    for row in rows:
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    book.save(file)


def _csv_chunks(headings: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The rows are read after the view has returned: in its language and time zone all the same."""
    language, zone = translation.get_language(), timezone.get_current_timezone()
    source = iter(rows)
    yield ("\ufeff" + _as_lines([headings])).encode()
    while True:
        with translation.override(language), timezone.override(zone):
            chunk = _as_lines(islice(source, CHUNK))
        if not chunk:
            return
        yield chunk.encode()


def _as_lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([safe_text(value) for value in row] for row in rows)
    return text.getvalue()


def _xlsx_cell(sheet: Any, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):  # spreadsheets know no time zones
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if isinstance(value, date):
        return value
    text = _plain(value)
    if not _FORMULA.match(text):
        return text
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type, cell.quotePrefix = "s", True
    return cell


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{local:%Y-%m-%d %H:%M:%S}"
    return str(ILLEGAL_CHARACTERS_RE.sub("", str(value)))[:MAX_CELL]

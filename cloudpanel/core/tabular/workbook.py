"""A workbook (XLSX) row by row, in bounded memory and time, whatever it holds.

openpyxl knows the format; opened as a whole it would read every sheet to its end only to learn its size, keep a row of
millions of cells, and fill a gap of a million rows. Here a sheet is read while its rows are asked for.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.functions import iterparse

from cloudpanel.core.tabular.csv_records import Record
from cloudpanel.core.tabular.errors import UnreadableFile

MAX_UNPACKED = 120 * 1024 * 1024  # an XLSX is a zip
MAX_HELD = 24 * 1024 * 1024  # of the parts that are held in memory: texts, names, relations
MAX_STYLES = 2 * 1024 * 1024  # larger ones are left out: then a date is the number that Excel keeps
MAX_ROW = 2 * 1024 * 1024  # of XML without the end of a row
MAX_ROWS = 1_048_576  # Excel's own limit
MAX_PARTS = 2000
LOOKED_AT = 20  # rows of each sheet, to find the one that is meant
_STYLES = "xl/styles.xml"
_NOT_HELD = ("worksheets", "media", "drawings", "charts", "pivotcache", "embeddings", "externallinks", "styles.xml")
_OTHER_DOCUMENTS = ("content.xml", "word/", "ppt/", "index/", "xl/workbook.bin")  # ODF, Word, PowerPoint, Apple's, XLSB


def other_kind_message() -> str:
    """For tables of programs that we do not read."""
    return _("Guarde el archivo como CSV o como libro de Excel (.xlsx) y vuelva a subirlo.")


def refuse_bomb(content: bytes) -> None:
    """A few bytes may claim gigabytes, and not every zip is a workbook. Raises UnreadableFile."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {part.filename.lower(): part.file_size for part in archive.infolist()}
            count = len(archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile(_("El libro de Excel está dañado o incompleto.")) from error
    held = sum(size for name, size in parts.items() if not any(part in name for part in _NOT_HELD))
    if any(name.startswith(_OTHER_DOCUMENTS) for name in parts):
        raise UnreadableFile(other_kind_message())
    if not any(name.startswith("xl/") for name in parts):
        raise UnreadableFile(
            _("Es un archivo comprimido (.zip), no una tabla. Descomprímalo y suba el CSV o XLSX que lleva dentro.")
        )
    if count > MAX_PARTS or sum(parts.values()) > MAX_UNPACKED or held > MAX_HELD:
        raise UnreadableFile(_("El libro de Excel es muy grande. Divídalo en partes."))


class Workbook:
    """``sheets``: the names of those that a person sees. Raises UnreadableFile."""

    def __init__(self, content: bytes) -> None:
        refuse_bomb(content)
        try:
            self._reader = reader = ExcelReader(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            reader.read_manifest()
            reader.read_strings()
            reader.read_workbook()
            if _STYLES in reader.valid_files and reader.archive.getinfo(_STYLES).file_size <= MAX_STYLES:
                apply_stylesheet(reader.archive, reader.wb)
            self._paths = self._visible_sheets()
        except Exception as error:  # openpyxl raises whatever its XML met
            raise UnreadableFile(_("El libro de Excel está dañado o protegido con contraseña.")) from error

    @property
    def sheets(self) -> list[str]:
        return list(self._paths)

    def sheet_of_people(self) -> str:
        """The first sheet with an e-mail address near its top, else the first one with anything; "" when all are empty."""
        starts = {name: list(islice(self.records(name), LOOKED_AT)) for name in self.sheets}
        with_address = (name for name, rows in starts.items() if any("@" in cell for row in rows for cell in row.cells))
        with_data = (name for name, rows in starts.items() if any(any(row.cells) for row in rows))
        return next(with_address, next(with_data, ""))

    def records(self, sheet: str) -> Iterator[Record]:
        """The rows that the file has, with their numbers. Raises UnreadableFile."""
        try:
            with self._reader.archive.open(self._paths[sheet]) as stream:
                yield from self._rows(_Source(stream))
        except UnreadableFile:
            raise
        except Exception as error:
            raise UnreadableFile(_("El libro de Excel está dañado.")) from error

    def _visible_sheets(self) -> dict[str, str]:
        found = [
            (sheet, relation.target)
            for sheet, relation in self._reader.parser.find_sheets()
            if "chartsheet" not in relation.Type and relation.target in self._reader.valid_files
        ]
        seen = {sheet.name: path for sheet, path in found if sheet.state == "visible"}
        return seen or {sheet.name: path for sheet, path in found}

    def _rows(self, source: _Source) -> Iterator[Record]:
        book: Any = self._reader.wb
        parser: Any = WorkSheetParser(
            source, self._reader.shared_strings, True, book.epoch, book._date_formats, book._timedelta_formats
        )
        for _event, element in iterparse(source):
            if element.tag == DATA_TAG:
                return
            if element.tag != ROW_TAG:
                continue
            number, cells = parser.parse_row(element)
            if number > MAX_ROWS:
                raise UnreadableFile(_("El libro de Excel es muy grande. Divídalo en partes."))
            _show_formulas(element, cells)
            yield Record(number, _in_their_places(cells))
            element.clear()
            parser.row_dimensions.clear()
            source.since_row = 0


class _Source:
    """The XML of a sheet. Nothing goes on for long without the end of a row."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.since_row = stream, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.since_row += len(data)
        if self.since_row > MAX_ROW:
            raise UnreadableFile(_("El libro de Excel tiene una fila demasiado larga para ser de buzones o personas."))
        return data


def _show_formulas(row: Any, cells: Sequence[dict[str, Any]]) -> None:
    """A program that never computed a formula leaves no value: what is written in the cell is seen then, not nothing."""
    for element, cell in zip(row, cells, strict=False):
        if cell["value"] is None and (formula := element.find(FORMULA_TAG)) is not None:
            cell["value"] = f"={formula.text or ''}"


def _in_their_places(cells: Sequence[dict[str, Any]]) -> list[str]:
    texts: list[str] = []
    for cell in cells:
        if cell["value"] is None:
            continue
        texts += [""] * (cell["column"] - len(texts))
        texts[cell["column"] - 1] = _cell_text(cell["value"])
    return texts


def _cell_text(value: object) -> str:
    """Excel turns ``5120`` into ``5120.0`` and dates into times: people mean what they typed."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)

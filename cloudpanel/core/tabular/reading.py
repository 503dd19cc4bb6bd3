"""What an uploaded file is: CSV or XLSX, in which encoding and with which separator; and its rows as text.

Nothing of the file is trusted: sizes are limited before anything is unpacked, cells become plain text, and whatever
cannot be read is a :class:`UnreadableFile` with a sentence for the person who sent it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from cloudpanel.core.tabular.csv_records import Record, csv_records, decoded_start
from cloudpanel.core.tabular.export import CSV, XLSX, unsafe_text

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 120 * 1024 * 1024  # of an XLSX, which is a zip
MAX_SHARED_TEXT = 24 * 1024 * 1024  # of its table of texts: openpyxl holds that in memory
MAX_PARTS = 2000
MAX_COLUMNS = 200
MAX_CELL = 32_767
SAMPLE = 64 * 1024
NO_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b")
MOST_CONTROLS = 0.05  # of what the first lines say: more is no text
_PREFACE = re.compile(r"#TYPE .*|sep=.?")  # PowerShell's Export-Csv and Excel write one above the headings
PREVIEW_ROWS = 5

# As the screen offers them: value → label. "utf-8-sig" also reads UTF-8 without a BOM.
ENCODINGS = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}
SEPARATORS = {",": gettext_lazy("Coma (,)"), ";": gettext_lazy("Punto y coma (;)"), "\t": gettext_lazy("Tabulador")}


class UnreadableFile(Exception):
    """``user_message`` says in the person's words why, and what to do."""

    def __init__(self, user_message: str) -> None:
        super().__init__(user_message)
        self.user_message = user_message


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read one file. ``encoding`` and ``separator`` are empty for XLSX."""

    file_format: str
    encoding: str = ""
    separator: str = ""


def detect_layout(content: bytes, filename: str = "") -> Layout:
    """The most likely layout; the person sees a preview and may choose another. Raises UnreadableFile."""
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(_("El archivo está vacío."))
    if len(content) > MAX_BYTES:
        raise UnreadableFile(_("El archivo es muy grande. Divídalo en partes de menos de 20 MB."))
    if content.startswith(b"PK\x03\x04"):
        _refuse_bomb(content)
        return Layout(XLSX)
    if content.startswith(b"\xd0\xcf\x11\xe0") or filename.lower().endswith((".xls", ".ods", ".pdf", ".doc", ".docx")):
        raise UnreadableFile(_("Guarde el archivo como CSV o como libro de Excel (.xlsx) y vuelva a subirlo."))
    encoding = detect_encoding(content)
    start = decoded_start(content, encoding, SAMPLE)
    if content.startswith(NO_TABLES) or _is_no_text(start):
        raise UnreadableFile(_("No es una tabla. Guárdela como CSV o como libro de Excel (.xlsx) y vuelva a subirla."))
    return Layout(CSV, encoding, detect_separator(start))


def detect_encoding(content: bytes) -> str:
    """One of :data:`ENCODINGS`. A BOM decides; then UTF-8, also with a few lines of something else in it; then what the
    bytes look like."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = content[:SAMPLE]
    if sample.count(b"\x00") * 5 > len(sample):  # every second byte of western text
        best = from_bytes(sample, cp_isolation=["cp1252", "utf_16", "utf_16_le", "utf_16_be"]).best()
        return "utf-16" if best is None or best.encoding.startswith("utf_16") else "cp1252"
    if content.startswith(b"\xef\xbb\xbf") or _is_utf8(content) or _is_mostly_utf8(content):
        return "utf-8-sig"
    return "cp1252"


def detect_separator(text: str) -> str:
    """The one that cuts the first lines into the same number of parts, more than one."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    if lines and lines[0].startswith("sep=") and lines[0][4:5] in SEPARATORS:
        return lines[0][4]
    if lines and _PREFACE.fullmatch(lines[0]):
        del lines[0]

    def fitness(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        first = widths[0] if widths else 0
        return (sum(width == first for width in widths) if first > 1 else 0, first)

    return max((",", ";", "\t"), key=fitness)


def read_records(content: bytes, layout: Layout) -> Iterator[Record]:
    """Row by row with its number, cells as text without surrounding blanks; wholly blank rows are left out. Raises
    UnreadableFile."""
    records = _xlsx_records(content) if layout.file_format == XLSX else _csv_records(content, layout)
    for record in records:
        if record.number == 1 and _PREFACE.fullmatch(",".join(record.cells).rstrip(",")):
            continue
        cells = [unsafe_text(cell.strip())[:MAX_CELL] for cell in record.cells[:MAX_COLUMNS]]
        if any(cells):
            yield replace(record, cells=cells)


def read_rows(content: bytes, layout: Layout) -> Iterator[list[str]]:
    """Only the cells of :func:`read_records`."""
    return (record.cells for record in read_records(content, layout))


def preview(content: bytes, layout: Layout) -> list[list[str]]:
    """The first lines, headings included, for the person to check the layout by."""
    return list(islice(read_rows(content, layout), PREVIEW_ROWS))


def _csv_records(content: bytes, layout: Layout) -> Iterator[Record]:
    encoding = layout.encoding if layout.encoding in ENCODINGS else "utf-8-sig"
    separator = layout.separator if layout.separator in SEPARATORS else ","
    try:
        yield from csv_records(content, encoding, separator)
    except csv.Error as error:
        raise UnreadableFile(_("El archivo no tiene forma de tabla. Revise el separador y las comillas.")) from error


def _xlsx_records(content: bytes) -> Iterator[Record]:
    _refuse_bomb(content)
    try:
        book: Any = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its XML met
        raise UnreadableFile(_("El libro de Excel está dañado o protegido con contraseña.")) from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says about its own size is not to be trusted
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            yield Record(number, [_cell_text(value) for value in row])
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(_("El libro de Excel está dañado.")) from error
    finally:
        book.close()


def _refuse_bomb(content: bytes) -> None:
    """An XLSX is a zip: a few bytes may claim gigabytes. And not every zip is a workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableFile(_("El libro de Excel está dañado o incompleto.")) from error
    shared = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED or shared > MAX_SHARED_TEXT:
        raise UnreadableFile(_("El libro de Excel es muy grande. Divídalo en partes."))
    if not any(part.filename.startswith("xl/") for part in parts):
        raise UnreadableFile(
            _("Es un archivo comprimido (.zip), no una tabla. Descomprímalo y suba el CSV o XLSX que lleva dentro.")
        )


def _cell_text(value: object) -> str:
    """Excel turns ``5120`` into ``5120.0`` and dates into times: people mean what they typed."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _is_no_text(text: str) -> bool:
    """Mostly signs that nobody types; NUL bytes are another matter, and mended."""
    controls = sum(sign < " " and sign not in "\t\r\n\x00" for sign in text)
    return controls > MOST_CONTROLS * len(text)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(content: bytes) -> bool:
    """UTF-8 into which somebody pasted lines of another encoding. Text in Windows-1252 is hardly ever valid UTF-8."""
    good = bad = 0
    for line in content.splitlines():
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    return good > bad


def read_upload(file: IO[bytes]) -> bytes:
    """The bytes of an upload, no more than :data:`MAX_BYTES` plus one (which :func:`detect_layout` refuses)."""
    return file.read(MAX_BYTES + 1)

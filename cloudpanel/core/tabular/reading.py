"""What an uploaded file is: CSV or XLSX, in which encoding and with which separator; and its rows as text.

Nothing of the file is trusted: sizes are limited before anything is unpacked, cells become plain text, and whatever
cannot be read is a :class:`UnreadableFile` with a sentence for the person who sent it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from cloudpanel.core.tabular.export import CSV, XLSX, unsafe_text

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 200 * 1024 * 1024  # of an XLSX, which is a zip
MAX_COLUMNS = 200
MAX_CELL = 32_767
SAMPLE = 64 * 1024
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
        return Layout(XLSX)
    if content.startswith(b"\xd0\xcf\x11\xe0") or filename.lower().endswith((".xls", ".ods", ".pdf", ".doc", ".docx")):
        raise UnreadableFile(_("Guarde el archivo como CSV o como libro de Excel (.xlsx) y vuelva a subirlo."))
    encoding = detect_encoding(content)
    return Layout(CSV, encoding, detect_separator(_decode(content[:SAMPLE], encoding, is_part=True)))


def detect_encoding(content: bytes) -> str:
    """One of :data:`ENCODINGS`. A BOM decides; then valid UTF-8; then what the bytes look like."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if content.startswith(b"\xef\xbb\xbf") or _is_utf8(content):
        return "utf-8-sig"
    best = from_bytes(content[:SAMPLE], cp_isolation=["cp1252", "utf_16", "utf_16_le", "utf_16_be"]).best()
    return "utf-16" if best is not None and best.encoding.startswith("utf_16") else "cp1252"


def detect_separator(text: str) -> str:
    """The one that cuts the first lines into the same number of parts, more than one."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]

    def fitness(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        first = widths[0] if widths else 0
        return (sum(width == first for width in widths) if first > 1 else 0, first)

    return max((",", ";", "\t"), key=fitness)


def read_rows(content: bytes, layout: Layout) -> Iterator[list[str]]:
    """Row by row, as text without surrounding blanks; wholly blank rows are left out. Raises UnreadableFile."""
    rows = _xlsx_rows(content) if layout.file_format == XLSX else _csv_rows(content, layout)
    for row in rows:
        cells = [unsafe_text(cell.strip())[:MAX_CELL] for cell in row[:MAX_COLUMNS]]
        if any(cells):
            yield cells


def preview(content: bytes, layout: Layout) -> list[list[str]]:
    """The first lines, headings included, for the person to check the layout by."""
    return list(islice(read_rows(content, layout), PREVIEW_ROWS))


def _csv_rows(content: bytes, layout: Layout) -> Iterator[list[str]]:
    text = _decode(content, layout.encoding).replace("\x00", "")
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=layout.separator or ",")
    except csv.Error as error:
        raise UnreadableFile(_("El archivo no tiene forma de tabla. Revise el separador y las comillas.")) from error


def _xlsx_rows(content: bytes) -> Iterator[list[str]]:
    _refuse_bomb(content)
    try:
        book: Any = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its XML met
        raise UnreadableFile(_("El libro de Excel está dañado o protegido con contraseña.")) from error
    try:
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [_cell_text(value) for value in row]
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile(_("El libro de Excel está dañado.")) from error
    finally:
        book.close()


def _refuse_bomb(content: bytes) -> None:
    """An XLSX is a zip: a few bytes may claim gigabytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFile(_("El libro de Excel está dañado o incompleto.")) from error
    if size > MAX_UNPACKED:
        raise UnreadableFile(_("El libro de Excel es muy grande. Divídalo en partes."))


def _cell_text(value: object) -> str:
    """Excel turns ``5120`` into ``5120.0`` and dates into times: people mean what they typed."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _decode(content: bytes, encoding: str, *, is_part: bool = False) -> str:
    known = encoding if encoding in ENCODINGS else "utf-8-sig"
    if known == "utf-16" and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        known = "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
    return content.decode(known, errors="ignore" if is_part else "replace")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content[:SAMPLE]


def read_upload(file: IO[bytes]) -> bytes:
    """The bytes of an upload, no more than :data:`MAX_BYTES` plus one (which :func:`detect_layout` refuses)."""
    return file.read(MAX_BYTES + 1)

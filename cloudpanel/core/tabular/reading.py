"""What an uploaded file is: CSV or XLSX, in which encoding and with which separator; and its rows as text.

Nothing of the file is trusted: sizes are limited before anything is unpacked, cells become plain text, and whatever
cannot be read is a :class:`UnreadableFile` with a sentence for the person who sent it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cloudpanel.core.tabular.csv_records import Record, csv_records, decoded_start
from cloudpanel.core.tabular.encodings import ENCODINGS, SAMPLE, detect_encoding
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.export import CSV, XLSX, unsafe_text
from cloudpanel.core.tabular.workbook import Workbook, other_kind_message

MAX_BYTES = 20 * 1024 * 1024
MAX_COLUMNS = 200
MAX_CELL = 32_767
OLE = b"\xd0\xcf\x11\xe0"  # the container of Excel before 2007, and of every encrypted workbook
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FOREIGN_ENDINGS = (".xls", ".ods", ".xlsb", ".numbers", ".pdf", ".doc", ".docx")
NO_TABLES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b")
_MARKUP = re.compile(
    r"\s*(<(!doctype|[?]xml|html|head|body|table)\b|[\[{]\s*[\[{\"]|BEGIN:V|#!)", re.IGNORECASE
)  # HTML, XML, JSON, cards
MOST_CONTROLS = 0.05  # of what the first lines say: more is no text
_PREFACE = re.compile(r"#TYPE .*|sep=.?")  # PowerShell's Export-Csv and Excel write one above the headings
PREVIEW_ROWS = 5

SEPARATORS = {
    ",": gettext_lazy("Coma (,)"),
    ";": gettext_lazy("Punto y coma (;)"),
    "\t": gettext_lazy("Tabulador"),
    "|": gettext_lazy("Barra vertical (|)"),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read one file. ``encoding`` and ``separator`` are empty for XLSX, ``sheet`` for CSV."""

    file_format: str
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


def detect_layout(content: bytes, filename: str = "") -> Layout:
    """The most likely layout; the person sees a preview and may choose another. Raises UnreadableFile."""
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(_("El archivo está vacío."))
    if len(content) > MAX_BYTES:
        raise UnreadableFile(_("El archivo es muy grande. Divídalo en partes de menos de 20 MB."))
    if content.startswith(b"PK\x03\x04"):
        return Layout(XLSX, sheet=Workbook(content).sheet_of_people())
    if content.startswith(OLE) and _ENCRYPTED in content:
        raise UnreadableFile(_("El libro está protegido con contraseña: quítesela en Excel y vuelva a subirlo."))
    if content.startswith(OLE) or filename.lower().endswith(_FOREIGN_ENDINGS):
        raise UnreadableFile(other_kind_message())
    encoding = detect_encoding(content)
    start = decoded_start(content, encoding, SAMPLE)
    if content.startswith(NO_TABLES) or _MARKUP.match(start.lstrip("\ufeff")) or _is_no_text(start):
        raise UnreadableFile(_("No es una tabla. Guárdela como CSV o como libro de Excel (.xlsx) y vuelva a subirla."))
    return Layout(CSV, encoding, detect_separator(start))


def detect_separator(text: str) -> str:
    """The one that cuts the first lines into the same number of parts, more than one."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    first = lines[0].strip('"') if lines else ""
    if first.startswith("sep=") and first[4:5] in SEPARATORS:
        return first[4]
    if lines and _PREFACE.fullmatch(first):
        del lines[0]

    def fitness(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        most = widths[0] if widths else 0
        return (sum(width == most for width in widths) if most > 1 else 0, most)

    return max(SEPARATORS, key=fitness)


def read_records(content: bytes, layout: Layout) -> Iterator[Record]:
    """Row by row with its number, cells as text without surrounding blanks; wholly blank rows are left out. Raises
    UnreadableFile."""
    records = _xlsx_records(content, layout) if layout.file_format == XLSX else _csv_records(content, layout)
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
    return csv_records(content, encoding, layout.separator if layout.separator in SEPARATORS else ",")


def _xlsx_records(content: bytes, layout: Layout) -> Iterator[Record]:
    book = Workbook(content)
    sheet = layout.sheet if layout.sheet in book.sheets else book.sheet_of_people()
    return book.records(sheet) if sheet else iter(())


def _is_no_text(text: str) -> bool:
    """Mostly signs that nobody types; NUL bytes are another matter, and mended."""
    controls = sum(sign < " " and sign not in "\t\r\n\x00" for sign in text)
    return controls > MOST_CONTROLS * len(text)


def read_upload(file: IO[bytes]) -> bytes:
    """The bytes of an upload, no more than :data:`MAX_BYTES` plus one (which :func:`detect_layout` refuses)."""
    return file.read(MAX_BYTES + 1)

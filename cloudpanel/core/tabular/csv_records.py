"""A CSV file record by record, in bounded memory, however badly it was saved.

RFC 4180 says how it should be; this says how it is: line ends mixed, line breaks inside quotes, a quote that nobody
closes, letters of another encoding in the middle, NUL bytes. Nothing of that may swallow the rows that follow.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

WHOLE_ROW = -1
OPEN_QUOTE, OTHER_ENCODING, UNREADABLE_SIGN = "open_quote", "other_encoding", "unreadable_sign"
MOST_LINES = 20  # of one record: more is a quote that nobody closed
_STRAY = re.compile("[\udc80-\udcff]")  # bytes that were no UTF-8, as surrogateescape keeps them (PEP 383)
_BOM16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Record:
    """One row as text. ``number`` is the one that a spreadsheet shows beside it; ``notes`` say which cells (or
    :data:`WHOLE_ROW`) had to be guessed at, and why."""

    number: int
    cells: list[str]
    notes: Mapping[int, str] = field(default_factory=dict)


class _Runaway(Exception):
    """One record goes on and on."""


class _Lines:
    """Physical lines. Remembers those of the record that is being read, and takes lines back."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source, self._back = source, deque[str]()
        self.taken: list[str] = []
        self.is_spent = self.is_odd = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES:
            raise _Runaway
        try:
            line = self._back.popleft() if self._back else next(self._source)
        except StopIteration:
            self.is_spent = True
            raise
        if "\x00" in line or (not line.isascii() and _STRAY.search(line)):
            self.is_odd = True
        self.taken.append(line)
        return line

    def begin(self) -> None:
        self.taken.clear()
        self.is_odd = False

    def give_back(self, lines: list[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.is_spent = self.is_spent and not lines


def csv_records(content: bytes, encoding: str, separator: str) -> Iterator[Record]:
    """All records, blank ones too. A cell larger than any may be is taken as it stands in its line, as an open quote is."""
    lines = _Lines(iter(_text(content, encoding)))
    reader, number = csv.reader(lines, delimiter=separator), 0
    while True:
        lines.begin()
        try:
            cells = next(reader)
            is_open = lines.is_spent and _is_open(lines.taken, separator)
        except StopIteration:
            return
        except (_Runaway, csv.Error):
            is_open = True
        number += 1
        notes: dict[int, str] = {}
        if is_open:
            first, *others = lines.taken
            lines.give_back(others)
            reader = csv.reader(lines, delimiter=separator)
            cells, notes = _literally(first, separator), {WHOLE_ROW: OPEN_QUOTE}
        if lines.is_odd:
            notes |= _mended(cells)
        yield Record(number, cells, notes)


def decoded_start(content: bytes, encoding: str, size: int) -> str:
    """The first ``size`` bytes as text; a letter that they cut in two is left out."""
    return content[:size].decode(_codec(content, encoding), errors="ignore")


def _text(content: bytes, encoding: str) -> io.TextIOWrapper:
    codec = _codec(content, encoding)
    errors = "surrogateescape" if codec == "utf-8-sig" else "replace"
    return io.TextIOWrapper(io.BytesIO(content), encoding=codec, errors=errors, newline="")


def _codec(content: bytes, encoding: str) -> str:
    """UTF-16 without a BOM: western text has its zero bytes first when it is big-endian."""
    if encoding == "utf-16" and not content.startswith(_BOM16):
        return "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
    return encoding


def _is_open(lines: list[str], separator: str) -> bool:
    """The file ended inside quotes."""
    try:
        list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _literally(line: str, separator: str) -> list[str]:
    """A line whose quotes mean nothing."""
    return [cell.strip().strip('"') for cell in line.rstrip("\r\n").split(separator)]


def _mended(cells: list[str]) -> dict[int, str]:
    """Takes out what no text may hold, in place; says where."""
    notes = {}
    for index, cell in enumerate(cells):
        if "\x00" in cell:
            cells[index], notes[index] = cell.replace("\x00", ""), UNREADABLE_SIGN
        if _STRAY.search(cell):
            cells[index] = _STRAY.sub(_as_windows_1252, cells[index])
            notes[index] = OTHER_ENCODING
    return notes


def _as_windows_1252(stray: re.Match[str]) -> str:
    return bytes([ord(stray[0]) - 0xDC00]).decode("cp1252", errors="replace")

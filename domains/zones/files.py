"""Zone files (RFC 1035, 5) as other providers export them, read line by line so that each mistake has its line.

``$INCLUDE`` and ``$GENERATE`` are refused: the first reads files of whoever runs the panel, the second makes a million
records of one line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import dns.exception
import dns.name
import dns.rdatatype
import dns.ttl
from django.utils.translation import gettext as _

from cloudpanel.core.exceptions import BusinessError
from domains.zones.records import KINDS, LONGEST, NAMING, SHORTEST, Record
from domains.zones.values import clean_from_text

MAX_BYTES = 1_000_000
MAX_RECORDS = 5_000
MAX_PROBLEMS = 50
DEFAULT_TTL = 3600
LONGEST_ENTRY = 20_000
"""Characters of one record: the longest text, each octet of it escaped."""


@dataclass(frozen=True, slots=True)
class Problem:
    """``line`` counts from 1; 0 is the whole file."""

    line: int
    message: str


@dataclass
class ZoneFile:
    """What was read. ``notes`` say what is not taken over, or otherwise than it stands; ``problems`` what could not be read."""

    records: list[Record] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class _Reader:
    zone: str
    origin: str
    ttl: int | None = None
    owner: str = ""
    found: dict[tuple[str, str, str], Record] = field(default_factory=dict)
    bounded: set[int] = field(default_factory=set)
    file: ZoneFile = field(default_factory=ZoneFile)


def decoded(content: bytes) -> str:
    """UTF-8 with or without BOM, UTF-16 with one, else Windows-1252. BusinessError for what is no text."""
    if len(content) > MAX_BYTES:
        raise BusinessError(_("El archivo es muy grande: puede tener 1 MB como máximo."), field="file")
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BusinessError(_("El archivo no es de texto. Exporte la zona en formato BIND o “zone file”."), field="file")


def read_zone_file(zone: str, text: str) -> ZoneFile:
    """All records of ``text`` that can be kept; what stands in no line of a zone file becomes a problem."""
    reader = _Reader(zone, f"{zone}.")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        for number, is_indented, tokens in _entries(text):
            _read_entry(reader, number, is_indented, tokens)
            if len(reader.found) > MAX_RECORDS:
                raise BusinessError(_("Una zona puede tener 5,000 registros como máximo."))
            if len(reader.file.problems) >= MAX_PROBLEMS:
                break
    except BusinessError as error:
        reader.file.problems.append(Problem(0, error.user_message))
    reader.file.records = sorted(_same_ttl(reader))
    if not reader.found and not reader.file.problems:
        has_others = any(note.line for note in reader.file.notes)
        words = _("El archivo no tiene registros de los que se administran aquí.") if has_others else ""
        reader.file.problems.append(Problem(0, words or _("El archivo no tiene registros.")))
    return reader.file


def _read_entry(reader: _Reader, number: int, is_indented: bool, tokens: list[str]) -> None:
    try:
        if tokens[0].startswith("$") and not is_indented:
            _directive(reader, tokens)
        else:
            _record(reader, number, is_indented, tokens)
    except BusinessError as error:
        reader.file.problems.append(Problem(number, error.user_message))


def _directive(reader: _Reader, tokens: list[str]) -> None:
    name = tokens[0].upper()
    if name in {"$INCLUDE", "$GENERATE"}:
        raise BusinessError(_("%(name)s no se acepta: escriba los registros en el archivo.") % {"name": name})
    if name not in {"$ORIGIN", "$TTL"} or len(tokens) < 2:
        raise BusinessError(_("No entendemos “%(text)s”.") % {"text": " ".join(tokens)[:60]})
    if name == "$TTL":
        reader.ttl = _ttl(tokens[1])
    else:
        reader.origin = _origin(_absolute(tokens[1], reader.origin))


def _record(reader: _Reader, number: int, is_indented: bool, tokens: list[str]) -> None:
    rest = list(tokens)
    if sum(map(len, rest)) > LONGEST_ENTRY:
        raise BusinessError(_("El registro es demasiado largo."))
    if not is_indented:
        reader.owner = _absolute(_unescaped(rest.pop(0)), reader.origin)
    if not reader.owner:
        raise BusinessError(_("A la primera línea le falta el nombre del registro."))
    ttl: int | None = None
    while rest and (rest[0].upper() == "IN" or rest[0][:1].isdigit()):
        word = rest.pop(0)
        ttl = ttl if word.upper() == "IN" else _ttl(word)
    if not rest:
        raise BusinessError(_("No entendemos “%(text)s”.") % {"text": " ".join(tokens)[:60]})
    kind = rest.pop(0).upper()
    if not _is_kind(kind):
        raise BusinessError(_("“%(word)s” no es un tipo de registro.") % {"word": kind[:40]})
    if not rest:
        raise BusinessError(_("Al registro %(kind)s le falta su valor.") % {"kind": kind})
    if kind == "SOA" or (kind == "NS" and reader.owner.lower() == f"{reader.zone}."):
        return  # the provider's own stay
    if kind not in KINDS:
        note = _("Los registros %(kind)s no se administran aquí: no se importa.") % {"kind": kind}
        reader.file.notes.append(Problem(number, note))
        return
    seconds = _bounded(reader, number, ttl if ttl is not None else reader.ttl or DEFAULT_TTL)
    value = _text(rest) if kind == "TXT" else " ".join(rest)
    record = clean_from_text(reader.zone, reader.origin, kind, reader.owner, seconds, value)
    if kind in NAMING and "." in rest[-1][:-1]:
        _note_relative(reader, number, rest[-1])
    reader.found.setdefault((record.name, record.kind, record.value), record)


def _text(words: list[str]) -> str:
    """Words without quotes are one text, with the escapes of a zone file in it; a text that a comment cut off is none."""
    text = " ".join(words)
    if '"' in text.replace('\\"', ""):
        return text
    if text.lower() in {"v=dmarc1", "v=dkim1"}:
        raise BusinessError(
            _("Ponga el texto entre comillas: sin ellas, lo que sigue al punto y coma es un comentario.")
        )
    return f'"{text}"'


def _note_relative(reader: _Reader, number: int, target: str) -> None:
    """Almost always a dot forgotten at the end."""
    if not target.endswith("."):
        name = f"{target}.{reader.origin}"
        note = _("“%(target)s” no termina en punto: queda como %(name)s") % {"target": target, "name": name}
        reader.file.notes.append(Problem(number, note))


def _is_kind(word: str) -> bool:
    try:
        dns.rdatatype.from_text(word)
    except (dns.exception.DNSException, ValueError):
        return False
    return bool(word)


def _ttl(word: str) -> int:
    try:
        return int(dns.ttl.from_text(word))
    except (dns.exception.DNSException, ValueError):
        raise BusinessError(_("“%(word)s” no es un tiempo de vida.") % {"word": word[:40]}) from None


def _bounded(reader: _Reader, number: int, ttl: int) -> int:
    """Said once for each value: Cloudflare writes 1 in every line, and what is not imported must not drown in that."""
    bounded = min(max(ttl, SHORTEST), LONGEST)
    if bounded != ttl and ttl not in reader.bounded:
        note = _("Donde el tiempo de vida es %(ttl)s, queda en %(bounded)s.") % {"ttl": ttl, "bounded": bounded}
        reader.file.notes.append(Problem(number, note))
    reader.bounded.add(ttl)
    return bounded


def _same_ttl(reader: _Reader) -> Iterator[Record]:
    """One time to live for all records of a name and kind, the shortest (RFC 2181, 5.2)."""
    shortest: dict[tuple[str, str], int] = {}
    for record in reader.found.values():
        key = (record.name, record.kind)
        shortest[key] = min(record.ttl, shortest.get(key, record.ttl))
    for record in reader.found.values():
        yield replace(record, ttl=shortest[record.name, record.kind])


def _origin(name: str) -> str:
    try:
        dns.name.from_text(name)
    except (dns.exception.DNSException, UnicodeError):
        raise BusinessError(_("“%(name)s” no es un nombre.") % {"name": name[:60]}) from None
    return name


def _unescaped(word: str) -> str:
    """Route 53 escapes in octal: its ``\\052`` is an asterisk and ``\\137`` an underscore. In decimal (RFC 1035, 5.1)
    they would be a digit, which nobody escapes, and no sign of a name."""
    return word.replace("\\052", "*").replace("\\137", "_")


def _absolute(word: str, origin: str) -> str:
    if word == "@":
        return origin
    return word if word.endswith(".") else f"{word}.{origin.lstrip('.')}"


def _entries(text: str) -> Iterator[tuple[int, bool, list[str]]]:
    """(line, begins with a blank, words) of each entry; brackets join lines, quotes keep blanks and semicolons."""
    depth, start, is_indented = 0, 0, False
    words: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not depth:
            start, is_indented, words = number, line[:1] in (" ", "\t"), []
        for word in _words(line, number):
            if word in {"(", ")"}:
                depth += 1 if word == "(" else -1
                if depth not in (0, 1):
                    raise BusinessError(_("Línea %(line)s: los paréntesis no cuadran.") % {"line": number})
            else:
                words.append(word)
        if not depth and words:
            yield start, is_indented, words
    if depth:
        raise BusinessError(_("Línea %(line)s: se abre un paréntesis que no se cierra.") % {"line": start})


def _words(line: str, number: int) -> Iterator[str]:
    signs: list[str] = []
    is_quoted, position = False, 0
    while position < len(line):
        sign = line[position]
        position += 1
        if sign == "\\":
            signs.append(line[position - 1 : position + 1])
            position += 1
        elif sign == '"':
            signs.append(sign)
            is_quoted = not is_quoted
        elif is_quoted or (sign not in " \t;()"):
            signs.append(sign)
        else:
            if signs:
                yield "".join(signs)
            signs = []
            if sign == ";":
                return
            if sign in "()":
                yield sign
    if is_quoted:
        raise BusinessError(_("Línea %(line)s: faltan las comillas que cierran.") % {"line": number})
    if signs:
        yield "".join(signs)

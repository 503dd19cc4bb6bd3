"""Verifies the *registro de acciones*: every line's content, that none is missing, added or moved, and its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.log_macs import CONTENT_FIELDS, MARK_BYTES, is_mac_of, is_seal_mac
from accounts.log_seals import read_anchor
from accounts.models import ActionLogEntry, ActionLogSeal

CHUNK = 5_000
LATE = timedelta(minutes=15)  # lines that wait longer than this for their seal are worth a word


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong. ``entry_id`` is the line concerned, ``seal`` the seal, when there is one."""

    message: str
    entry_id: int | None = None
    seal: int | None = None


@dataclass(slots=True)
class Report:
    """What was looked at. ``late_since`` is set when lines have been waiting for their seal for too long."""

    sealed: int = 0
    pending: int = 0
    seals: int = 0
    late_since: datetime | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    id: int
    written_in: int
    mac: bytes
    content: tuple[Any, ...]

    @property
    def place(self) -> tuple[int, int]:
        return (self.written_in, self.id)


def verify_action_log() -> Report:
    """Reads the whole log once, in the order of the chain; memory does not grow with it."""
    report = Report()
    with transaction.atomic():  # for the server-side cursors
        last = _verify_sealed(report)
        _verify_pending(report, last)
    _verify_anchor(report)
    return report


def _verify_sealed(report: Report) -> ActionLogSeal | None:
    newest = ActionLogSeal.objects.order_by("-number").values_list("number", flat=True).first() or 0
    previous: ActionLogSeal | None = None
    lines: _Peekable = _Peekable(iter(()))
    for seal in ActionLogSeal.objects.filter(number__lte=newest).order_by("number").iterator(chunk_size=200):
        report.findings.extend(_check_seal(seal, previous))
        if previous is None or seal.epoch != previous.epoch:
            report.findings.extend(_added(line) for line in lines)
            lines = _Peekable(_lines_of_epoch(seal, newest))
        report.findings.extend(_check_stretch(seal, list(lines.through((seal.last_transaction, seal.last_entry_id)))))
        report.sealed += len(seal.entry_ids)
        report.seals += 1
        previous = seal
    return previous


def _check_seal(seal: ActionLogSeal, previous: ActionLogSeal | None) -> Iterator[Finding]:
    expected = previous.number + 1 if previous else 1
    if seal.number != expected:
        yield Finding(
            _("Faltan los sellos %(first)s a %(last)s.") % {"first": expected, "last": seal.number - 1},
            seal=expected,
        )
        return  # without the one before, its own MAC says nothing
    before = bytes(previous.mac) if previous else b""
    if not is_seal_mac(bytes(seal.mac), before, seal.facts, seal.entry_ids, bytes(seal.entry_marks)):
        yield Finding(_("El sello %(number)s fue alterado.") % {"number": seal.number}, seal=seal.number)


def _lines_of_epoch(seal: ActionLogSeal, newest: int) -> Iterator[_Line]:
    """The lines of this seal's epoch up to its newest seal."""
    epoch = ActionLogSeal.objects.filter(epoch=seal.epoch, number__lte=newest).order_by("-number").first() or seal
    following = ActionLogSeal.objects.filter(epoch=seal.epoch + 1).order_by("number").first()
    rows = ActionLogEntry.objects.filter(id__gt=seal.after_id, written_in__lte=epoch.last_transaction)
    if following:
        rows = rows.filter(id__lte=following.after_id)
    end = (epoch.last_transaction, epoch.last_entry_id)
    return (line for line in _read(rows) if line.place <= end)


def _check_stretch(seal: ActionLogSeal, lines: list[_Line]) -> Iterator[Finding]:
    marks = bytes(seal.entry_marks)
    sealed = {entry: marks[n * MARK_BYTES : (n + 1) * MARK_BYTES] for n, entry in enumerate(seal.entry_ids)}
    for line in lines:
        mark = sealed.pop(line.id, None)
        if mark is None:
            yield _added(line)
        elif mark != line.mac[:MARK_BYTES] or not is_mac_of(line.mac, line.content):
            yield _altered(line)
    if sealed:
        moved = set(ActionLogEntry.objects.filter(pk__in=list(sealed)).values_list("pk", flat=True))
        for entry in sealed:
            message = _("La acción %(id)s fue cambiada de lugar.") if entry in moved else _("Falta la acción %(id)s.")
            yield Finding(message % {"id": entry}, entry_id=entry, seal=seal.number)


def _verify_pending(report: Report, last: ActionLogSeal | None) -> None:
    """What no seal covers yet: each line's content can be checked, its neighbours cannot."""
    rows = ActionLogEntry.objects.all()
    if last:
        rows = rows.filter(id__gt=last.after_id, written_in__gte=last.last_transaction)
    place = (last.last_transaction, last.last_entry_id) if last else (0, 0)
    oldest = None
    for line in _read(rows):
        if line.place <= place:
            continue
        report.pending += 1
        at = line.content[CONTENT_FIELDS.index("at")]
        oldest = min(oldest or at, at)
        if not is_mac_of(line.mac, line.content):
            report.findings.append(_altered(line))
    if oldest and timezone.now() - oldest > LATE:
        report.late_since = oldest


def _verify_anchor(report: Report) -> None:
    anchor = read_anchor()
    if anchor is None:
        return
    number, mac = anchor
    seal = ActionLogSeal.objects.filter(pk=number).first()
    if seal is None:
        text = _(
            "Falta el final del registro: el sello %(number)s, anotado fuera de la base de datos, no está en ella."
        )
        report.findings.append(Finding(text % {"number": number}, seal=number))
    elif bytes(seal.mac) != mac:
        text = _("El sello %(number)s no es el que se anotó fuera de la base de datos.")
        report.findings.append(Finding(text % {"number": number}, seal=number))


def _read(rows: Any) -> Iterator[_Line]:
    values = rows.order_by("written_in", "id").values_list("id", "written_in", "mac", *CONTENT_FIELDS)
    for entry_id, written_in, mac, *content in values.iterator(chunk_size=CHUNK):
        yield _Line(entry_id, written_in, bytes(mac), tuple(content))


def _added(line: _Line) -> Finding:
    return Finding(_("La acción %(id)s fue agregada después.") % {"id": line.id}, entry_id=line.id)


def _altered(line: _Line) -> Finding:
    return Finding(_("La acción %(id)s fue alterada.") % {"id": line.id}, entry_id=line.id)


class _Peekable:
    """Hands out lines up to a place in the chain and keeps the first one beyond it."""

    def __init__(self, lines: Iterable[_Line]) -> None:
        self._lines = iter(lines)
        self._next = next(self._lines, None)

    def __iter__(self) -> Iterator[_Line]:
        while self._next is not None:
            line, self._next = self._next, next(self._lines, None)
            yield line

    def through(self, place: tuple[int, int]) -> Iterator[_Line]:
        while self._next is not None and self._next.place <= place:
            line, self._next = self._next, next(self._lines, None)
            yield line

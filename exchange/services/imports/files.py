"""Step 1: the file is taken in, looked at, and may be read in another way without being sent again."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.crypto import InvalidToken, seal, unseal
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.tabular.columns import IGNORED
from cloudpanel.core.tabular.csv_records import Record
from cloudpanel.core.tabular.encodings import ENCODINGS, SAMPLE
from cloudpanel.core.tabular.errors import UnreadableFile
from cloudpanel.core.tabular.export import XLSX
from cloudpanel.core.tabular.reading import SEPARATORS, Layout, detect_layout, read_records, read_rows
from cloudpanel.core.tabular.workbook import Workbook
from cloudpanel.provisioning.services import enqueue
from exchange.models import ImportAlias, ImportFile, ImportProblem, ImportRow, MailboxImport
from exchange.services.imports import columns
from exchange.services.mailboxes import require_open
from marketplace.models import Subscription

SHOWN_LINES = 8
MOST_ABOVE = 8  # rows above the headings: a title, a date, a blank line
MAX_SHEET = 100
Stage = MailboxImport.Stage


@dataclass(frozen=True, slots=True)
class Reading:
    """How a person wants the file to be read."""

    encoding: str = ""
    separator: str = ""
    has_headings: bool = True
    sheet: str = ""


def start_import(
    *, actor: Actor, subscription: Subscription, token: UUID, filename: str, content: bytes
) -> MailboxImport:
    """Takes the file in. ``token`` was made when the form opened: a second click finds what the first one made.

    Raises UnreadableFile, or BusinessError on a subscription that is not active.
    """
    require_open(subscription)
    layout = detect_layout(content, filename)
    start = _start_of(content, layout)
    batch = MailboxImport(
        public_id=token,
        account=subscription.account,
        subscription=subscription,
        created_by=actor.user,
        filename=filename.replace("\x00", "")[-200:] or "archivo",
        digest=hashlib.sha256(content).hexdigest(),
        file_format=layout.file_format,
        encoding=layout.encoding,
        separator=layout.separator,
        sheet=layout.sheet[:MAX_SHEET],
        sheets=Workbook(content).sheets if layout.file_format == XLSX else [],
    )
    _understand(batch, start)
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            ImportFile.objects.create(batch=batch, sealed=seal(content), start=seal(start))
            log_action(actor=actor, account=batch.account_id, action="exchange.import.uploaded", target=batch)
    except IntegrityError:
        known = MailboxImport.objects.filter(public_id=token, subscription=subscription).first()
        if known is None:
            raise
        return known
    return batch


def same_file_before(batch: MailboxImport) -> MailboxImport | None:
    """The latest other import of the very same bytes in this subscription."""
    others = MailboxImport.objects.filter(subscription_id=batch.subscription_id, digest=batch.digest)
    return others.exclude(pk=batch.pk).order_by("-pk").first()


def first_lines(batch: MailboxImport) -> list[list[str]] | None:
    """For the preview; what stands in a column of passwords is not shown. None when the key of the file is gone."""
    try:
        rows = list(islice(_rows_of(_start(batch), batch), batch.rows_above, batch.rows_above + SHOWN_LINES))
    except UnreadableFile:
        return None
    hidden = batch.column_of(columns.PASSWORD)
    body = rows[1:] if batch.has_headings else rows
    for row in body:
        if hidden is not None and hidden < len(row) and row[hidden]:
            row[hidden] = "••••••"
    return body


@transaction.atomic
def read_again(*, batch: MailboxImport, reading: Reading) -> None:
    """*Volver a leer*: another encoding, separator, or no headings; the columns are recognised anew."""
    locked = _locked(batch)
    if reading.encoding in ENCODINGS and locked.file_format != XLSX:
        locked.encoding = reading.encoding
    if reading.separator in SEPARATORS and locked.file_format != XLSX:
        locked.separator = reading.separator
    try:
        if reading.sheet in locked.sheets and reading.sheet != locked.sheet:
            _turn_to(locked, reading.sheet)
        _understand(locked, _start(locked), has_headings=reading.has_headings)
    except UnreadableFile as refusal:
        raise BusinessError(refusal.user_message) from refusal
    forget_rows(locked)
    locked.stage, locked.problem = Stage.FILE, ""
    locked.save(
        update_fields=[
            *("encoding", "separator", "sheet", "has_headings", "headings", "mapping", "source", "rows_above", "stage"),
            "problem",
        ]
    )


@transaction.atomic
def begin_verification(*, actor: Actor, batch: MailboxImport, mapping: Sequence[str]) -> None:
    """*Siguiente*: with these columns all rows are read and verified in the background.

    Raises BusinessError when no column tells the addresses, or two are to bring the same datum.
    """
    locked = _locked(batch)
    if locked.stage == Stage.VERIFYING:
        return  # the second click of two
    locked.mapping = _checked_mapping(locked, mapping)
    forget_rows(locked)
    locked.stage, locked.problem, locked.read_count, locked.row_count = Stage.VERIFYING, "", 0, 0
    locked.last_job = enqueue(
        actor=actor,
        account=locked.account,
        operation="exchange.verify_import",
        lock_key=lock_key(locked),
        params={"import": str(locked.public_id)},
    )
    locked.save(update_fields=["mapping", "stage", "problem", "read_count", "row_count", "last_job"])


@transaction.atomic
def discard_import(*, actor: Actor, batch: MailboxImport) -> None:
    """*Descartar*: file, rows and passwords are forgotten. What has begun to create mailboxes stays on the books."""
    gone, _kinds = MailboxImport.objects.filter(pk=batch.pk, stage__in=[Stage.FILE, Stage.REVIEW]).delete()
    if not gone:
        raise BusinessError(_("Esta importación ya no se puede descartar."), code="not_a_draft")
    log_action(actor=actor, account=batch.account_id, action="exchange.import.discarded", target=batch)


def forget_expired_imports() -> int:
    """For the beat: drafts that nobody finished, with the passwords in them, live fourteen days."""
    drafts = [Stage.FILE, Stage.VERIFYING, Stage.REVIEW]
    return MailboxImport.objects.filter(stage__in=drafts, expires_at__lt=timezone.now()).delete()[0]


def content_of(batch: MailboxImport) -> bytes:
    """The whole file. UnreadableFile when it, or its key, is gone."""
    return _unsealed(batch, "sealed")


def layout_of(batch: MailboxImport) -> Layout:
    return Layout(batch.file_format, batch.encoding, batch.separator, batch.sheet)


def people_of(batch: MailboxImport) -> Iterator[Record]:
    """The rows of the file without its headings and what stands above them. Raises UnreadableFile."""
    records = read_records(content_of(batch), layout_of(batch))
    return islice(records, batch.rows_above + batch.has_headings, None)


def lock_key(batch: MailboxImport) -> str:
    """One operation at a time on one import."""
    return f"exchange.import:{batch.public_id}"


def _locked(batch: MailboxImport) -> MailboxImport:
    """BusinessError when it is no draft any more."""
    row = (
        MailboxImport.objects.select_for_update(of=("self",)).select_related("account", "subscription").get(pk=batch.pk)
    )
    require_open(row.subscription)
    if not row.is_draft:
        raise BusinessError(_("Esta importación ya se finalizó."), code="not_a_draft")
    return row


def _start_of(content: bytes, layout: Layout) -> bytes:
    """The first lines: as they are, or those of a workbook as CSV."""
    if layout.file_format != XLSX:
        return content[:SAMPLE]
    text = io.StringIO()
    csv.writer(text).writerows(islice(read_rows(content, layout), MOST_ABOVE + SHOWN_LINES + 1))
    return text.getvalue().encode()


def _turn_to(batch: MailboxImport, sheet: str) -> None:
    """Another sheet of the workbook: its first lines are those to be shown from now on."""
    batch.sheet = sheet
    start = _start_of(content_of(batch), layout_of(batch))
    ImportFile.objects.filter(pk=batch.pk).update(start=seal(start))


def _rows_of(start: bytes, batch: MailboxImport) -> Sequence[list[str]]:
    layout = layout_of(batch) if batch.file_format != XLSX else Layout("csv", "utf-8-sig", ",")
    return list(islice(read_rows(start, layout), MOST_ABOVE + SHOWN_LINES + 1))


def _understand(batch: MailboxImport, start: bytes, *, has_headings: bool | None = None) -> None:
    rows = _rows_of(start, batch)
    if not rows:
        raise UnreadableFile(_("El archivo no tiene ninguna fila con datos."))
    above = columns.rows_above_headings(rows[: MOST_ABOVE + 1]) if has_headings is not False else 0
    rows = rows[above:]
    found = columns.understand(rows[0], rows[1:])
    if has_headings is not None and has_headings != found.has_headings:
        found = columns.Understanding(has_headings, [IGNORED] * len(rows[0]))
    if found.has_headings and len(rows) == 1 and len(start) < SAMPLE:
        raise UnreadableFile(_("El archivo solo tiene encabezados: no hay buzones que importar."))
    width = _width(rows) if found.has_headings else max(len(row) for row in rows)
    mapping = [*found.mapping, *[IGNORED] * (width - len(found.mapping))]
    batch.has_headings, batch.source, batch.rows_above = found.has_headings, found.source, above
    batch.mapping = mapping[:width]
    heads = rows[0] if found.has_headings else []
    batch.headings = [heads[index][:200] if index < len(heads) else "" for index in range(width)]


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Up to the last column in which anything is written."""
    return max(index for row in rows for index, cell in enumerate(row, 1) if cell)


def _checked_mapping(batch: MailboxImport, mapping: Sequence[str]) -> list[str]:
    known = {column.name for column in columns.COLUMNS}
    chosen = [name if name in known else IGNORED for name in mapping][: len(batch.mapping)]
    chosen += [IGNORED] * (len(batch.mapping) - len(chosen))
    for index, name in enumerate(chosen):
        if name and name in chosen[:index]:
            label = columns.column_named(name).label
            text = _("“%(label)s” está elegido para las columnas %(first)s y %(second)s: elija una.")
            where = {"first": columns.letters(chosen.index(name)), "second": columns.letters(index)}
            raise BusinessError(text % {"label": _(label), **where}, field=f"column_{index}")
    if not any(name in chosen for name in columns.ADDRESSES):
        raise BusinessError(
            _("Falta la columna del correo electrónico: elija cuál es en la lista de columnas."), code="no_address"
        )
    return chosen


def forget_rows(batch: MailboxImport) -> None:
    """And what was wrong in them, and the aliases that they named."""
    ImportProblem.objects.filter(batch=batch).delete()
    ImportAlias.objects.filter(batch=batch).delete()
    rows = ImportRow.objects.filter(batch=batch)
    rows._raw_delete(rows.db)


def _start(batch: MailboxImport) -> bytes:
    return _unsealed(batch, "start")


def _unsealed(batch: MailboxImport, which: str) -> bytes:
    token = ImportFile.objects.filter(pk=batch.pk).values_list(which, flat=True).first()
    try:
        return unseal(token if token is not None else b"")
    except InvalidToken as error:
        raise UnreadableFile(_("El archivo ya no se puede abrir. Súbalo otra vez.")) from error

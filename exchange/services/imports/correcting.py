"""Rows are put right: cell by cell, all that have the same mistake, or all of a kind by what is proposed for each.

Whatever changes, the rows concerned are judged anew and go back by COPY; then those that had, or now have, the same address
are held against each other again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.crypto import InvalidToken, decrypt
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.tabular import csv_records
from cloudpanel.core.tabular.csv_records import Record
from cloudpanel.provisioning.services import enqueue
from exchange.models import (
    DistributionList,
    ImportAlias,
    ImportProblem,
    ImportRow,
    Mailbox,
    MailboxAlias,
    MailboxImport,
)
from exchange.services.imports import columns
from exchange.services.imports.counting import recount, restate
from exchange.services.imports.crossing import claims, cross_check
from exchange.services.imports.files import lock_key
from exchange.services.imports.hands import in_hand, take_in_hand
from exchange.services.imports.judging import Judge, Problem
from exchange.services.imports.proposals import numbered, propose
from exchange.services.imports.verifying import store, surroundings_of
from exchange.services.mailboxes import require_open

AT_ONCE = 500
"""More rows than these are put right by a worker."""
CHUNK = 2000
MAX_CELL = 1000
State = ImportRow.State
_EDITABLE = (State.WRONG, State.READY, State.EXISTS)
_NOTED = (csv_records.OPEN_QUOTE, csv_records.OTHER_ENCODING, csv_records.UNREADABLE_SIGN)
Changes = Mapping[int, Mapping[str, str]]
"""Row number → column → what it shall say."""


@dataclass(frozen=True, slots=True)
class Group:
    """A mistake that repeats: all rows in which this column has it, with this value where the value makes it the same."""

    field: str
    code: str
    value: str = ""

    @property
    def key(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code} | ({"value": self.value} if self.value else {})


def review_of(batch: MailboxImport) -> MailboxImport:
    """Locked and still open for corrections; BusinessError when it is not."""
    related = MailboxImport.objects.select_for_update(of=("self",)).select_related(
        "account", "subscription", "template"
    )
    row = related.get(pk=batch.pk)
    require_open(row.subscription)
    if row.stage != MailboxImport.Stage.REVIEW:
        raise BusinessError(_("Esta importación ya no está por finalizar. Actualice la página."), code="not_in_review")
    return row


@transaction.atomic
def correct_cells(*, actor: Actor, batch: MailboxImport, changes: Changes) -> int:
    """What was typed into cells, and proposals that were taken. Gives how many rows changed."""
    batch = review_of(batch)
    done = _rewrite(batch, changes)
    if done:
        recount(batch)
        _log(actor, batch, done)
    return done


@transaction.atomic
def apply_to_equals(*, actor: Actor, batch: MailboxImport, group: Group, new: str | None) -> int:
    """*Aplicar a todas las iguales*: ``new`` replaces what is wrong; None takes each row's own proposal. Many rows are put
    right in the background: the import is being verified then. Gives how many rows are concerned."""
    batch = review_of(batch)
    numbers = _numbers(batch, group)
    if len(numbers) > AT_ONCE:
        batch.stage = MailboxImport.Stage.VERIFYING
        batch.read_count = 0
        batch.last_job = enqueue(
            actor=actor,
            account=batch.account,
            operation="exchange.correct_import",
            lock_key=lock_key(batch),
            params={"import": str(batch.public_id), "group": [group.field, group.code, group.value], "new": new},
        )
        batch.save(update_fields=["stage", "read_count", "last_job"])
    elif numbers:
        _rewrite(batch, _changes_for(batch, numbers, group, new))
        recount(batch)
    if numbers:
        _log(actor, batch, len(numbers))
    return len(numbers)


def correct_many(public_id: UUID, hand: UUID, group: Group, new: str | None) -> None:
    """:func:`apply_to_equals` in a worker, chunk by chunk; may be repeated after any crash."""
    batch = take_in_hand(public_id, hand, MailboxImport.Stage.VERIFYING)
    if batch is None:
        return
    numbers = _numbers(batch, group)
    for begin in range(0, len(numbers), CHUNK):
        chunk = numbers[begin : begin + CHUNK]
        with in_hand(batch, hand):
            _rewrite(batch, _changes_for(batch, chunk, group, new))
            MailboxImport.objects.filter(pk=batch.pk).update(read_count=begin + len(chunk))
    with in_hand(batch, hand):
        recount(batch)


@transaction.atomic
def discard_wrong(*, actor: Actor, batch: MailboxImport) -> int:
    """*Descartar las filas con error*."""
    batch = review_of(batch)
    wrong = ImportRow.objects.filter(batch=batch, state=State.WRONG)
    done = wrong.update(state=State.DISCARDED, sealed_password=None)
    recount(batch)
    if done:
        _log(actor, batch, done)
    return done


@transaction.atomic
def discard_row(*, actor: Actor, batch: MailboxImport, number: int) -> None:
    """This one is not wanted; whoever had the same address may have it now."""
    batch = review_of(batch)
    row = ImportRow.objects.filter(batch=batch, number=number, state__in=_EDITABLE).first()
    if row is None:
        return
    ImportRow.objects.filter(pk=row.pk).update(state=State.DISCARDED, sealed_password=None)
    _cross(batch, [], claims(batch, [number]))
    recount(batch)
    _log(actor, batch, 1)


@transaction.atomic
def restore_row(*, actor: Actor, batch: MailboxImport, number: int) -> None:
    """A discarded row comes back (without its password)."""
    batch = review_of(batch)
    if not ImportRow.objects.filter(batch=batch, number=number, state=State.DISCARDED).update(state=State.READY):
        return
    _rewrite(batch, {number: {}})
    recount(batch)
    _log(actor, batch, 1)


def judge_of(batch: MailboxImport) -> Judge:
    return Judge(batch.mapping, surroundings_of(batch.subscription))


def _numbers(batch: MailboxImport, group: Group) -> list[int]:
    found = ImportProblem.objects.filter(batch=batch, **group.key).order_by("number")
    wrong = ImportRow.objects.filter(batch=batch, state=State.WRONG).values("number")
    return list(found.filter(number__in=wrong).values_list("number", flat=True).distinct())


def _changes_for(batch: MailboxImport, numbers: Sequence[int], group: Group, new: str | None) -> Changes:
    judge = judge_of(batch)
    rows = ImportRow.objects.filter(batch=batch, number__in=numbers).values_list("number", "cells")
    found = ImportProblem.objects.filter(batch=batch, number__in=numbers, field=group.field, code=group.code)
    values = dict(found.values_list("number", "value"))
    changes: dict[int, dict[str, str]] = {}
    for number, cells in rows:
        text = (
            _replacement(judge, cells, group, values.get(number, ""))
            if new is None
            else _with_new(judge, cells, group, new)
        )
        if text is not None:
            changes[number] = {group.field: text}
    return changes


def _replacement(judge: Judge, cells: Sequence[str], group: Group, value: str) -> str | None:
    proposal = propose(Problem(group.field, group.code, value), cells, judge)
    return proposal.value if proposal is not None else None


def _with_new(judge: Judge, cells: Sequence[str], group: Group, new: str) -> str:
    """Of an address only the domain is the same in all rows."""
    if group.code.startswith("domain") and group.field in columns.ADDRESSES:
        return f"{judge.written_address(cells)[1].rpartition('@')[0]}@{new.strip().lstrip('@')}"
    return new.strip()


def taken_addresses(batch: MailboxImport, wanted: Sequence[str]) -> set[str]:
    """Which of the numbered variants of these addresses are taken, here or in the file: one statement."""
    variants = [variant for address in wanted for variant in numbered(address)]
    if not variants:
        return set()
    in_file = ImportRow.objects.filter(batch=batch, address__in=variants).values_list("address")
    boxes = Mailbox.objects.filter(~Q(state=Mailbox.State.TERMINATED), address__in=variants).values_list("address")
    aliases = MailboxAlias.objects.filter(address__in=variants).values_list("address")
    lists = DistributionList.objects.filter(address__in=variants).values_list("address")
    as_alias = ImportAlias.objects.filter(batch=batch, address__in=variants).values_list("address")
    return {address for (address,) in in_file.union(as_alias, boxes, aliases, lists)}


def _rewrite(batch: MailboxImport, changes: Changes) -> int:
    """Judges these rows anew with their changes and stores them; in the caller's transaction."""
    judge = judge_of(batch)
    rows = ImportRow.objects.filter(batch=batch, number__in=list(changes), state__in=_EDITABLE)
    held = {row.number: row for row in rows.select_for_update()}
    kept = _untouched_notes(batch, held, changes)
    before = claims(batch, list(held))
    records = [Record(number, _changed(judge, row, changes[number])) for number, row in sorted(held.items())]
    ImportProblem.objects.filter(batch=batch, number__in=list(held)).delete()
    ImportAlias.objects.filter(batch=batch, number__in=list(held)).delete()
    ImportRow.objects.filter(pk__in=[row.pk for row in held.values()]).delete()
    store(batch, judge, records)
    ImportProblem.objects.bulk_create(kept)
    _cross(batch, list(held), before)
    return len(held)


def _changed(judge: Judge, row: ImportRow, changes: Mapping[str, str]) -> list[str]:
    """The row's cells, its password among them for the moment, with the changes."""
    cells = [*row.cells, *[""] * (len(judge.mapping) - len(row.cells))]
    if columns.PASSWORD in judge.at and row.sealed_password is not None:
        cells[judge.at[columns.PASSWORD]] = _opened(row.sealed_password)
    for name, text in changes.items():
        if name in judge.at:
            cells[judge.at[name]] = text.replace("\x00", "").strip()[:MAX_CELL]
        elif name == columns.NAME and judge.name_field != columns.NAME:
            cells[judge.at[judge.name_field]] = text.replace("\x00", "").strip()[:MAX_CELL]
    return cells


def _opened(token: bytes | memoryview) -> str:
    try:
        return str(decrypt(token)["password"])
    except InvalidToken:
        return ""


def _untouched_notes(batch: MailboxImport, held: Mapping[int, ImportRow], changes: Changes) -> list[ImportProblem]:
    """What was noticed while reading and nobody has looked at yet: the cells themselves no longer show it."""
    noted = ImportProblem.objects.filter(batch=batch, number__in=list(held), code__in=_NOTED)
    return [
        ImportProblem(batch=batch, number=one.number, field=one.field, code=one.code, value=one.value, note=one.note)
        for one in noted
        if one.field not in changes[one.number]
    ]


def _cross(batch: MailboxImport, numbers: Sequence[int], before: Collection[str]) -> None:
    """Rows that share an address or an alias with those that changed, before or now, are judged by it again."""
    touched = cross_check(batch, {*before, *claims(batch, numbers)})
    restate(batch, [*numbers, *touched])


def _log(actor: Actor, batch: MailboxImport, count: int) -> None:
    log_action(
        actor=actor,
        account=batch.account_id,
        action="exchange.import.corrected",
        target=batch,
        after={"count": count},
    )

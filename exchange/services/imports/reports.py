"""What can be downloaded: a sample, the rejected rows ready to be fixed and uploaded again, the result of every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from exchange.models import ImportProblem, ImportRow, MailboxImport
from exchange.services.imports import columns
from exchange.services.imports.correcting import judge_of, taken_addresses
from exchange.services.imports.counting import ignored_fields
from exchange.services.imports.judging import Judge, Problem
from exchange.services.imports.proposals import NUMBERED, merged, propose
from exchange.services.imports.reasons import sentence
from marketplace.models import Subscription

State = ImportRow.State
REJECTED = (State.WRONG, State.FAILED, State.CONFLICT, State.NO_ROOM, State.DISCARDED)
CHUNK = 1000
_SAMPLE = (
    columns.NAME, columns.ADDRESS, columns.PASSWORD, columns.LINK_EMAIL, columns.TEMPLATE, columns.QUOTA, columns.IMAP,
    columns.POP3, columns.ALIASES,
)  # fmt: skip


def sample_headings() -> list[str]:
    return [label_of(name) for name in _SAMPLE]


def sample_rows(subscription: Subscription) -> list[list[str]]:
    """With a domain and a template of theirs: what they download can be uploaded as it is."""
    domains = subscription.mail_domains.filter(state="active").order_by("-is_default", "name")
    domain = domains.values_list("name", flat=True).first() or "empresa.example"
    template = subscription.mailbox_templates.order_by("-is_default").values_list("name", flat=True).first() or ""
    yes, no = _("Sí"), _("No")
    return [
        [
            "José Núñez",
            f"jose.nunez@{domain}",
            "",
            "jose@correo-personal.example",
            template,
            "",
            yes,
            yes,
            f"pepe@{domain}",
        ],
        ["María Íñiguez", f"maria.iniguez@{domain}", "", "", template, "2048", yes, no, ""],
        ["Ventas", f"ventas@{domain}", "tejado-violeta-grapa-27", "", "", "5 GB", "", "", ""],
    ]


def label_of(name: str) -> str:
    return _(columns.column_named(name).label)


def rejected_headings(batch: MailboxImport) -> list[str]:
    """Those of the file where they are understood by themselves, the usual ones elsewhere."""
    heads = []
    for index, name in enumerate(batch.mapping):
        written = batch.headings[index] if index < len(batch.headings) else ""
        known = columns.column_named(name).answers_to(written) if name and written else False
        heads.append(written if known or not name else label_of(name))
    return [*heads, _("Motivo"), _("Propuesta")]


def rejected_rows(batch: MailboxImport) -> Iterator[list[str]]:
    """In the order of the file, read in chunks. Passwords are not among them: nobody can download those."""
    judge, width = judge_of(batch), len(batch.mapping)
    last = 0
    while True:
        rows = list(
            ImportRow.objects.filter(batch=batch, state__in=REJECTED, number__gt=last)
            .order_by("number")
            .values_list("number", "cells", "message", "address")[:CHUNK]
        )
        if not rows:
            return
        problems = problems_of(batch, [row[0] for row in rows])
        taken = taken_variants(batch, rows, problems)
        for number, cells, message, _address in rows:
            mistakes = problems.get(number, [])
            reasons = [sentence(one.code, one.value, one.note) for one in mistakes] or [_(message) if message else ""]
            padded = [*cells, *[""] * (width - len(cells))][:width]
            yield [*padded, " ".join(reasons), "; ".join(_proposed(mistakes, cells, judge, taken))]
        last = rows[-1][0]


def _proposed(mistakes: Sequence[Problem], cells: Sequence[str], judge: Judge, taken: set[str]) -> list[str]:
    found = (propose(one, cells, judge, taken) for one in merged(mistakes))
    return [proposal.label for proposal in found if proposal is not None]


def problems_of(batch: MailboxImport, numbers: Sequence[int]) -> dict[int, list[Problem]]:
    """By row, only those that count with the options as they are: one statement."""
    rows = ImportProblem.objects.filter(batch=batch, number__in=list(numbers)).exclude(field__in=ignored_fields(batch))
    found: dict[int, list[Problem]] = {}
    for number, field, code, value, note in rows.order_by("pk").values_list("number", "field", "code", "value", "note"):
        found.setdefault(number, []).append(Problem(field, code, value, note))
    return found


def taken_variants(batch: MailboxImport, rows: Sequence[Any], problems: dict[int, list[Problem]]) -> set[str]:
    """``rows`` begin with the number and end with the address."""
    wanted = [row[-1] for row in rows if any(one.code in NUMBERED for one in problems.get(row[0], []))]
    return taken_addresses(batch, wanted)


def result_headings() -> list[str]:
    return [_("Fila"), _("Nombre para mostrar"), _("Correo electrónico"), _("Resultado"), _("Motivo")]


def result_rows(batch: MailboxImport) -> Iterator[list[object]]:
    last = 0
    while True:
        names = ("number", "display_name", "address", "state", "message")
        rows = list(
            ImportRow.objects.filter(batch=batch, number__gt=last).order_by("number").values_list(*names)[:CHUNK]
        )
        if not rows:
            return
        problems = problems_of(batch, [row[0] for row in rows if row[3] == State.WRONG])
        for number, name, address, state, message in rows:
            reasons = [sentence(one.code, one.value, one.note) for one in problems.get(number, [])]
            yield [number, name, address, str(State(state).label), " ".join(reasons) or (_(message) if message else "")]
        last = rows[-1][0]


def note_export(actor: Actor, batch: MailboxImport, file_format: str) -> None:
    log_action(
        actor=actor,
        account=batch.account_id,
        action="exchange.import.exported",
        target=batch,
        after={"format": file_format},
    )

"""One page of an import's rows, ready to be drawn: the same number of statements for fifty rows and for fifty thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cloudpanel.core.components import badge
from cloudpanel.core.pagination import CappedCount, Page, keyset_page
from exchange.models import ImportRow, MailboxImport
from exchange.services.imports import columns
from exchange.services.imports.correcting import judge_of
from exchange.services.imports.judging import Judge, Problem
from exchange.services.imports.proposals import Proposal, merged, propose
from exchange.services.imports.reasons import REASONS, sentence, title
from exchange.services.imports.reports import label_of, problems_of, taken_variants

ORDER = ("state", "number")
State = ImportRow.State
TONES = {
    State.WRONG: "danger", State.FAILED: "danger", State.CONFLICT: "warning", State.NO_ROOM: "warning",
    State.READY: "success", State.CREATING: "progress", State.CREATED: "success", State.EXISTS: "muted",
    State.DISCARDED: "muted", State.UNDONE: "muted",
}  # fmt: skip
FILTERS = {
    "errores": (State.WRONG,),
    "listas": (State.READY,),
    "existentes": (State.EXISTS,),
    "descartadas": (State.DISCARDED,),
    "creados": (State.CREATED,),
    "proceso": (State.CREATING,),
    "pendientes": (State.FAILED, State.CONFLICT, State.NO_ROOM),
    "deshechos": (State.UNDONE,),
}


@dataclass
class Cell:
    name: str
    text: str
    is_secret: bool = False
    problems: list[Problem] = field(default_factory=list)
    proposal: Proposal | None = None

    @property
    def reasons(self) -> str:
        return " ".join(sentence(one.code, one.value, one.note) for one in self.problems)


@dataclass
class Table:
    """What somebody looks at: an import, a kind of rows, a place in their order."""

    batch: MailboxImport
    base: str  # the address of this import
    kind: str = ""
    cursor: str = ""

    @classmethod
    def of(cls, batch: MailboxImport, parameters: Any, base: str) -> Table:
        kind = parameters.get("ver", "")
        return cls(batch, base, kind if kind in FILTERS else "", parameters.get("cursor", ""))

    @cached_property
    def page(self) -> Page[dict[str, Any]]:
        rows = self._rows
        if self.kind:
            rows = rows.filter(state__in=FILTERS[self.kind])
        return keyset_page(rows, order=ORDER, cursor=self.cursor)

    def row(self, number: int) -> dict[str, Any] | None:
        """This one alone, as if it were the page."""
        self.page = Page(list(self._rows.filter(number=number)))
        return self.page.rows[0] if self.page.rows else None

    @property
    def _rows(self) -> QuerySet[Any, Any]:
        names = ("number", "state", "cells", "address", "display_name", "message", "mailbox_public_id")
        has_password = ExpressionWrapper(Q(sealed_password__isnull=False), BooleanField())
        rows = ImportRow.objects.filter(batch=self.batch)
        return rows.annotate(has_password=has_password).values(*names, "has_password")

    @property
    def total(self) -> CappedCount:
        states = FILTERS.get(self.kind, tuple(State))
        return CappedCount(self.batch.count(*states))

    @cached_property
    def columns(self) -> list[str]:
        return [name for name in self.batch.mapping if name]

    @cached_property
    def labels(self) -> list[str]:
        return [label_of(name) for name in self.columns]

    @cached_property
    def judge(self) -> Judge:
        return judge_of(self.batch)

    @cached_property
    def problems(self) -> dict[int, list[Problem]]:
        """Rows that were set aside say why, too."""
        states = (State.WRONG, State.DISCARDED)
        return problems_of(self.batch, [row["number"] for row in self.page.rows if row["state"] in states])

    @cached_property
    def taken(self) -> set[str]:
        return taken_variants(self.batch, [(row["number"], row["address"]) for row in self.page.rows], self.problems)

    def cells_of(self, row: dict[str, Any]) -> list[Cell]:
        problems, cells = self.problems.get(row["number"], []), []
        for name in self.columns:
            mine = [one for one in problems if one.field == name]
            text = self.judge.cell(row["cells"], name)
            cell = Cell(name, text, name == columns.PASSWORD, mine)
            if cell.is_secret:
                cell.text = "••••••" if row["has_password"] else ""
            if mine and row["state"] == State.WRONG:
                cell.proposal = propose(merged(mine)[0], row["cells"], self.judge, self.taken)
            cells.append(cell)
        return cells

    def accepted(self, number: int, name: str) -> str | None:
        """The proposal for this cell of this page as it is now; None when there is none any more."""
        row = next((each for each in self.page.rows if each["number"] == number), None)
        if row is None:
            return None
        cell = next((each for each in self.cells_of(row) if each.name == name), None)
        return cell.proposal.value if cell is not None and cell.proposal is not None else None

    @property
    def review_html(self) -> SafeString:
        rows = [{**row, "cells": self.cells_of(row), "is_wrong": row["state"] == State.WRONG} for row in self.page.rows]
        return self._drawn("exchange/import_review_rows.html", rows, labels=[escape(label) for label in self.labels])

    @property
    def result_html(self) -> SafeString:
        rows = []
        for row in self.page.rows:
            reasons = [sentence(one.code, one.value, one.note) for one in self.problems.get(row["number"], [])]
            has_mailbox = row["mailbox_public_id"] and row["state"] not in {State.CONFLICT, State.NO_ROOM}
            shown: dict[str, Any] = {"reason": " ".join(reasons) or (_(row["message"]) if row["message"] else "")}
            shown["mailbox"] = row["mailbox_public_id"] if has_mailbox else None
            shown["written"] = row["address"] or self.judge.written_address(row["cells"])[1]
            rows.append({**row, **shown})
        return self._drawn("exchange/import_result_rows.html", rows)

    def _drawn(self, template: str, rows: Sequence[dict[str, Any]], **more: Any) -> SafeString:
        context = {
            "rows": rows,
            "badges": badges(),
            "base": escape(self.base),
            "mailboxes": escape(self.base.split("importar/")[0]),
            "words": {name: escape(word) for name, word in _words().items()},
            **more,
        }
        return mark_safe(render_to_string(template, context, using="jinja2"))  # noqa: S308 - escaped there


def badges() -> dict[int, SafeString]:
    return {state.value: badge(tone, state.label) for state, tone in TONES.items()}


def tallies(batch: MailboxImport, *kinds: str) -> list[dict[str, Any]]:
    """For the line of filters: how many rows of each kind, those that there are."""
    counted = [(kind, batch.count(*FILTERS[kind])) for kind in kinds]
    labels = _kinds()
    return [{"kind": kind, "count": count, "label": labels[kind]} for kind, count in counted if count]


def groups_of(table: Table) -> list[dict[str, Any]]:
    """The mistakes that repeat, with what each could be answered by. ``new`` is None where each row has its own answer."""
    found = []
    for index, group in enumerate(table.batch.groups):
        reason = REASONS[group["code"]]
        problem = Problem(group["field"], group["code"], group["value"])
        new = _common_answer(problem, table.judge) if reason.by_value else None
        found.append(
            {
                **group,
                "index": index,
                "title": title(group["code"]),
                "by_value": reason.by_value,
                "is_mendable": reason.is_mendable,
                "new": new,
                "label": label_of(group["field"]),
            }
        )
    return found


def _common_answer(problem: Problem, judge: Judge) -> str:
    """What replaces the same value in all rows: of an address only the domain."""
    cells = [""] * len(judge.mapping)
    if problem.field in judge.at:
        is_domain = problem.code.startswith("domain") and problem.field in columns.ADDRESSES
        cells[judge.at[problem.field]] = f"x@{problem.value}" if is_domain else problem.value
    proposal = propose(problem, cells, judge)
    text = proposal.value if proposal is not None else ""
    return text.rpartition("@")[2] if problem.code.startswith("domain") else text


def _kinds() -> dict[str, str]:
    return {
        "errores": _("Con error"),
        "listas": _("Listas"),
        "existentes": _("Ya existían"),
        "descartadas": _("Descartadas"),
        "creados": _("Creados"),
        "proceso": _("En proceso"),
        "pendientes": _("Con conflicto o falla"),
        "deshechos": _("Deshechos"),
    }


def _words() -> dict[str, str]:
    return {
        "row": _("Fila"),
        "edit": _("Editar"),
        "edit_row": _("Editar la fila"),
        "use": _("Usar"),
        "state": pgettext("of a row", "Estado"),
        "name": _("Nombre para mostrar"),
        "address": _("Correo electrónico"),
        "result": _("Resultado"),
        "reason": _("Motivo"),
        "blank": _("vacío"),
    }

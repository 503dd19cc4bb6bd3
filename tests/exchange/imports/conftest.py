"""An import desk with a file on it."""

from __future__ import annotations

import uuid

import pytest

from exchange.models import ImportProblem, ImportRow, MailboxImport
from exchange.services.imports.files import begin_verification, start_import

State = ImportRow.State


@pytest.fixture
def upload(actor, subscription, domain, template, run_jobs):
    """``upload("Nombre,Correo\\nAna,ana@buzones.example")``: taken in, and verified unless ``verify=False``."""

    def go(content: str | bytes, *, verify: bool = True, filename: str = "personas.csv", mapping=None) -> MailboxImport:
        raw = content.encode() if isinstance(content, str) else content
        batch = start_import(actor=actor, subscription=subscription, token=uuid.uuid4(), filename=filename, content=raw)
        if verify:
            begin_verification(actor=actor, batch=batch, mapping=batch.mapping if mapping is None else mapping)
            run_jobs()
            failed = again(batch).last_job
            assert failed is None or failed.state == "succeeded", failed.error_detail
        return again(batch)

    return go


def again(batch: MailboxImport) -> MailboxImport:
    related = ("subscription__account", "account", "last_job", "template")
    return MailboxImport.objects.select_related(*related).get(pk=batch.pk)


def rows_of(batch: MailboxImport) -> list[ImportRow]:
    return list(ImportRow.objects.filter(batch=batch).order_by("number"))


def states(batch: MailboxImport) -> list[State]:
    return [State(row.state) for row in rows_of(batch)]


def codes(batch: MailboxImport) -> dict[int, list[str]]:
    """Row number → what is wrong with it."""
    found: dict[int, list[str]] = {}
    for problem in ImportProblem.objects.filter(batch=batch).order_by("number", "code"):
        found.setdefault(problem.number, []).append(problem.code)
    return found

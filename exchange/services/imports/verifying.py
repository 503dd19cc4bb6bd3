"""All rows of a file are read, judged and stored; then held against each other and against what exists.

Rows go in by COPY, five thousand at a time, so that memory does not grow with the file; what rows cannot know by themselves
takes one statement for each question, however many rows there are.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.crypto import encrypt
from cloudpanel.core.folding import fold
from cloudpanel.core.tabular.csv_records import Record
from cloudpanel.core.tabular.errors import UnreadableFile
from exchange.models import ImportRow, MailboxImport, MailDomain
from exchange.services.imports import columns
from exchange.services.imports.counting import recount, restate
from exchange.services.imports.crossing import cross_check
from exchange.services.imports.files import forget_rows, people_of
from exchange.services.imports.hands import in_hand, take_in_hand
from exchange.services.imports.judging import NO_PASSWORD, Judge, Surroundings, Verdict
from marketplace.models import Subscription

CHUNK = 5000
ANALYZE_FROM = 500  # rows
MAX_ROWS = 100_000
NULL = "\\N"
ROW_COLUMNS = (
    "batch_id", "number", "state", "cells", "sealed_password", "address", "display_name", "mail_domain_id", "template_id",
    "quota_mb", "allows_imap", "allows_pop3", "link_email", "message",
)  # fmt: skip
ALIAS_COLUMNS = ("batch_id", "number", "address")
PROBLEM_COLUMNS = ("batch_id", "number", "field", "code", "value", "note")
_NEVER_NULL = "cells, address, display_name, link_email, message"


def verify_import(public_id: UUID, hand: UUID) -> str:
    """The whole of step 2's preparation. ``hand`` is the claim of the worker: an older one that comes back changes nothing
    any more. Gives the sentence why the file could not be read, or an empty one. May be repeated after any crash."""
    batch = take_in_hand(public_id, hand, MailboxImport.Stage.VERIFYING)
    if batch is None:
        return ""
    with in_hand(batch, hand):
        _begin_anew(batch)
    try:
        return _store_all(batch, hand, people_of(batch))
    except UnreadableFile as refusal:
        return refusal.user_message


def verified(public_id: UUID, problem: str, actor: Actor) -> None:
    """For the settlement: the import waits for a person again."""
    batch = MailboxImport.objects.filter(public_id=public_id, stage=MailboxImport.Stage.VERIFYING).first()
    if batch is None:
        return
    batch.stage = MailboxImport.Stage.FILE if problem else MailboxImport.Stage.REVIEW
    batch.problem = problem
    batch.save(update_fields=["stage", "problem"])
    if not problem:
        log_action(
            actor=actor,
            account=batch.account_id,
            action="exchange.import.verified",
            target=batch,
            after={"count": batch.row_count},
        )


def surroundings_of(subscription: Subscription) -> Surroundings:
    domains = list(subscription.mail_domains.order_by("-is_default", "pk").values_list("name", "pk", "state"))
    active = {name: pk for name, pk, state in domains if state == MailDomain.State.ACTIVE}
    templates = list(subscription.mailbox_templates.order_by("-is_default", "name").values_list("name", "pk"))
    return Surroundings(
        domains=active,
        pending_domains=frozenset(name for name, _pk, state in domains if state == MailDomain.State.PENDING),
        default_domain=next(iter(active), ""),
        templates={fold(name): pk for name, pk in templates},
        template_names=[name for name, _pk in templates],
    )


def _begin_anew(batch: MailboxImport) -> None:
    """What an earlier try has stored is in the way."""
    forget_rows(batch)
    MailboxImport.objects.filter(pk=batch.pk).update(read_count=0, row_count=0)


def _store_all(batch: MailboxImport, hand: UUID, records: Iterator[Record]) -> str:
    judge = Judge(batch.mapping, surroundings_of(batch.subscription))
    done = 0
    while chunk := list(islice(records, CHUNK)):
        done += len(chunk)
        if done > MAX_ROWS:
            return _("El archivo tiene más de 100,000 filas. Divídalo en varios.")
        with in_hand(batch, hand):
            store(batch, judge, chunk)
            MailboxImport.objects.filter(pk=batch.pk).update(read_count=done)
    if not done:
        return _("El archivo solo tiene encabezados: no hay buzones que importar.")
    with in_hand(batch, hand):
        if done > ANALYZE_FROM:  # the planner must not take the table for what it was before
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE exchange_importrow, exchange_importproblem, exchange_importalias")
        cross_check(batch)
        restate(batch)
        recount(batch)
        MailboxImport.objects.filter(pk=batch.pk).update(row_count=done)
    return ""


def store(batch: MailboxImport, judge: Judge, records: Iterable[Record]) -> None:
    """Judges these rows and stores them with their aliases and what is wrong in them, in three COPYs."""
    rows, aliases, problems = io.StringIO(), io.StringIO(), io.StringIO()
    write_row, write_problem = csv.writer(rows).writerow, csv.writer(problems).writerow
    write_aliases = csv.writer(aliases).writerows
    secret = batch.column_of(columns.PASSWORD)
    for record in records:
        cells, password = record.cells, ""
        if secret is not None and secret < len(cells):
            password, cells[secret] = _password_in(cells[secret]), ""
        verdict = judge.judge(cells, password, record.notes)
        write_row(_row_values(batch.pk, record.number, cells, password, verdict))
        if verdict.aliases:
            write_aliases((batch.pk, record.number, alias) for alias in verdict.aliases)
        for problem in verdict.problems:
            write_problem((batch.pk, record.number, problem.field, problem.code, problem.value, problem.note))
    _copy("exchange_importrow", ROW_COLUMNS, rows, _NEVER_NULL)
    _copy("exchange_importalias", ALIAS_COLUMNS, aliases, "address")
    _copy("exchange_importproblem", PROBLEM_COLUMNS, problems, "value, note")


def _password_in(text: str) -> str:
    """What other systems write in the place of a password is none."""
    return "" if NO_PASSWORD.fullmatch(text) else text


def sealed(password: str) -> bytes:
    """As a job keeps it (JobSecret): it moves there by itself when the mailbox is made."""
    return encrypt({"password": password})


def _row_values(batch_id: int, number: int, cells: list[str], password: str, verdict: Verdict) -> Sequence[object]:
    return (
        batch_id,
        number,
        ImportRow.State.WRONG.value if verdict.problems else ImportRow.State.READY.value,
        json.dumps(cells, ensure_ascii=False),
        "\\x" + sealed(password).hex() if password else NULL,
        verdict.address,
        verdict.display_name,
        NULL if verdict.mail_domain_id is None else verdict.mail_domain_id,
        NULL if verdict.template_id is None else verdict.template_id,
        NULL if verdict.quota_mb is None else verdict.quota_mb,
        _switched(verdict.allows_imap),
        _switched(verdict.allows_pop3),
        verdict.link_email,
        "",
    )


def _switched(is_on: bool | None) -> str:
    return NULL if is_on is None else "t" if is_on else "f"


def _copy(table: str, names: Sequence[str], text: io.StringIO, never_null: str) -> None:
    if not text.tell():
        return
    text.seek(0)
    statement = (
        f"COPY {table} ({', '.join(names)}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}', FORCE_NOT_NULL ({never_null}))"
    )
    with connection.cursor() as cursor:
        cursor.copy_expert(statement, text)

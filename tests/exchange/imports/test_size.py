"""Fifty thousand rows: answered at once, in bounded memory, and exactly fifty thousand mailboxes at the end."""

from __future__ import annotations

import io
import time
import tracemalloc
import uuid
from datetime import timedelta

import psycopg2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook

from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.sweep import sweep
from cloudpanel.provisioning.worker import drain
from exchange.drivers.base import DomainSpec, MailboxState
from exchange.drivers.directory import DirectoryMailDriver
from exchange.models import ImportRow, Mailbox, MailboxImport
from exchange.services.imports.files import begin_verification, start_import
from exchange.services.imports.finishing import Options, finalize_import
from exchange.services.imports.verifying import verify_import
from marketplace.models import SubscriptionResource
from tests.exchange.conftest import url
from tests.exchange.imports.conftest import State, again

ROWS = 50_000
MOST_MEMORY = 60 * 1024 * 1024  # of Python's own, for all rows: a worker may have 300 MB
PATIENCE = 5.0  # seconds for an answer, on a machine that does other things, too


def people(rows: int = ROWS) -> bytes:
    text = io.StringIO()
    text.write("Nombre para mostrar;Correo electrónico;Tamaño\n")
    for number in range(rows):
        text.write(f"José Núñez {number};persona{number}@buzones.example;1024\n")
    return text.getvalue().encode("cp1252")


@pytest.fixture
def real_directory(mail_database, directory, settings) -> DirectoryMailDriver:
    """The driver of the product, on an empty mail directory."""
    options = {"config": {"dsn": mail_database}}
    name = "exchange.drivers.directory.DirectoryMailDriver"
    settings.DRIVERS = {**settings.DRIVERS, "mail": {"class": name, "options": options, "concurrency": 8}}
    return directory


@pytest.fixture
def large_plan(subscription):
    SubscriptionResource.objects.filter(subscription=subscription).update(included=1_000_000)


TABLES = "FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"


@pytest.fixture
def stale_statistics(transactional_db):
    """The planner takes every table for empty, as in a panel that was analysed before its first customer came."""
    told = "'schemaname', 'public', 'relname', relname::text, 'relpages', 3, 'reltuples', 0::real"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_restore_relation_stats({told}) {TABLES}")
        yield
        cursor.execute(f"SELECT pg_clear_relation_stats('public', relname::text) {TABLES}")


def settle(batch: MailboxImport) -> MailboxImport:
    for _round in range(100):
        sweep()
        Job.objects.filter(state=JobState.QUEUED, operation="exchange.import_mailboxes").update(
            run_after=timezone.now()
        )
        drain(turn=timedelta(minutes=10))
        batch = again(batch)
        if batch.stage == MailboxImport.Stage.FINISHED:
            return batch
    raise AssertionError(batch.stage)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_fifty_thousand_rows_become_exactly_fifty_thousand_working_directory_entries(
    administrator_client,
    subscription,
    domain,
    template,
    large_plan,
    real_directory,
    mail_database,
    actor,
    run_jobs,
    stale_statistics,
):
    real_directory.ensure_domain(DomainSpec(domain.public_id, domain.name))
    began = time.monotonic()
    data = {"file": SimpleUploadedFile("personas.csv", people()), "token": str(uuid.uuid4())}
    response = administrator_client.post(url("import_start", subscription), data)
    assert response.status_code == 302
    assert time.monotonic() - began < PATIENCE
    batch = MailboxImport.objects.get()
    begin_verification(actor=actor, batch=batch, mapping=batch.mapping)
    run_jobs()
    batch = again(batch)
    assert batch.counts == {str(State.READY.value): ROWS}
    with CaptureQueriesContext(connection) as captured:
        assert administrator_client.get(url("import_review", subscription, batch.public_id)).status_code == 200
    assert len(captured) <= 12
    finalize_import(actor=actor, batch=batch, options=Options())
    batch = settle(batch)
    assert batch.counts == {str(State.CREATED.value): ROWS}
    assert Mailbox.objects.filter(state=Mailbox.State.ACTIVE).count() == ROWS
    # What Dovecot itself reads: one entry for each that receives mail.
    with psycopg2.connect(mail_database) as mail, mail.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT address), count(DISTINCT mailbox_id) FROM dovecot.mailbox")
        assert cursor.fetchone() == (ROWS, ROWS, ROWS)
    entries = list(real_directory.list_mailboxes(domain.public_id))
    assert len(entries) == len({entry.address for entry in entries}) == ROWS
    assert {entry.state for entry in entries} == {MailboxState.ENABLED}


def test_reading_takes_no_more_memory_for_more_rows(subscription, domain, template, actor):
    batch = start_import(
        actor=actor, subscription=subscription, token=uuid.uuid4(), filename="a.csv", content=people(20_000)
    )
    begin_verification(actor=actor, batch=batch, mapping=batch.mapping)
    tracemalloc.start()
    try:
        assert verify_import(batch.public_id, uuid.uuid4()) == ""
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert ImportRow.objects.filter(batch=batch).count() == 20_000


def test_a_workbook_of_many_rows_is_answered_in_time(administrator_client, subscription, domain, template):
    book, file = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    sheet.append(["Nombre para mostrar", "Correo electrónico"])
    for number in range(5_000):
        sheet.append([f"José Núñez {number}", f"persona{number}@buzones.example"])
    book.save(file)
    data = {"file": SimpleUploadedFile("personas.xlsx", file.getvalue()), "token": str(uuid.uuid4())}
    began = time.monotonic()
    assert administrator_client.post(url("import_start", subscription), data).status_code == 302
    assert time.monotonic() - began < PATIENCE

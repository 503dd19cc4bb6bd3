"""A file of five thousand mailboxes, workers killed twenty times while they import it: five thousand mailboxes, each once."""

from __future__ import annotations

import os
import random
import signal
import time
import uuid
from datetime import timedelta

import psycopg2
import pytest
from django.utils import timezone

from accounts.actors import Actor
from cloudpanel.local.postgres import MAIL_DATABASE
from cloudpanel.provisioning.models import DriverHealth, Job, JobAttempt, JobState
from exchange.drivers.base import DomainSpec
from exchange.drivers.directory import DirectoryMailDriver
from exchange.drivers.directory.install import install_schema
from exchange.models import Mailbox, MailboxImport
from exchange.services.imports.files import begin_verification, start_import
from exchange.services.imports.finishing import Options, finalize_import
from marketplace.models import SubscriptionResource
from tests.factories import MailboxTemplateFactory, MailDomainFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.slow

ROWS, KILLS = 5_000, 20
WHILE_VERIFYING = 4  # a job that loses its process eight times is given up, and says so
PATIENCE = 240.0
OURS = ("exchange.verify_import", "exchange.import_mailboxes", "exchange.create_imported", "exchange.create_mailbox")
Stage = MailboxImport.Stage


def people(domain: str) -> bytes:
    rows = (f"José Núñez {number};persona{number}@{domain}\n" for number in range(ROWS))
    return ("Nombre para mostrar;Correo electrónico\n" + "".join(rows)).encode()


class Campaign:
    """Kills the process that has something in hand, and lets the time pass that a lease would have to run out."""

    def __init__(self, batch: MailboxImport) -> None:
        self.batch, self.kills = batch, 0
        self.random = random.Random(20)

    def stage(self) -> str:
        return MailboxImport.objects.values_list("stage", flat=True).get(pk=self.batch.pk)

    def until(self, stage: str, *, kills: int) -> None:
        end = time.monotonic() + PATIENCE
        while self.stage() != stage:
            assert time.monotonic() < end, (stage, self.stage(), self.kills, list(Job.objects.values_list("state")[:5]))
            time.sleep(self.random.uniform(0.05, 0.3))
            if self.kills < kills:
                self.kill_somebody()
            self.let_time_pass()

    def kill_somebody(self) -> None:
        running = JobAttempt.objects.filter(outcome=JobAttempt.Outcome.RUNNING, job__operation__in=OURS)
        worker = running.values_list("worker", flat=True).order_by("-pk").first()
        if worker is None:
            return
        try:
            os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills += 1
        held = list(running.filter(worker=worker).values_list("job", flat=True))
        Job.objects.filter(pk__in=held, state=JobState.RUNNING).update(
            lease_until=timezone.now() - timedelta(seconds=1)
        )

    def let_time_pass(self) -> None:
        Job.objects.filter(state=JobState.QUEUED, run_after__gt=timezone.now()).update(run_after=timezone.now())
        DriverHealth.objects.exclude(open_until=None).update(open_until=None)


def in_directory(dsn: str, domain: str) -> tuple[int, int]:
    """Addresses and mailboxes on this domain."""
    with psycopg2.connect(dsn) as directory, directory.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT address), count(DISTINCT mailbox_id) FROM mail.address WHERE address LIKE %s",
            [f"%@{domain}"],
        )
        return cursor.fetchone()


def test_twenty_kills_and_exactly_five_thousand_mailboxes(world):
    dsn = world.postgres.url(MAIL_DATABASE)
    install_schema(dsn)
    domain = MailDomainFactory(subscription=SubscriptionFactory(), name=f"{uuid.uuid4().hex}.example")
    subscription = domain.subscription
    DirectoryMailDriver({"dsn": dsn}).ensure_domain(DomainSpec(domain.public_id, domain.name))
    MailboxTemplateFactory(subscription=subscription, name="Estándar", is_default=True, quota_mb=1024)
    SubscriptionResource.objects.filter(subscription=subscription).update(included=100_000)
    actor = Actor(user=UserFactory(), origin="127.0.0.1")
    batch = start_import(
        actor=actor, subscription=subscription, token=uuid.uuid4(), filename="a.csv", content=people(domain.name)
    )
    world.kill_workers()
    world.start_worker()
    campaign = Campaign(batch)
    begin_verification(actor=actor, batch=batch, mapping=batch.mapping)
    campaign.until(Stage.REVIEW, kills=WHILE_VERIFYING)
    finalize_import(actor=actor, batch=batch, options=Options())
    campaign.until(Stage.FINISHED, kills=KILLS)
    batch.refresh_from_db()
    assert campaign.kills == KILLS
    failures = Job.objects.exclude(error_detail="").values_list("operation", "error_detail")
    assert batch.counts == {"6": ROWS}, list(failures[:3])
    mailboxes = Mailbox.objects.filter(subscription=subscription)
    assert mailboxes.filter(state=Mailbox.State.ACTIVE).count() == mailboxes.count() == ROWS
    assert in_directory(dsn, domain.name) == (ROWS, ROWS)
    used = dict(subscription.resources.values_list("resource", "used"))
    assert used == {"mailboxes": ROWS, "storage_gb": ROWS}

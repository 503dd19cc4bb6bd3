"""(e) The import desk: verification of a file, *Finalizar* to the final state of every row, and hashing of its passwords."""

from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from uuid import uuid4

import redis
from django.conf import settings
from django.db import transaction

from accounts.actors import Actor
from accounts.models import User
from benchmarks.bench_engine import worker
from benchmarks.bench_mailbox_create import seed
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.provisioning.claims import meet_drivers
from cloudpanel.provisioning.wake import ring
from cloudpanel.provisioning.worker import drain
from exchange.drivers.passwords import hash_password
from exchange.models import ImportRow, Mailbox, MailboxImport
from exchange.operations.mailboxes import HASHING_THREADS
from exchange.services.imports.files import begin_verification, start_import
from exchange.services.imports.finishing import Options, finalize_import
from marketplace.models import Subscription

ROWS = 10_000
WITH_PASSWORD = 200
PATIENCE = 120.0  # seconds
BELL = 3.0  # seconds
LOOK = 0.02  # seconds between two looks at the import
_numbers = count(1)


def run() -> list[Outcome]:
    subscription, user = seed()
    meet_drivers(["", "mail"])
    bench = Bench(subscription, user)
    outcomes = [
        compare(
            "verification of 10,000 rows, drafts stored, vs. bulk_create of the same rows (rows/s)",
            ours=bench.verify,
            baseline=bench.bulk_rows,
            bar=Bar(1.0, at_least=True),
            rounds=5,
            unit="/s",
        ),
    ]
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    with worker("cloudpanel", "celery", settings_module="benchmarks.import_settings"):
        return [
            *outcomes,
            compare(
                "Finalizar to the final state of 10,000 rows, vs. bulk_create of the mailboxes alone (rows/s)",
                ours=bench.finalize,
                baseline=bench.bulk_mailboxes,
                bar=Bar(0.5, at_least=True),
                rounds=5,
                unit="/s",
            ),
            compare(
                "the same with passwords in the file, vs. hashing them",
                ours=bench.finalize_with_passwords,
                baseline=bench.hash_alone,
                bar=Bar(1.1),
                rounds=5,
            ),
        ]


class Bench:
    def __init__(self, subscription: Subscription, user: User) -> None:
        self.subscription, self.actor = subscription, Actor(user=user, origin="127.0.0.1")
        self.domain = subscription.mail_domains.get()
        self.template = subscription.mailbox_templates.get()

    def file(self, rows: int, password: str = "") -> bytes:
        """One row in a hundred is wrong, each in its own way."""
        mark, text = next(_numbers), io.StringIO()
        text.write("Nombre para mostrar;Correo electrónico;Contraseña;Correo alterno;Tamaño\n")
        for number in range(rows):
            local = f"ñandú{number}" if number % 100 == 7 and not password else f"persona{mark}.{number}"
            address = f"{local}@{self.domain.name}"
            text.write(f"José Núñez {number};{address};{password and f'{password}-{number}'};;2048\n")
        return text.getvalue().encode("cp1252")

    def taken_in(self, content: bytes) -> MailboxImport:
        return start_import(
            actor=self.actor, subscription=self.subscription, token=uuid4(), filename="bench.csv", content=content
        )

    def verified(self, content: bytes) -> MailboxImport:
        batch = self.taken_in(content)
        begin_verification(actor=self.actor, batch=batch, mapping=batch.mapping)
        drain(turn=timedelta(minutes=5))
        self._wait_for(batch, MailboxImport.Stage.REVIEW)
        batch.refresh_from_db()
        return batch

    def _wait_for(self, batch: MailboxImport, stage: str) -> None:
        """The bell rings every three seconds, as the panel's own does."""
        began = rung = time.perf_counter()
        while MailboxImport.objects.values_list("stage", flat=True).get(pk=batch.pk) != stage:
            now = time.perf_counter()
            assert now - began < PATIENCE, f"not {stage}: {batch.problem}"
            if now - rung > BELL:
                rung = now
                ring(MailboxImport.objects.values_list("last_job", flat=True).get(pk=batch.pk))
            time.sleep(LOOK)

    def verify(self) -> float:
        """From *Siguiente*: job, reading, every error found, rows stored."""
        batch = self.taken_in(self.file(ROWS))
        started = time.perf_counter()
        begin_verification(actor=self.actor, batch=batch, mapping=batch.mapping)
        drain(turn=timedelta(minutes=5))
        seconds = time.perf_counter() - started
        batch.refresh_from_db()
        assert batch.counts == {"0": ROWS // 100, "4": ROWS - ROWS // 100}, batch.counts
        self.rows = list(ImportRow.objects.filter(batch=batch))
        batch.delete()
        return ROWS / seconds

    def bulk_rows(self) -> float:
        batch = self.taken_in(self.file(1))
        for row in self.rows:
            row.pk, row.batch = None, batch
        started = time.perf_counter()
        ImportRow.objects.bulk_create(self.rows, batch_size=2000)
        seconds = time.perf_counter() - started
        batch.delete()
        return ROWS / seconds

    def finalize(self) -> float:
        return (ROWS - ROWS // 100) / self._finalize(self.verified(self.file(ROWS)))

    def _finalize(self, batch: MailboxImport) -> float:
        """Seconds from the click until the import says that it is done, with the two processes of a worker."""
        ready = batch.counts["4"]
        started = time.perf_counter()
        finalize_import(actor=self.actor, batch=batch, options=Options())
        self._wait_for(batch, MailboxImport.Stage.FINISHED)
        seconds = time.perf_counter() - started
        batch.refresh_from_db()
        assert batch.counts["6"] == ready, batch.counts
        return seconds

    def bulk_mailboxes(self) -> float:
        mark = next(_numbers)
        boxes = [
            Mailbox(
                account=self.subscription.account,
                subscription=self.subscription,
                mail_domain=self.domain,
                template=self.template,
                display_name=f"José Núñez {number}",
                address=f"base{mark}.{number}@{self.domain.name}",
                quota_mb=2048,
            )
            for number in range(ROWS)
        ]
        started = time.perf_counter()
        with transaction.atomic():
            Mailbox.objects.bulk_create(boxes, batch_size=2000)
        return ROWS / (time.perf_counter() - started)

    def finalize_with_passwords(self) -> float:
        return self._finalize(self.verified(self.file(WITH_PASSWORD, password="grapa-violeta-tejado")))

    def hash_alone(self) -> float:
        started = time.perf_counter()
        with ThreadPoolExecutor(HASHING_THREADS) as pool:
            list(pool.map(hash_password, [f"grapa-violeta-tejado-{number}" for number in range(WITH_PASSWORD)]))
        return time.perf_counter() - started

"""(b) Jobs per second with an instant driver: claim, attempt row, settle, action log, all on disk; against bare Celery tasks
of one UPDATE each. Real workers of two processes on both sides.

The workers are stopped (SIGSTOP) while a round's work is laid out, so that only carrying it out is measured: until the
last row is done and no message is left over.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import redis
from celery import current_app
from django.conf import settings
from django.db import connection

from accounts.actors import Actor
from accounts.models import Account, User
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.local.processes import spawn, wait_for
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many

JOBS = 400
BATCH = 4000
PATIENCE = 120.0


def run() -> list[Outcome]:
    connection.cursor().execute("CREATE TABLE IF NOT EXISTS bare_thing (id bigint PRIMARY KEY, is_done bool NOT NULL)")
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.flushdb()
    with worker("cloudpanel", "celery") as ours, worker("benchmarks.bare_celery", "bare") as theirs:
        bench = Bench(ours, theirs, broker)
        return [
            compare(
                "engine, jobs one by one, vs. bare Celery",
                ours=bench.one_by_one,
                baseline=bench.bare,
                bar=Bar(1.0, at_least=True),
                unit="/s",
            ),
            compare(
                "engine, a batch of one kind, vs. bare Celery",
                ours=bench.batch,
                baseline=bench.bare,
                bar=Bar(5.0, at_least=True),
                unit="/s",
            ),
        ]


class Bench:
    def __init__(self, ours: psutil.Process, theirs: psutil.Process, broker: redis.Redis) -> None:
        self.ours, self.theirs, self.broker = ours, theirs, broker
        self.account, _ = Account.objects.get_or_create(legal_name="Banco de pruebas")
        person = User.objects.filter(email="banco@panel.example").first()
        self.actor = Actor(user=person or User.objects.create_user("banco@panel.example", name="Banco"))

    def bare(self) -> float:
        from benchmarks.bare_celery import update

        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bare_thing")
            cursor.execute("INSERT INTO bare_thing SELECT n, false FROM generate_series(1, %s) n", [JOBS])
        with paused(self.theirs):
            for number in range(JOBS):
                update.delay(number + 1)
        return self._rate(JOBS, "SELECT NOT EXISTS (SELECT 1 FROM bare_thing WHERE NOT is_done)", "bare")

    def one_by_one(self) -> float:
        self._clear()
        with paused(self.ours):
            for number in range(JOBS):
                enqueue(
                    actor=self.actor, account=self.account, operation="benchmarks.single", lock_key=f"banco:{number}"
                )
        return self._rate(JOBS, NONE_LEFT, "celery")

    def batch(self) -> float:
        self._clear()
        with paused(self.ours):
            enqueue_many(
                actor=self.actor,
                account=self.account,
                operation="benchmarks.batch",
                jobs=[NewJob(f"banco:{number}") for number in range(BATCH)],
            )
        return self._rate(BATCH, NONE_LEFT, "celery")

    def _clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_CLEAR)

    def _rate(self, count: int, is_done: str, queue: str) -> float:
        """Per second, from the moment at which the worker goes on."""
        started = time.perf_counter()

        def over() -> bool:
            with connection.cursor() as cursor:
                cursor.execute(is_done)
                return bool(cursor.fetchone()[0]) and not self.broker.llen(queue)

        assert wait_for(over, seconds=PATIENCE), "the worker did not finish"
        return count / (time.perf_counter() - started)


_CLEAR = """
DELETE FROM provisioning_jobattempt WHERE job_id IN (SELECT id FROM provisioning_job WHERE operation LIKE 'benchmarks.%');
DELETE FROM provisioning_job WHERE operation LIKE 'benchmarks.%'
"""
# Other benchmarks leave jobs behind that are due in a hundred years.
NONE_LEFT = """
SELECT NOT EXISTS (
    SELECT 1 FROM provisioning_job WHERE state IN ('queued', 'running') AND operation LIKE 'benchmarks.%'
)"""


@contextmanager
def worker(app: str, queue: str, *, settings_module: str = "benchmarks.engine_settings") -> Iterator[psutil.Process]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings_module}
    command: list[str | Path] = [sys.executable, "-m", "celery", "--quiet", "-A", app, "worker", "-c", "2", "-Q", queue]
    command += ["-n", f"bench-{queue}", "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"]
    process = spawn(command, env=environment, output=subprocess.DEVNULL, dies_with_parent=signal.SIGKILL)
    try:
        pings = current_app if queue == "celery" else _bare_app()
        assert wait_for(lambda: bool(pings.control.ping(timeout=0.5)), seconds=60), f"no worker of {app}"
        yield psutil.Process(process.pid)
    finally:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()
        process.wait()


def _bare_app():
    from benchmarks.bare_celery import app

    return app


@contextmanager
def paused(process: psutil.Process) -> Iterator[None]:
    family = [process, *process.children(recursive=True)]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in reversed(family):
            each.resume()

"""A panel of its own: PostgreSQL, Redis and workers that a test may stop, empty and kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import redis
from celery import current_app
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection

from accounts.actors import SYSTEM
from accounts.models import ActionLogEntry
from cloudpanel.core.env import celery_broker
from cloudpanel.core.management.commands.upgrade import collecting_less_garbage
from cloudpanel.local.environment import local_environment
from cloudpanel.local.places import ROOT, Places
from cloudpanel.local.postgres import MAIL_DATABASE, Postgres
from cloudpanel.local.processes import spawn, wait_for
from cloudpanel.local.redis import Redis
from cloudpanel.local.services import stop_services
from cloudpanel.provisioning.models import Job, JobAttempt, JobSecret, JobState
from cloudpanel.provisioning.services import enqueue
from tests.provisioning.faults.recorder import Recorder

PATIENCE = 60.0  # seconds; a slow machine is no failure
EMPTIED = ("provisioning_job", "provisioning_driverhealth", "provisioning_workerheartbeat", "accounts_actionlogentry")


class World:
    def __init__(self, places: Places, recorder_file: Path) -> None:
        self.places = places
        self.postgres = Postgres(places)
        self.redis = Redis(places)
        self.recorder = Recorder(recorder_file)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.recorder_file = recorder_file

    # --- services ------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        self.places.prepare()
        self.places.prepare_sockets()
        self.postgres.start(dies_with_parent=True)
        self.redis.start(dies_with_parent=True)

    def build_schema(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        with collecting_less_garbage():
            call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_actionlogentry DISABLE TRIGGER ALL")

    def end(self) -> None:
        self.kill_workers()
        stop_services(self.places)

    def clear(self) -> None:
        """Between tests. Workers stay up."""
        self.redis.start(dies_with_parent=True)
        empty(self.redis)
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(EMPTIED)} CASCADE")
        self.recorder.forget()

    def use_broker(self) -> None:
        """Makes this process ring in this world."""
        current_app.conf.broker_url = celery_broker(self.redis.url)
        forget_broker()

    # --- workers -------------------------------------------------------------------------------------------------
    def environment(self) -> dict[str, str]:
        return {
            **local_environment(self.places, self.postgres, self.redis),
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url,
            "DJANGO_SETTINGS_MODULE": "tests.provisioning.faults.panel_settings",
            "MAIL_DIRECTORY_URL": self.postgres.url(MAIL_DATABASE),
            "RECORDER_FILE": str(self.recorder_file),
            "PYTHONPATH": str(ROOT),
        }

    def start_worker(self, *, processes: int = 2, beat: bool = True) -> subprocess.Popen[bytes]:
        name = f"worker{len(self.workers)}"
        command: list[str | Path] = [sys.executable, "-m", "celery", "--quiet", "-A", "cloudpanel", "worker"]
        command += ["-n", name, "-c", str(processes), "--without-gossip", "--without-mingle", "-l", "WARNING"]
        if beat:
            command += ["-B", "-s", self.recorder_file.with_name(f"beat-{name}-{len(self.workers)}")]
        with self.places.log("worker").open("ab") as output:
            worker = spawn(command, env=self.environment(), cwd=ROOT, output=output, dies_with_parent=signal.SIGKILL)
        self.workers.append(worker)
        return worker

    def ensure_worker(self) -> None:
        """One worker with a dispatcher, as left by the test before, if it lives."""
        alive = [worker for worker in self.workers if worker.poll() is None]
        if not alive:
            self.start_worker()

    def kill_workers(self) -> None:
        """kill -9, the whole of it, at once."""
        for worker in self.workers:
            if worker.poll() is None:
                family = [*psutil.Process(worker.pid).children(recursive=True), psutil.Process(worker.pid)]
                for process in reversed(family):
                    _kill(process)
                worker.wait()
        self.workers.clear()

    # --- jobs ----------------------------------------------------------------------------------------------------
    def enqueue(self, thing: str, *behaviours: str, operation: str = "record", **fields: Any) -> Job:
        self.recorder.play(thing, *behaviours)
        return enqueue(
            actor=SYSTEM,
            account=None,
            operation=f"tests.provisioning.faults.{operation}",
            lock_key=thing,
            params={"cosa": thing},
            **fields,
        )

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Waits for a condition; a database that is away is a condition not met yet."""

        def holds() -> bool:
            try:
                return bool(condition())
            except (OperationalError, InterfaceError):
                connection.close()
                return False

        assert wait_for(holds, seconds=PATIENCE), f"not within {PATIENCE:.0f} s: {what}; {shown()}"

    def until_called(self, thing: str, times: int = 1) -> int:
        """The process that made the latest call."""
        self.until(lambda: len(self.recorder.callers(thing)) >= times, f"call {times} of {thing}")
        return self.recorder.callers(thing)[-1]

    def until_state(self, job: Job, state: JobState) -> Job:
        self.until(lambda: Job.objects.filter(pk=job.pk, state=state).exists(), f"{job} {state}")
        job.refresh_from_db()
        return job

    def assert_done_once(self, job: Job) -> None:
        """Nothing lost, nothing twice: one effect, one settlement, no secret, no lease left."""
        self.until_state(job, JobState.SUCCEEDED)
        assert self.recorder.effects(job.lock_key) == 1
        lines = ActionLogEntry.objects.filter(object_id=str(job.public_id))
        assert list(lines.values_list("action", flat=True)) == ["provisioning.job.succeeded"]
        assert not JobSecret.objects.filter(job=job).exists()
        assert job.provider_ref == f"ref-{job.lock_key}"
        assert not job.attempt_log.filter(outcome="running").exists()


def shown() -> str:
    """What a person who reads the failure of a test wants to know."""
    jobs = Job.objects.values("lock_key", "state", "attempts", "failure", "error_detail", "run_after")
    return f"{list(jobs)} {list(JobAttempt.objects.values_list('job_id', 'outcome', 'worker', 'detail'))}"


def forget_broker() -> None:
    current_app.amqp._producer_pool = None
    current_app._pool = None


def empty(server: Redis) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.flushall()


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return

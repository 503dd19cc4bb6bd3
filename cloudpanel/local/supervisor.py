"""``make run``: prepares what is missing, starts everything, shows one log, and ends everything it started."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import FrameType
from typing import IO

import psutil

from cloudpanel.local.cards import TEST_CARDS, card_gateway, has_local_gateway, offer_cards
from cloudpanel.local.children import Child, Children, end_leftovers
from cloudpanel.local.console import Console
from cloudpanel.local.mailboxes import choose_ports, mail_host
from cloudpanel.local.nameserver import has_dns, name_server, offer_hosting
from cloudpanel.local.places import ROOT, LocalError, Places
from cloudpanel.local.ports import answers, chosen_port, refuse_taken_port
from cloudpanel.local.postgres import Postgres
from cloudpanel.local.prepare import UNUSABLE_DATA
from cloudpanel.local.processes import PR_SET_PDEATHSIG
from cloudpanel.local.redis import Redis
from cloudpanel.local.registry import domain_registry, offer_domains
from cloudpanel.local.services import running_services
from cloudpanel.local.translations import compile_catalogs
from cloudpanel.local.ui_kit import ensure_ui_kit

DEMO_PEOPLE = {
    "admin@empresa.example": "administrator of Empresa Demo",
    "delegado@empresa.example": "manages one delegated subscription",
    "usuario@empresa.example": "service user",
    "admin@otra.example": "administrator of another customer",
    "soporte@panel.example": "support staff, /admin/",
}
ROOT_WARNING = "ignore:You're running the worker with superuser"  # as root, where local mode runs too
SERVICES_CHECK_EVERY = 2.0  # seconds
LAST_WORDS = 40  # lines of what went wrong


class Supervisor:
    """One ``make run``. Single-threaded on purpose (see Children)."""

    def __init__(self) -> None:
        self.console = Console()
        self.places = Places.of("run")
        self.port = chosen_port()
        self.interruptions = 0
        self.is_up = False
        self.began = time.monotonic()
        self.next_check = 0.0

    def run(self) -> int:
        self.places.prepare()
        with (self.places.home / "run.lock").open("a+") as lock:
            self._take(lock)
            self._clean_up()
            refuse_taken_port(self.port)
            _end_with_make()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._interrupt)
            ensure_ui_kit()
            compile_catalogs(ROOT / "locale")
            self.console.say("Starting PostgreSQL and Redis.")
            with running_services(self.places, dies_with_parent=True) as environment:
                choose_ports(environment)
                offer_cards(environment)
                offer_domains(self.places, environment)
                offer_hosting(self.places, environment)
                return self._run_with(environment)

    def _run_with(self, environment: dict[str, str]) -> int:
        self._prepare_database(environment)
        children = Children(self.console, environment, self._record)
        self.is_up = True
        try:
            peers = [*mail_host(self.places, environment, self.console)]
            peers += card_gateway(self.places, environment, self.console)
            peers += domain_registry(self.places, environment)
            peers += name_server(self.places, environment, self.console)
            for child in [*programs(self.port, self.places), *peers]:
                children.start(child)
            self._watch(children, environment)
        finally:
            self.console.say("Ending everything...")
            asked = self.interruptions
            children.end_all(lambda: self.interruptions > asked)
        self.console.say("Ended. The data stays in .local/; `make run` goes on with it.")
        return 0

    def _watch(self, children: Children, environment: MutableMapping[str, str]) -> None:
        announced = False
        while not self.interruptions:
            children.tend(0.2)
            if not announced and answers(self.port):
                announced = True
                self._announce(environment, has_mail=any(child.name == "dovecot" for child in children.children))
            if announced and time.monotonic() > self.next_check:
                self._look_after_services(environment)
                self.next_check = time.monotonic() + SERVICES_CHECK_EVERY

    def _announce(self, environment: MutableMapping[str, str], *, has_mail: bool) -> None:
        address = f"http://127.0.0.1:{self.port}"
        width = max(map(len, DEMO_PEOPLE))
        self.console.banner(
            [
                f"Ready after {time.monotonic() - self.began:.0f} s:  {address}",
                f"Sent e-mail:        {address}/correo-local/",
                *([f"Mailboxes (IMAP):   127.0.0.1:{environment['MAIL_IMAP_PORT']}"] if has_mail else []),
                *([f"Mail to them (SMTP): 127.0.0.1:{environment['MAIL_SMTP_PORT']}"] if has_mail else []),
                *(
                    [f"Name server (DNS): 127.0.0.1, port {environment['ZONE_PRIMARY_PORT']}"]
                    if has_dns(environment)
                    else []
                ),
                *([f"Cards:              {TEST_CARDS}"] if has_local_gateway(environment) else []),
                "",
                f"Sign in with the password  {environment['DEMO_PASSWORD']}  as",
                *(f"  {email:<{width}}  {role}" for email, role in DEMO_PEOPLE.items()),
                "",
                "Ctrl-C ends everything.",
            ]
        )

    def _look_after_services(self, environment: Mapping[str, str]) -> None:
        postgres, redis = Postgres(self.places), Redis(self.places)
        if environment["DATABASE_URL"] == postgres.url() and postgres.process() is None:
            self.console.say("PostgreSQL has ended; starting it again.")
            postgres.start(dies_with_parent=True)
        if environment["REDIS_URL"] == redis.url and redis.process() is None:
            self.console.say("Redis has ended; starting it again.")
            redis.start(dies_with_parent=True)

    def _prepare_database(self, environment: Mapping[str, str]) -> None:
        self.console.say("Bringing the database up to date.")
        said: list[str] = []
        with subprocess.Popen(
            [sys.executable, "-u", "-m", "cloudpanel.local.prepare"],
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as preparing:
            try:
                for line in preparing.stdout or ():
                    said.append(line.rstrip())
                    self.console.line("migrate", said[-1])
            except BaseException:  # Ctrl-C or SIGTERM: what one migration has not finished, the next start does
                preparing.kill()
                raise
        if preparing.returncode == UNUSABLE_DATA:
            raise LocalError(
                f"{said[-1]}.\nGo back to the version that the data in .local/ is of, or throw the data away with `make reset`."
            )
        if preparing.returncode != 0:
            raise LocalError("The database could not be prepared:\n" + "\n".join(said[-LAST_WORDS:]))

    @property
    def _record(self) -> Path:
        return self.places.home / "processes.json"

    def _take(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LocalError(
                f"The panel is already running from this tree: {lock.read().strip() or 'it is just starting'}.\n"
                "End it with Ctrl-C where it was started, then try again."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://127.0.0.1:{self.port}")
        lock.flush()

    def _clean_up(self) -> None:
        names = end_leftovers(self._record)
        for name, service in (("redis", Redis(self.places)), ("postgres", Postgres(self.places))):
            if service.process() is not None and not (self.places.home / "keep").exists():
                service.stop()
                names.append(name)
        if names:
            self.console.say(f"An earlier run was killed; ended what it left behind: {', '.join(names)}.")

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.interruptions += 1
        if not self.is_up:  # whatever is being installed, started or migrated stops here
            raise KeyboardInterrupt


def programs(web_port: int, places: Places) -> list[Child]:
    """What runs besides PostgreSQL and Redis."""
    python: list[str | Path] = [sys.executable, "-m"]
    is_developing = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}
    web = ["gunicorn", "cloudpanel.wsgi", "--bind", f"127.0.0.1:{web_port}", "--workers", "2"]
    # Browsers open connections ahead of time and leave them silent: without a proxy in front each would hold a worker.
    web += ["--threads", "8"]
    web += ["--limit-request-line", "0"]  # ten thousand letters in a search get the form's words, not gunicorn's 414
    web += ["--access-logfile", "-", "--access-logformat", "%(m)s %(U)s -> %(s)s in %(M)s ms", "--log-level", "warning"]
    web += ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []
    web += ["--reload"] if is_developing else ["--preload"]
    celery = ["celery", "--quiet", "-A", "cloudpanel"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--concurrency", "2", "--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(places.home / "beat-schedule"), "--pidfile="]
    return [
        Child("web", [*python, *web], patience=10.0),
        # SIGTERM lets a job in hand finish; SIGKILL does not, and the lease of the job brings it back.
        Child(
            "worker", [sys.executable, "-W", ROOT_WARNING, "-m", *worker], death_signal=signal.SIGKILL, patience=15.0
        ),
        Child("beat", [*python, *beat], patience=5.0),
    ]


def _end_with_make() -> None:
    """When ``make`` itself is killed with -9, the kernel tells us to end; a shell may go away without us."""
    try:
        is_from_make = psutil.Process(os.getppid()).name() in {"make", "gmake"}
    except psutil.NoSuchProcess:
        return
    if is_from_make and sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)

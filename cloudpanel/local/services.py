"""PostgreSQL and Redis for whoever needs them: started by the first, stopped by the last."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from cloudpanel.local.environment import local_environment
from cloudpanel.local.places import LocalError, Places
from cloudpanel.local.postgres import Postgres
from cloudpanel.local.redis import Redis


@contextmanager
def running_services(places: Places, *, dies_with_parent: bool = False) -> Iterator[dict[str, str]]:
    """The environment in which the panel finds its database and queue; those already named are left alone."""
    places.prepare()
    wanted = [name for name in ("DATABASE_URL", "REDIS_URL") if name not in os.environ]
    if "DATABASE_URL" not in wanted and "MAIL_DIRECTORY_URL" not in os.environ:
        raise LocalError(
            "DATABASE_URL names a server of yours: name the database of the mail directory too, MAIL_DIRECTORY_URL."
        )
    postgres, redis = Postgres(places), Redis(places)
    with (places.home / "users.lock").open("w") as users:
        with _alone(places):
            fcntl.flock(users, fcntl.LOCK_SH)
            places.prepare_sockets()
            if "DATABASE_URL" in wanted:
                postgres.start(dies_with_parent=dies_with_parent)
            if "REDIS_URL" in wanted:
                redis.start(dies_with_parent=dies_with_parent)
            environment = local_environment(places, postgres, redis)
        try:
            yield environment
        finally:
            with _alone(places):
                if _is_last(users) and not _kept(places):
                    _stop(places)


def run_command(places: Places, command: Sequence[str], *, keep: bool = False) -> int:
    """Run ``command`` among the services and return its exit status. With ``keep`` they stay up afterwards."""
    places.prepare()
    if keep:
        _keep_file(places).touch()
    with running_services(places) as environment:
        return _run_passing_signals(command, environment)


def stop_services(places: Places) -> None:
    """Stop what ``--keep`` or a killed run left behind."""
    places.prepare()
    _keep_file(places).unlink(missing_ok=True)
    with _alone(places):
        _stop(places)


def _stop(places: Places) -> None:
    Redis(places).stop()
    Postgres(places).stop()
    shutil.rmtree(places.sockets, ignore_errors=True)


def _run_passing_signals(command: Sequence[str], environment: Mapping[str, str]) -> int:
    child = subprocess.Popen(list(command), env=dict(environment))

    def pass_on(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:  # the terminal has sent that one to the child too
            child.send_signal(number)

    previous = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        code = child.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


@contextmanager
def _alone(places: Places) -> Iterator[None]:
    """Starting and stopping is done by one process at a time."""
    with (places.home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _keep_file(places: Places) -> Path:
    return places.home / "keep"


def _kept(places: Places) -> bool:
    return _keep_file(places).exists()

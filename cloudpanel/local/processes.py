"""Starting, recognising and ending processes so that none outlives the one who started it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

PR_SET_PDEATHSIG = 1  # prctl(2): the kernel sends this signal when the parent dies, even by kill -9
START_TIME_TOLERANCE = 2.0  # seconds; a pid that started at another time is another process


@dataclass(frozen=True)
class Recorded:
    """A process remembered on disk. The start time tells it from a later one with the same pid."""

    name: str
    pid: int
    started: float

    @classmethod
    def now(cls, name: str, pid: int) -> Recorded:
        return cls(name, pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < START_TIME_TOLERANCE
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
    output: int | IO[bytes] = subprocess.DEVNULL,
    dies_with_parent: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in its own session, as ``user``; with ``dies_with_parent`` the kernel ends it when we end."""
    return subprocess.Popen(
        [str(part) for part in command],
        env=dict(env) if env is not None else None,
        cwd=cwd,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_tie_to_parent(dies_with_parent) if dies_with_parent else None,  # noqa: PLW1509 (one thread only)
    )


def _tie_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return tie


def end(process: psutil.Process, *signals: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn and wait that many seconds; whatever is left of its session is killed."""
    children = _descendants(process)
    for number, patience in signals:
        try:
            process.send_signal(number)
            process.wait(patience)
            break
        except psutil.NoSuchProcess:
            break
        except psutil.TimeoutExpired:
            continue
    for child in (process, *children):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        children: list[psutil.Process] = process.children(recursive=True)
        return children
    except psutil.NoSuchProcess:
        return []


def wait_for(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Ask ``condition`` every 20 ms until it holds or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True

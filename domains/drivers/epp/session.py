"""Connections to one registry: signed in, checked before use, given back after it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from epptools import Client, Config
from epptools.exceptions import CommandException, ConnectionException, EppException

T = TypeVar("T")
STALE = 60.0  # seconds of silence after which a connection proves by <hello> that it lives
ENDED = frozenset({2500, 2501, 2502})


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach a registry. Certificates are PEM files; the server's is always verified, with its name."""

    host: str
    registrar: str
    password: str = field(repr=False)
    port: int = 700
    ca_file: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    connect_timeout: float = 10.0
    answer_timeout: float = 30.0
    connections: int = 2


class Sessions:
    """At most ``connections`` at once: registries limit them. Who finds none waits."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._password = settings.password
        self._idle: list[tuple[Client, float]] = []
        self._room = threading.BoundedSemaphore(settings.connections)
        self._lock = threading.Lock()

    def ask(self, question: Callable[[Client], T]) -> T:
        """For what may be asked twice: a connection that turns out to be dead is replaced once."""
        try:
            with self.client() as client:
                return question(client)
        except ConnectionException:
            with self.client(fresh=True) as client:
                return question(client)

    def order(self, command: Callable[[Client], T]) -> T:
        """For what changes something: sent once. A lost answer is the caller's to look into."""
        with self.client() as client:
            return command(client)

    @contextmanager
    def client(self, *, fresh: bool = False) -> Iterator[Client]:
        with self._room:
            client = self._take(fresh)
            try:
                yield client
            except CommandException as error:
                self._give_back(client, is_alive=error.epp_code not in ENDED)
                raise
            except BaseException:
                client.disconnect()
                raise
            self._give_back(client, is_alive=client.is_connected())

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for client, _since in idle:
            with suppress(EppException):
                client.logout()
            client.disconnect()

    def _take(self, fresh: bool) -> Client:
        while not fresh:
            with self._lock:
                if not self._idle:
                    break
                client, since = self._idle.pop()
            if time.monotonic() - since < STALE or _lives(client):
                return client
            client.disconnect()
        return self._sign_in()

    def _sign_in(self, new_password: str | None = None) -> Client:
        settings = self._settings
        config = Config(
            host=settings.host,
            port=settings.port,
            clid=settings.registrar,
            password=self._password,
            ca_file=settings.ca_file,
            client_cert=settings.client_certificate,
            client_key=settings.client_key,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.answer_timeout,
            # Two clients of one second and process would number alike, and registries refuse a clTRID twice.
            cltrid_prefix=f"P{secrets.token_hex(6)}",
        )
        client = Client(config)
        try:
            client.connect()
            client.login(new_password)
        except BaseException:
            client.disconnect()
            raise
        return client

    def _give_back(self, client: Client, *, is_alive: bool) -> None:
        if not is_alive:
            client.disconnect()
            return
        with self._lock:
            self._idle.append((client, time.monotonic()))

    def change_password(self, new_password: str) -> None:
        """RFC 5730, 2.9.1.1: at a sign-in of its own. From now on all new connections use it."""
        with self._room:
            client = self._sign_in(new_password)
            self._password = new_password
            self._give_back(client, is_alive=True)


def _lives(client: Client) -> bool:
    try:
        client.hello()
    except EppException:
        return False
    return True

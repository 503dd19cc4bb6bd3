"""One connection to the directory per process and thread, and the one way in which a transaction is run on it.

Celery's prefork workers inherit whatever their parent had open; a connection used by two processes answers one with
the other's results. So a connection is used only by the process and thread that opened it. (psycopg2 does not close an
inherited connection either: it remembers the process that opened it.)
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 (it is a class)
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from cloudpanel.provisioning.errors import ConfigurationError, TransientError
from exchange.drivers.directory.failures import driver_error
from exchange.drivers.refusals import PROVIDER

T = TypeVar("T")


@dataclass(frozen=True)
class ConnectionSettings:
    """How to reach the directory. All times in seconds.

    ``dsn`` is a libpq connection string or URL. ``statement_timeout`` and ``lock_timeout`` are kept by the server,
    ``call_timeout`` by us: it ends a whole call even when the server has stopped answering without closing the line.
    """

    dsn: str
    connect_timeout: int = 5
    statement_timeout: float = 30.0
    lock_timeout: float = 10.0
    call_timeout: float = 60.0
    keepalives_idle: int = 15
    keepalives_interval: int = 5
    keepalives_count: int = 3
    application_name: str = "cloudpanel-mail"

    @classmethod
    def from_mapping(cls, config: Mapping[str, Any]) -> ConnectionSettings:
        """Raise ConfigurationError for a missing address or an unknown setting: a typing error must not be ignored."""
        unknown = set(config) - {each.name for each in fields(cls)}
        if unknown or not config.get("dsn"):
            reason = f"unknown settings {sorted(unknown)}" if unknown else "no dsn (MAIL_DIRECTORY_URL)"
            raise ConfigurationError(f"mail directory: {reason}", provider=PROVIDER)
        return cls(**config)

    def connect(self) -> Connection:
        """Open a connection. Raises psycopg2 errors."""
        milliseconds = f"-c statement_timeout={self.statement_timeout * 1000:.0f}"
        milliseconds += f" -c lock_timeout={self.lock_timeout * 1000:.0f}"
        milliseconds += f" -c idle_in_transaction_session_timeout={self.call_timeout * 1000:.0f}"
        opened: Connection = psycopg2.connect(
            self.dsn,
            connect_timeout=self.connect_timeout,
            options=milliseconds,
            application_name=self.application_name,
            client_encoding="UTF8",
            keepalives=1,
            keepalives_idle=self.keepalives_idle,
            keepalives_interval=self.keepalives_interval,
            keepalives_count=self.keepalives_count,
            # Sent data that nobody acknowledges: keepalives do not cover that.
            tcp_user_timeout=(self.keepalives_idle + self.keepalives_interval * self.keepalives_count) * 1000,
        )
        return opened


class DirectoryConnection:
    """Runs transactions on this thread's connection, opened when first needed and again after it was lost."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings
        self._here = threading.local()

    def run(self, work: Callable[[Cursor], T]) -> T:
        """Run ``work`` in one transaction, commit, return its result.

        A connection that died while it was idle (the database restarted) is noticed only when it is used, so the first
        loss on a *kept* connection is answered by one more try on a fresh one. That is safe because all work here may
        be repeated. Errors come out as the engine's; an unexpected one as it is.
        """
        kept = self._kept()
        if kept is not None:
            try:
                return self._transaction(kept, work)
            except psycopg2.Error as error:
                if not kept.closed:
                    raise self._translated(error) from error
        try:
            return self._transaction(self._open(), work)
        except psycopg2.Error as error:
            raise self._translated(error) from error

    def close(self) -> None:
        """Give back this thread's connection."""
        kept = self._kept()
        if kept is not None:
            self._here.connection = None
            kept.close()

    def _kept(self) -> Connection | None:
        if getattr(self._here, "pid", None) != os.getpid():
            return None
        kept: Connection | None = self._here.connection
        return None if kept is None or kept.closed else kept

    def _open(self) -> Connection:
        self._here.connection = self.settings.connect()
        self._here.pid = os.getpid()
        opened: Connection = self._here.connection
        return opened

    def _transaction(self, connection: Connection, work: Callable[[Cursor], T]) -> T:
        with _ended_after(self.settings.call_timeout, connection):
            try:
                with connection.cursor() as cursor:
                    result = work(cursor)
                connection.commit()
                return result
            except BaseException:
                self._roll_back(connection)
                raise

    @staticmethod
    def _roll_back(connection: Connection) -> None:
        """Leave the connection ready for the next call, or closed."""
        try:
            if not connection.closed:
                connection.rollback()
        except psycopg2.Error:
            connection.close()

    @staticmethod
    def _translated(error: psycopg2.Error) -> Exception:
        return driver_error(error) or error


@contextmanager
def _ended_after(seconds: float, connection: Connection) -> Iterator[None]:
    """Cut the line under a call that takes too long.

    libpq waits for an answer without limit, and a frozen server host keeps acknowledging at the TCP level. Shutting the
    socket down from a second thread makes libpq see an end of file: the call fails as a lost connection.
    """
    overdue = threading.Event()

    def cut() -> None:
        overdue.set()
        # A duplicate of the descriptor: libpq remains the owner of its own.
        with suppress(OSError, psycopg2.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg2.Error as error:
        if overdue.is_set():
            raise TransientError(f"no answer within {seconds:g} s", provider=PROVIDER) from error
        raise
    finally:
        timer.cancel()

"""A remote system of its own (an SQLite file): it does what its script says and remembers every call and every effect.

It knows nothing of the panel's PostgreSQL and Redis, so it can tell what really happened while those were away.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudpanel.local.processes import wait_for
from cloudpanel.provisioning.errors import TransientError

SCHEMA = """
CREATE TABLE IF NOT EXISTS script (thing TEXT, position INTEGER, behaviour TEXT);
CREATE TABLE IF NOT EXISTS calls (thing TEXT, key TEXT, pid INTEGER);
CREATE TABLE IF NOT EXISTS effects (thing TEXT, key TEXT, pid INTEGER);
CREATE TABLE IF NOT EXISTS gates (name TEXT);
CREATE TABLE IF NOT EXISTS inside (pid INTEGER);
CREATE TABLE IF NOT EXISTS crowd (size INTEGER);
"""
PATIENCE = 120  # seconds; a gate that nobody opens is a broken test


class Recorder:
    def __init__(self, path: str | Path | None = None) -> None:
        self.path = str(path or os.environ["RECORDER_FILE"])
        with self._open() as db:
            db.executescript(SCHEMA)

    # --- what the worker calls -----------------------------------------------------------------------------------
    def ensure(self, thing: str, key: str) -> None:
        """Looks, then makes: the ensure that every operation has to be."""
        behaviour = self._begin(thing, key)
        if behaviour == "wait":
            self._await(thing)
        elif behaviour == "hang":
            self._await("never")
        elif behaviour == "hang deaf":
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
            ctypes.CDLL(None).sleep(PATIENCE)  # stuck inside a C library, where Python's alarm does not reach
        elif behaviour == "down" and not self.is_open("up"):
            raise TransientError("connection refused")
        with self._open() as db:
            if not db.execute("SELECT 1 FROM effects WHERE key = ?", [key]).fetchone():
                db.execute("INSERT INTO effects VALUES (?, ?, ?)", [thing, key, os.getpid()])
        if behaviour == "made, then wait":
            self._await(thing)

    def _begin(self, thing: str, key: str) -> str:
        with self._open() as db:
            db.execute("INSERT INTO calls VALUES (?, ?, ?)", [thing, key, os.getpid()])
            rows = db.execute("SELECT behaviour FROM script WHERE thing = ? ORDER BY position", [thing]).fetchall()
            number = db.execute("SELECT count(*) FROM calls WHERE thing = ?", [thing]).fetchone()[0]
        return rows[min(number, len(rows)) - 1][0] if rows else "ok"

    def _await(self, gate: str) -> None:
        assert wait_for(lambda: self.is_open(gate), seconds=PATIENCE), f"nobody opened {gate}"

    @contextmanager
    def counted(self) -> Iterator[None]:
        """How many calls are inside at once."""
        with self._open() as db:
            db.execute("INSERT INTO inside VALUES (?)", [os.getpid()])
            db.execute("INSERT INTO crowd SELECT count(*) FROM inside")
        try:
            yield
        finally:
            with self._open() as db:
                db.execute("DELETE FROM inside WHERE pid = ?", [os.getpid()])

    # --- what the test asks --------------------------------------------------------------------------------------
    def play(self, thing: str, *behaviours: str) -> None:
        with self._open() as db:
            db.executemany("INSERT INTO script VALUES (?, ?, ?)", [(thing, n, b) for n, b in enumerate(behaviours)])

    def open_gate(self, name: str) -> None:
        with self._open() as db:
            db.execute("INSERT INTO gates VALUES (?)", [name])

    def is_open(self, name: str) -> bool:
        with self._open() as db:
            return db.execute("SELECT 1 FROM gates WHERE name = ?", [name]).fetchone() is not None

    def callers(self, thing: str) -> list[int]:
        """The process of each call."""
        with self._open() as db:
            return [row[0] for row in db.execute("SELECT pid FROM calls WHERE thing = ?", [thing])]

    def effects(self, thing: str) -> int:
        with self._open() as db:
            return int(db.execute("SELECT count(*) FROM effects WHERE thing = ?", [thing]).fetchone()[0])

    def greatest_crowd(self) -> int:
        with self._open() as db:
            return int(db.execute("SELECT coalesce(max(size), 0) FROM crowd").fetchone()[0])

    def forget(self) -> None:
        with self._open() as db:
            for table in ("script", "calls", "effects", "gates", "inside", "crowd"):
                db.execute(f"DELETE FROM {table}")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=30, isolation_level="IMMEDIATE")
        try:
            db.execute("PRAGMA synchronous = OFF")
            with db:
                yield db
        finally:
            db.close()

"""RDAP (RFC 9082, RFC 9083) with whoisit, which reads the answers. The fetching is ours: it ends in time, stops at a
size and follows nothing that a server names."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from whoisit import parser
from whoisit.bootstrap import Bootstrap
from whoisit.errors import WhoisItError

from domains.drivers.lookup.found import Found, Standing, believable, unknown

LARGEST = 512 * 1024  # bytes
SOURCE = "rdap"
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])T\d\d:\d\d:\d\d")  # RFC 3339


class RdapClient:
    """``servers``: ending → base address (IANA's bootstrap file for DNS, RFC 9224, says them)."""

    def __init__(self, servers: Mapping[str, str], *, seconds: float = 8.0) -> None:
        self._servers = {ending: address.rstrip("/") for ending, address in servers.items()}
        self._seconds = seconds

    def knows(self, ending: str) -> bool:
        return ending in self._servers

    def find(self, name: str, ending: str) -> Found:
        try:
            status, body = self._fetch(f"{self._servers[ending]}/domain/{name}")
        except (OSError, HTTPException, ValueError) as error:
            return unknown(name, SOURCE, f"{type(error).__name__}: {error}")
        if status == 404 and not body.lstrip().startswith(b"<"):  # a page is what a proxy or a wrong address says
            return Found(name, Standing.FREE, SOURCE)
        if status != 200:
            return unknown(name, SOURCE, f"status {status}")
        return read_answer(name, body)

    def _fetch(self, address: str) -> tuple[int, bytes]:
        """Status and body, no redirect followed. A timer breaks the connection: a server that sends a byte a second would
        outlive every timeout between two of them. Raises OSError, HTTPException, ValueError."""
        parts = urlsplit(address)
        connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = connection_class(parts.hostname or "", parts.port, timeout=min(3.0, self._seconds))
        is_over = threading.Event()
        with closing(connection):
            connection.connect()
            timer = threading.Timer(self._seconds, _break_off, (connection.sock, is_over))
            timer.start()
            try:
                connection.request("GET", parts.path, headers={"Accept": "application/rdap+json"})
                answer = connection.getresponse()
                body = answer.read(LARGEST + 1)
            finally:
                timer.cancel()
        if is_over.is_set() or len(body) > LARGEST:
            raise ValueError("too slow" if is_over.is_set() else "too large")
        return answer.status, body


def _break_off(line: socket.socket, is_over: threading.Event) -> None:
    is_over.set()
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


def read_answer(name: str, body: bytes) -> Found:
    try:
        raw = json.loads(body)
        if not isinstance(raw, dict) or raw.get("objectClassName") != "domain":
            return unknown(name, SOURCE, "not a domain")
        raw["events"] = _events(raw)
        read: dict[str, Any] = parser.parse(Bootstrap(), "domain", name, raw)
    except (WhoisItError, ValueError, TypeError, AttributeError, KeyError, RecursionError, OverflowError) as error:
        return unknown(name, SOURCE, f"{type(error).__name__}: {error}")
    if str(read.get("name", "")).lower().rstrip(".") != name:
        return unknown(name, SOURCE, f"the answer is about {read.get('name')}")
    registrars = (read.get("entities") or {}).get("registrar") or [{}]
    return Found(
        name,
        Standing.REGISTERED,
        SOURCE,
        registrar=str(registrars[0].get("name") or ""),
        created_at=_aware(read.get("registration_date")),
        expires_at=_aware(read.get("expiration_date")),
        transferred_at=_last_transfer(raw["events"]),
        statuses=frozenset(str(status) for status in read.get("status") or ()),
        nameservers=tuple(sorted(str(server).lower() for server in read.get("nameservers") or ())),
    )


def _events(raw: dict[str, Any]) -> list[Any]:
    """Those with a date in them: one that nobody can read must not take the rest of the answer with it."""
    events = raw.get("events")
    listed = [each for each in events if isinstance(each, dict)] if isinstance(events, list) else []
    return [each for each in listed if _DATE.match(str(each.get("eventDate")))]


def _last_transfer(events: list[Any]) -> datetime | None:
    """RFC 9083, 10.2.3: whoisit leaves this event out."""
    moments = []
    for each in events:
        if each.get("eventAction") == "transfer":
            with suppress(ValueError):
                moments.append(believable(datetime.fromisoformat(str(each["eventDate"]))))
    return max(filter(None, moments), default=None)


def _aware(value: object) -> datetime | None:
    return believable(value) if isinstance(value, datetime) else None

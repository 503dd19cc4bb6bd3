"""WHOIS (RFC 3912): our own socket, because a server may drip a byte a second for ever; python-whois reads the answer."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from whois.exceptions import PywhoisError, WhoisDomainNotFoundError
from whois.parser import WhoisEntry

from domains.drivers.lookup.found import Found, Standing, believable, unknown

LARGEST = 128 * 1024  # bytes
LONGEST_LINE, MOST_LINES = 500, 1000
"""What of it is read: the expressions of python-whois take minutes for a line of 128 KiB."""
SOURCE = "whois"
PORT = 43
# What registries write for a name that nobody has. A quota notice or garbage is none of these.
NOT_FOUND = re.compile(
    r"^\W*(no match|not found|no data found|no object found|no entries found|object[_ ]not[_ ]found|domain not found"
    r"|status:\s*(free|available)|.{0,80}is available for registration)",
    re.IGNORECASE | re.MULTILINE,
)
REFUSED = re.compile(r"(quota|limit|rate|too many|exceeded|denied|blocked|excedi)", re.IGNORECASE)


class WhoisClient:
    """``servers``: ending → host, or ``host:port``."""

    def __init__(self, servers: Mapping[str, str], *, seconds: float = 8.0) -> None:
        self._servers, self._seconds = dict(servers), seconds

    def knows(self, ending: str) -> bool:
        return ending in self._servers

    def find(self, name: str, ending: str) -> Found:
        host, _, port = self._servers[ending].partition(":")
        try:
            text = self._ask(host, int(port or PORT), name)
        except OSError as error:
            return unknown(name, SOURCE, f"{type(error).__name__}: {error}")
        return read_answer(name, text)

    def _ask(self, host: str, port: int, name: str) -> str:
        """All that comes until the server closes, the time is over or it is too much: what came so far is read."""
        deadline = time.monotonic() + self._seconds
        with socket.create_connection((host, port), timeout=min(3.0, self._seconds)) as connection:
            connection.sendall(f"{name}\r\n".encode("ascii"))
            parts: list[bytes] = []
            size = 0
            while size < LARGEST:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("the answer never ends")
                connection.settimeout(left)
                part = connection.recv(8192)
                if not part:
                    break
                parts.append(part)
                size += len(part)
        return b"".join(parts).decode("utf-8", "replace")


def read_answer(name: str, text: str) -> Found:
    text = "\n".join(line.rstrip()[:LONGEST_LINE] for line in text.splitlines()[:MOST_LINES])
    try:
        read: dict[str, Any] = WhoisEntry.load(name, text)
    except WhoisDomainNotFoundError:
        read = {}
    except (PywhoisError, ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        return unknown(name, SOURCE, f"{type(error).__name__}: {error}")
    if _is_about(name, read) and (read.get("registrar") or read.get("creation_date") or read.get("name_servers")):
        return Found(
            name,
            Standing.REGISTERED,
            SOURCE,
            registrar=_first(read.get("registrar")),
            created_at=_moment(read.get("creation_date"), earliest=True),
            expires_at=_moment(read.get("expiration_date"), earliest=False),
            statuses=frozenset(_first_words(read.get("status"))),
            nameservers=tuple(
                sorted({server.split()[0].lower() for server in _listed(read.get("name_servers")) if server.split()})
            ),
        )
    head = text[:2000]
    if NOT_FOUND.search(head) and not REFUSED.search(head.partition(":")[0]):
        return Found(name, Standing.FREE, SOURCE)
    return unknown(name, SOURCE, " ".join(text.split())[:200] or "empty answer")


def _is_about(name: str, read: Mapping[str, Any]) -> bool:
    return name in {each.lower().rstrip(".") for each in _listed(read.get("domain_name"))}


def _listed(value: object) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _first_words(value: object) -> list[str]:
    return [each.split()[0] for each in _listed(value) if each.split()]


def _first(value: object) -> str:
    return next(iter(_listed(value)), "").strip()


def _moment(value: object, *, earliest: bool) -> datetime | None:
    found = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, datetime)]
    aware = [moment for each in found if (moment := believable(each)) is not None]
    return (min(aware) if earliest else max(aware)) if aware else None

"""RDAP first, WHOIS where RDAP is not offered or does not know. Never raises for what the network does."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from domains.drivers.lookup.found import Found, Standing, unknown
from domains.drivers.lookup.rdap import RdapClient
from domains.drivers.lookup.servers import rdap_servers, whois_servers
from domains.drivers.lookup.whois_protocol import WhoisClient

REMEMBERED = 1000
KEEP = {Standing.REGISTERED: 600.0, Standing.FREE: 60.0, Standing.UNKNOWN: 15.0}
"""Seconds that an answer is repeated instead of asked for again: registries count questions."""


class DomainLookup:
    """``settings``: ``rdap`` and ``whois`` (ending → server), ``rdap_file`` and ``has_defaults`` (see servers.py), ``seconds``
    for each of both. Endings may have dots: the longest that fits counts."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        seconds = float(settings.get("seconds", 8.0))
        self._rdap = RdapClient(rdap_servers(settings), seconds=seconds)
        self._whois = WhoisClient(whois_servers(settings), seconds=seconds)
        self._known: OrderedDict[str, tuple[float, Found]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, name: str) -> Found:
        """``name`` is a lower-case A-label name without a final dot."""
        with self._lock:
            until, found = self._known.get(name, (0.0, unknown(name, "", "")))
        if until > time.monotonic():
            return found
        found = self._ask(name)
        with self._lock:
            self._known[name] = (time.monotonic() + KEEP[found.standing], found)
            self._known.move_to_end(name)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _ask(self, name: str) -> Found:
        reasons = []
        for client in (self._rdap, self._whois):
            ending = next((each for each in _endings(name) if client.knows(each)), "")
            if not ending:
                continue
            found = client.find(name, ending)
            if found.standing != Standing.UNKNOWN:
                return found
            reasons.append(f"{found.source}: {found.reason}")
        return unknown(name, "", "; ".join(reasons) or "no server is known for its ending")


def _endings(name: str) -> list[str]:
    """``a.com.mx`` → ``com.mx``, ``mx``."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(1, len(labels))]

"""Debian's Knot as the provider's primary server, on loopback, with the catalog zone that the product asks for."""

from __future__ import annotations

import base64
import secrets
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.resolver

from domains.drivers.dns.local_knot import CATALOG, KEY, KnotSettings, prepared_command


@dataclass
class Knot:
    folder: Path
    port: int = 0
    secret: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def start(self) -> None:
        self.port = self.port or _free_port()
        asked = KnotSettings(self.folder / "knot", self.port, self.secret, secondaries=["127.0.0.1"])
        command = prepared_command(asked)
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        wait_until_it_listens(self.port, self.folder / "log")

    def resolver(self) -> dns.resolver.Resolver:
        return resolver_at(self.port)

    def serves(self, zone: str) -> bool:
        return serves(self.port, zone)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    @property
    def settings(self) -> dict[str, object]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "key_name": KEY,
            "key_secret": self.secret,
            "catalog": CATALOG,
            "timeout": 3,
        }


def wait_until_it_listens(port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def resolver_at(port: int) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port, resolver.lifetime, resolver.timeout = ["127.0.0.1"], port, 0.5, 0.5
    return resolver


def serves(port: int, zone: str) -> bool:
    """Whether somebody answers for ``zone`` there."""
    try:
        return bool(resolver_at(port).resolve(zone, "SOA"))
    except (dns.exception.DNSException, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""Debian's Knot as the provider's primary server, on loopback."""

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

ZONE = """$ORIGIN {zone}.
$TTL 60
@ SOA ns1.proveedor.example. hostmaster.proveedor.example. 1 3600 600 86400 5
@ NS ns1.proveedor.example.
@ NS ns2.proveedor.example.
"""
CONFIG = """server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
    automatic-acl: off
database:
    storage: {folder}/db
key:
  - id: panel.
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: panel
    key: panel.
    action: [update, transfer]
template:
  - id: default
    storage: {folder}/zones
    file: "%s.zone"
    acl: panel
zone:
{zones}
"""


@dataclass
class Knot:
    folder: Path
    zones: tuple[str, ...]
    port: int = 0
    secret: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())

    def start(self) -> None:
        self.port = self.port or _free_port()
        (self.folder / "zones").mkdir(parents=True, exist_ok=True)
        (self.folder / "db").mkdir(exist_ok=True)
        for zone in self.zones:
            (self.folder / "zones" / f"{zone}.zone").write_text(ZONE.format(zone=zone))
        zones = "\n".join(f"  - domain: {zone}" for zone in self.zones)
        config = self.folder / "knot.conf"
        config.write_text(CONFIG.format(folder=self.folder, port=self.port, secret=self.secret, zones=zones))
        with (self.folder / "log").open("wb") as log:
            command = ["/usr/sbin/knotd", "-c", str(config)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                self.resolver().resolve(self.zones[-1], "SOA")
            except (dns.exception.DNSException, OSError):
                continue
            return
        raise AssertionError((self.folder / "log").read_text())

    def resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port, resolver.lifetime, resolver.timeout = ["127.0.0.1"], self.port, 0.5, 0.5
        return resolver

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    @property
    def settings(self) -> dict[str, object]:
        return {"host": "127.0.0.1", "port": self.port, "key_name": "panel.", "key_secret": self.secret, "timeout": 3}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

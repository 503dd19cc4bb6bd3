"""Debian's BIND on loopback: as a primary whose zones its operator makes, and as a secondary of Knot's catalog zone."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rdatatype
import dns.resolver

from domains.drivers.dns.local_knot import CATALOG, KEY, initial_zone
from tests.domains.knot import Knot, _free_port, resolver_at, serves, wait_until_it_listens

ZONE = "cliente.example"
_CONFIG = """options {{
    directory "{folder}"; managed-keys-directory "{folder}"; pid-file none; session-keyfile none;
    listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    recursion no; dnssec-validation no; notify no; empty-zones-enable no;
    allow-notify {{ 127.0.0.1; }};
    catalog-zones {{
        zone "{catalog}" default-primaries {{ 127.0.0.1 port {primary}; }} in-memory yes min-update-interval 0;
    }};
}};
controls {{ }};
key {key} {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "{zone}" {{ type primary; file "{zone}.zone"; allow-update {{ key {key}; }}; allow-transfer {{ key {key}; }}; }};
zone "{catalog}" {{ type secondary; primaries {{ 127.0.0.1 port {primary}; }}; }};
"""


@dataclass
class Bind:
    """The same key as Knot's, so the same settings but for the port and the catalog, which BIND reads as a secondary only."""

    folder: Path
    knot: Knot
    port: int = 0

    def start(self) -> None:
        self.port = self.port or _free_port()
        (self.folder / f"{ZONE}.zone").write_text(initial_zone(("ns1.panel.example", "ns2.panel.example")))
        config = self.folder / "named.conf"
        names = {"catalog": CATALOG, "primary": self.knot.port, "key": KEY, "secret": self.knot.secret, "zone": ZONE}
        config.write_text(_CONFIG.format(folder=self.folder, port=self.port, **names))
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/named", "-g", "-n", "1", "-c", str(config)], stdout=log, stderr=log, start_new_session=True
            )
        wait_until_it_listens(self.port, self.folder / "log")
        self.wait_for(ZONE)

    def resolver(self) -> dns.resolver.Resolver:
        return resolver_at(self.port)

    def wait_for(self, zone: str, *, is_served: bool = True) -> None:
        deadline = time.monotonic() + 20
        while serves(self.port, zone) != is_served:
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def tell(self, zone: str) -> None:
        """The primary's NOTIFY (RFC 1996): there is news."""
        message = dns.message.make_query(zone, dns.rdatatype.SOA)
        message.set_opcode(dns.opcode.NOTIFY)
        message.flags = dns.opcode.to_flags(dns.opcode.NOTIFY) | dns.flags.AA
        dns.query.udp(message, "127.0.0.1", 2, self.port)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)

    @property
    def settings(self) -> dict[str, object]:
        return self.knot.settings | {"port": self.port, "catalog": ""}

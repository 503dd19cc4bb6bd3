"""A small DNS on loopback: Knot with real zones, and servers beside it that do what a test tells them.

Knot is 127.0.0.1, where the panel's "public resolver" is, and 127.0.0.2, where ``ns1.empresa.test`` is. The told ones are
127.0.0.3 (``ns2``) and 127.0.0.4 (``ns3``). All use one port.
"""

from __future__ import annotations

import signal
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rrset

from tests.domains.knot import _free_port

Says = Callable[[dns.message.Message, bool], bytes | None]
"""(question, by TCP) → what goes over the wire; None keeps silent."""

ZONE = """$ORIGIN empresa.test.
$TTL 60
@ SOA ns1 hostmaster 1 3600 600 86400 5
@ NS ns1
@ NS ns2
@ NS ns3
ns1 A 127.0.0.2
ns2 A 127.0.0.3
ns3 A 127.0.0.4
@ MX 10 mail
mail A 192.0.2.1
_probado TXT "el-valor"
_probado TXT "otro" " partido"
_vacio A 192.0.2.1
_alias CNAME _probado
_bucle1 CNAME _bucle2
_bucle2 CNAME _bucle1
_prueba CNAME clave.comprobacion.panel.test.
{giant}
"""
GIANT = "\n".join(f'_gigante TXT "{"x" * 250}" "{number}"' for number in range(60))
ALONE = """$ORIGIN sola.test.
$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 5
@ NS ns
ns A 127.0.0.2
"""
CONFIG = """server:
    rundir: {folder}
    listen: [127.0.0.1@{port}, 127.0.0.2@{port}]
    automatic-acl: off
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
acl:
  - id: loopback
    address: 127.0.0.1
    action: update
database:
    storage: {folder}/db
template:
  - id: default
    storage: {folder}/zones
    file: "%s.zone"
    acl: loopback
zone:
  - domain: empresa.test
  - domain: sola.test
"""


class Told:
    """A DNS server over UDP and TCP of which the test says what it answers."""

    def __init__(self, address: str, port: int) -> None:
        self.says: Says = silence
        self._servers = [_Udp((address, port), _UdpHandler), _Tcp((address, port), _TcpHandler)]
        for server in self._servers:
            server.told = self  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads, allow_reuse_address = True, True


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True


class _UdpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, connection = self.request
        answer = self.server.told.says(dns.message.from_wire(data), False)  # type: ignore[attr-defined]
        if answer is not None:
            connection.sendto(answer, self.client_address)


class _TcpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        size = int.from_bytes(self.request.recv(2), "big")
        answer = self.server.told.says(dns.message.from_wire(self.request.recv(size)), True)  # type: ignore[attr-defined]
        if answer is not None:
            self.request.sendall(len(answer).to_bytes(2, "big") + answer)


def silence(query: dns.message.Message, by_tcp: bool) -> None:
    return None


def garbage(query: dns.message.Message, by_tcp: bool) -> bytes:
    return b"\x00\x01<html>no soy DNS</html>"


def cut_off(query: dns.message.Message, by_tcp: bool) -> bytes | None:
    """Truncated by UDP, and nobody at TCP."""
    answer = dns.message.make_response(query)
    answer.flags |= dns.flags.TC
    return None if by_tcp else answer.to_wire()


def failing(code: dns.rcode.Rcode) -> Says:
    def say(query: dns.message.Message, by_tcp: bool) -> bytes:
        answer = dns.message.make_response(query)
        answer.set_rcode(code)
        return answer.to_wire()

    return say


def referral(query: dns.message.Message, by_tcp: bool) -> bytes:
    """No error, no answer, not authoritative: the sign of a lame server."""
    return dns.message.make_response(query).to_wire()


def only_by_tcp(query: dns.message.Message, by_tcp: bool) -> bytes | None:
    """Nothing by UDP, as behind a firewall."""
    return txt("por TCP")(query, by_tcp) if by_tcp else None


def without_edns(query: dns.message.Message, by_tcp: bool) -> bytes | None:
    """FORMERR for what it does not know (RFC 6891, section 7)."""
    return failing(dns.rcode.FORMERR)(query, by_tcp) if query.edns >= 0 else txt("sin EDNS")(query, by_tcp)


def of_another_question(query: dns.message.Message, by_tcp: bool) -> bytes | None:
    other = dns.message.make_query("otra.test.", "TXT", id=query.id)
    return txt("x")(other, True)


def in_a_circle(query: dns.message.Message, by_tcp: bool) -> bytes:
    answer = dns.message.make_response(query)
    name = query.question[0].name
    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", name.to_text()))
    return answer.to_wire()


def counting_wrong(query: dns.message.Message, by_tcp: bool) -> bytes:
    """65,535 answers, it says, and has none."""
    wire = bytearray(dns.message.make_response(query).to_wire())
    wire[6:8] = b"\xff\xff"
    return bytes(wire)


def txt(*values: str) -> Says:
    """The same TXT records at every name."""

    def say(query: dns.message.Message, by_tcp: bool) -> bytes:
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        if values and query.question[0].rdtype == dns.rdatatype.TXT:
            quoted = [f'"{value}"' for value in values]
            answer.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "TXT", *quoted))
        wire = answer.to_wire(max_size=65535)
        return wire if by_tcp or len(wire) <= 1232 else cut_off(query, by_tcp)

    return say


class DnsWorld:
    def __init__(self, folder: Path, port: int = 0) -> None:
        self.port = port or _free_port()
        (folder / "zones").mkdir()
        (folder / "db").mkdir()
        (folder / "zones/empresa.test.zone").write_text(ZONE.format(giant=GIANT))
        (folder / "zones/sola.test.zone").write_text(ALONE)
        config = folder / "knot.conf"
        config.write_text(CONFIG.format(folder=folder, port=self.port))
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._knot = subprocess.Popen(
                ["/usr/sbin/knotd", "-c", str(config)], stdout=log, stderr=log, start_new_session=True
            )
        self.ns2, self.ns3 = Told("127.0.0.3", self.port), Told("127.0.0.4", self.port)
        self._wait()

    @property
    def resolver(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _wait(self) -> None:
        question = dns.message.make_query("sola.test.", "SOA")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if dns.query.udp(question, "127.0.0.1", 0.2, self.port).answer:
                    return
            except (dns.exception.DNSException, OSError):
                continue
        raise AssertionError(self._log.read_text())

    def close(self) -> None:
        self.ns2.close()
        self.ns3.close()
        self._knot.send_signal(signal.SIGTERM)
        self._knot.wait(20)


@contextmanager
def dns_world(folder: Path, port: int = 0) -> Iterator[DnsWorld]:
    world = DnsWorld(folder, port)
    try:
        yield world
    finally:
        world.close()

"""The TXT resolver against a name server of our own on the loopback: each kind of answer has its own name."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from exchange.drivers.dns import Note, TxtResolver


class NameServer(threading.Thread):
    """Answers by the first label of the name; ``silencio`` gets no answer at all."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                wire, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            if not wire:
                return
            query = dns.message.from_wire(wire)
            name = query.question[0].name
            word = name.labels[0].decode()
            if word == "silencio":
                continue
            if word == "basura":
                self.socket.sendto(wire[:2] + b"\xff" * 20, peer)
                continue
            reply = dns.message.make_response(query)
            reply.flags |= dns.flags.RA
            if word == "nada":
                reply.set_rcode(dns.rcode.NXDOMAIN)
            elif word == "roto":
                reply.set_rcode(dns.rcode.SERVFAIL)
            elif word == "texto":
                reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"uno" "dos"', '"tres"'))
            self.socket.sendto(reply.to_wire(), peer)


@pytest.fixture(scope="module")
def resolver() -> Iterator[TxtResolver]:
    server = NameServer()
    server.start()
    yield TxtResolver(["127.0.0.1"], port=server.port, timeout=0.3, lifetime=0.6)
    server.socket.sendto(b"", ("127.0.0.1", server.port))
    server.join(5)
    server.socket.close()


@pytest.mark.parametrize(
    ("host", "note"),
    [
        ("nada.example", Note.NO_NAME),
        ("vacio.example", Note.NO_RECORD),
        ("silencio.example", Note.SILENCE),
        ("roto.example", Note.BROKEN),
        ("basura.example", Note.SILENCE),
        ("a" * 70 + ".example", Note.BROKEN),
    ],
)
def test_each_way_of_finding_nothing_has_its_name(resolver, host, note):
    assert resolver.txt(host).note == note


def test_strings_of_one_record_are_joined(resolver):
    assert set(resolver.txt("texto.example").values) == {"unodos", "tres"}

"""RDAP and WHOIS servers on loopback that answer whatever a test tells them."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NAME = "muebles.com"
RDAP_DOMAIN: dict[str, Any] = {
    "objectClassName": "domain",
    "ldhName": "MUEBLES.COM",
    "handle": "1",
    "status": ["client transfer prohibited"],
    "events": [
        {"eventAction": "registration", "eventDate": "2020-03-04T05:06:07Z"},
        {"eventAction": "expiration", "eventDate": "2027-03-04T05:06:07Z"},
    ],
    "entities": [
        {
            "objectClassName": "entity",
            "roles": ["registrar"],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Otro Registrador"]]],
        }
    ],
    "nameservers": [{"objectClassName": "nameserver", "ldhName": "NS1.OTRO.EXAMPLE"}],
    "links": [{"rel": "related", "href": "http://127.0.0.1:9/", "type": "application/rdap+json"}],
}
WHOIS_DOMAIN = """   Domain Name: MUEBLES.COM
   Registrar: Otro Registrador
   Updated Date: 2025-01-01T00:00:00Z
   Creation Date: 2020-03-04T05:06:07Z
   Registry Expiry Date: 2027-03-04T05:06:07Z
   Domain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited
   Name Server: NS1.OTRO.EXAMPLE
"""


class Peer:
    """``questions`` counts what was asked. ``status`` and ``body`` are the answer; ``drip`` sends it for ever."""

    def __init__(self) -> None:
        self.status, self.body, self.drip = 200, b"", False
        self.headers: dict[str, str] = {}
        self.questions = 0
        self.over = threading.Event()
        self.port = 0

    def say(self, body: Any, status: int = 200, **headers: str) -> None:
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.headers = status, headers

    def dripping(self, write: Any) -> None:
        try:
            while not self.over.wait(0.05):
                write(b".")
        except OSError:
            return


@contextmanager
def rdap_server() -> Iterator[Peer]:
    peer = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            peer.questions += 1
            self.send_response(peer.status)
            for name, value in peer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(peer.body)
            if peer.drip:
                peer.dripping(self.wfile.write)

        def log_message(self, *args: Any) -> None:
            pass

    yield from _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler), peer)


@contextmanager
def whois_server() -> Iterator[Peer]:
    peer = Peer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            peer.questions += 1
            self.request.recv(1024)
            self.request.sendall(peer.body)
            if peer.drip:
                peer.dripping(self.request.sendall)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    yield from _serving(Server(("127.0.0.1", 0), Handler), peer)


def _serving(server: socketserver.BaseServer, peer: Peer) -> Iterator[Peer]:
    peer.port = server.server_address[1]  # type: ignore[index]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield peer
    peer.over.set()
    server.shutdown()
    server.server_close()

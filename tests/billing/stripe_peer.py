"""localstripe started by the tests on a free port of loopback, and a faulty road to it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET = "sk_test_panel", "pk_test_panel", "whsec_panel"
GOOD, DECLINED_LATER, DECLINED_AT_ONCE = "4242424242424242", "4000000000000341", "4000000000000002"
ASKS, ASKS_AND_DECLINES = "4000002500003155", "4000008400001629"


@dataclass
class Peer:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """As the customer's browser does: with the publishable key."""
        data = json.dumps({"key": PUBLISHABLE_KEY, **body}).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"Content-Type": "application/json"})
        return json.loads(urllib.request.urlopen(request, timeout=10).read() or b"null")

    def ask(self, path: str, method: str = "GET", **params: str) -> dict[str, Any]:
        """As Stripe's own dashboard does."""
        data = urllib.parse.urlencode(params).encode() if method == "POST" else None
        headers = {"Authorization": f"Bearer {SECRET_KEY}"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        return json.loads(urllib.request.urlopen(request, timeout=10).read() or b"null")

    def type_card(self, setup: Any, number: str = GOOD, *, year: int = 2034) -> None:
        """What Stripe's form does with the card that the customer types; then their bank's question, answered yes."""
        card = {"number": number, "exp_month": 12, "exp_year": year, "cvc": "123"}
        known = {"client_secret": setup.client_secret, "use_stripe_sdk": True}
        method = {"type": "card", "card": card, "billing_details": {}}
        answer = self.post(f"/v1/setup_intents/{setup.ref}/confirm", payment_method_data=method, **known)
        if answer["status"] == "requires_action":
            self.post(f"/v1/setup_intents/{setup.ref}/confirm", **known)

    def authenticate(self, ref: str, client_secret: str, *, success: bool = True) -> None:
        path = f"/v1/payment_intents/{ref}/_authenticate?success={str(success).lower()}"
        self.post(path, client_secret=client_secret)

    def charges(self) -> list[dict[str, Any]]:
        """Everything that was really charged."""
        found = self.ask("/v1/payment_intents?limit=10000")["data"]
        return [intent for intent in found if intent["status"] == "succeeded"]

    def forget_everything(self) -> None:
        self.ask("/_config/data", method="DELETE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_peer() -> Iterator[Peer]:
    peer = Peer(free_port())
    process = subprocess.Popen(
        [sys.executable, "-m", "cloudpanel.local.stripe_peer", str(peer.port)], cwd=ROOT, stdin=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(peer.port, process)
        yield peer
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "localstripe ended by itself"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("localstripe does not listen")


@dataclass
class Road:
    """TCP to ``target``. ``faults`` says what befalls the next requests, one each: ``ok``, ``lose`` (it arrives, the answer
    does not), ``hold`` (the same, and the connection stays open), ``refuse`` (reset), ``half`` an answer, ``hang``, or one
    of :data:`CANNED`."""

    target: int
    faults: list[str] = field(default_factory=list)
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    released: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)

    def start(self) -> int:
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return int(self.listener.getsockname()[1])

    def stop(self) -> None:
        self.released.set()
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            while request := _read_message(client):
                with self.lock:
                    self.requests += 1
                    fault = self.faults.pop(0) if self.faults else "ok"
                if fault == "refuse":
                    return
                if fault in CANNED:
                    client.sendall(CANNED[fault])
                    return
                if fault == "hang":
                    self.released.wait(30)
                    return
                answer = self._forward(request)
                if fault == "hold":  # done there, and the answer never comes
                    self.held.set()
                    self.released.wait(60)
                if fault in {"lose", "hold"}:
                    return
                client.sendall(answer[: len(answer) // 2] if fault == "half" else answer)
                if fault == "half":
                    return

    def _forward(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.target), timeout=20) as server:
            server.sendall(request)
            return _read_message(server)


def _canned(status: str, body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


CANNED = {
    "garbage": _canned("200 OK", b'["\xff\x00 not what you asked for'),
    "list": _canned("200 OK", b"[1, 2, 3]"),
    "null": _canned("200 OK", b"null"),
    "page": _canned("200 OK", b"<html><h1>Portal cautivo</h1></html>", "text/html"),
    "empty": _canned("200 OK", b"{}"),
    "500": _canned("500 Internal Server Error", b'{"error": {"type": "api_error", "message": "oops"}}'),
    "429": _canned("429 Too Many Requests", b'{"error": {"type": "invalid_request_error", "message": "slow down"}}'),
    "401": _canned("401 Unauthorized", b'{"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}'),
}


def _read_message(stream: socket.socket) -> bytes:
    """One HTTP/1.1 request or answer with a Content-Length; nothing when the other side has gone."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            piece = stream.recv(65536)
            if not piece:
                return b""
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while len(body) < int(lengths[0] if lengths else 0):
            piece = stream.recv(65536)
            if not piece:
                break
            body += piece
    except OSError:
        return b""
    return head + b"\r\n\r\n" + body

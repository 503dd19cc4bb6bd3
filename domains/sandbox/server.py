"""EPP over TLS (RFC 5734): four bytes of length, then the frame. One thread for each connection."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import socketserver
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from domains.sandbox import answers
from domains.sandbox.commands import Reply, Session
from domains.sandbox.faults import Fault, Faults, Kind
from domains.sandbox.refusal import Refusal
from domains.sandbox.registry import Registry
from domains.sandbox.storage import Storage
from domains.sandbox.xml import write

logger = logging.getLogger("registro")
LARGEST = 1 << 20  # bytes of one frame
IDLE = 600.0  # seconds without a command after which a session ends
BOMB = b"""<?xml version="1.0"?><!DOCTYPE epp [<!ENTITY a "ja"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>
<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>&d;</msg></result></response></epp>"""


class Hangup(Exception):
    """The connection is to be cut here and now."""


@dataclass
class SandboxServer:
    """``address`` is known after :meth:`start`. ``frames`` keeps what went over the wire, both ways, when asked to."""

    registry: Registry
    certificates: Path
    storage: Storage | None = None
    faults: Faults = field(default_factory=Faults)
    needs_client_certificate: bool = True
    host: str = "127.0.0.1"
    port: int = 0
    frames: list[tuple[str, bytes]] | None = None

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self._server: socketserver.ThreadingTCPServer | None = None
        self._open: set[socket.socket] = set()

    def start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificates / "server.pem", self.certificates / "server.key")
        context.load_verify_locations(self.certificates / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED if self.needs_client_certificate else ssl.CERT_NONE
        sandbox = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                sandbox.serve(self.request, context)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 64

        self._server = Server((self.host, self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self.drop_connections()

    def drop_connections(self) -> None:
        """As when a router forgets them."""
        for connection in list(self._open):
            _hang_up(connection)

    def serve(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        try:
            with context.wrap_socket(plain, server_side=True) as connection:
                self._open.add(connection)
                connection.settimeout(IDLE)
                self._converse(connection)
        except (OSError, ssl.SSLError, Hangup) as error:
            logger.debug("A session ended: %s", error)
        finally:
            self._open = {each for each in self._open if each.fileno() != -1}

    def _converse(self, connection: ssl.SSLSocket) -> None:
        session = Session(self.registry)
        self._send(connection, write(session.greeting()))
        while True:
            frame = read_frame(connection)
            self._note("client", frame)
            verb, name = peek(frame)
            fault = self.faults.take(verb, name)
            if fault and fault.kind == Kind.CLOSE_BEFORE:
                raise Hangup
            reply = self._answer(session, frame, fault)
            logger.info(
                "%s %s %s: %s", session.registrar.id if session.registrar else "-", verb, name, _code(reply.xml)
            )
            self._send(connection, write(reply.xml), fault)
            if reply.ends:
                return

    def _answer(self, session: Session, frame: bytes, fault: Fault | None) -> Reply:
        with self.lock:
            if fault and fault.kind == Kind.CODE:
                return _refused(session, int(fault.amount))
            reply = session.answer(frame)
            if self.storage is not None:
                self.storage.save(self.registry.state)
            return reply

    def _send(self, connection: ssl.SSLSocket, body: bytes, fault: Fault | None = None) -> None:
        kind = fault.kind if fault else None
        if kind == Kind.CLOSE_AFTER:
            raise Hangup
        if fault and kind == Kind.SLOW:
            time.sleep(fault.amount)
        body = {Kind.GARBAGE: b"<epp><response", Kind.BOMB: BOMB}.get(kind, body) if kind else body
        if fault and kind == Kind.ASTRAY:
            body = re.sub(rb"<clTRID>[^<]*", b"<clTRID>SOMEBODY-ELSES-1", body)
        framed = struct.pack("!I", len(body) + 4) + body
        if fault and kind == Kind.CUT:
            connection.sendall(framed[: int(fault.amount)])
            raise Hangup
        if fault and kind == Kind.UNHEARD_OF:
            strange = re.sub(rb'code="\d{4}"', b'code="%04d"' % int(fault.amount), framed, count=1)
            connection.sendall(strange)
            return
        self._note("server", body)
        connection.sendall(framed)

    def _note(self, side: str, frame: bytes) -> None:
        if self.frames is not None:
            self.frames.append((side, frame))


def read_frame(connection: ssl.SSLSocket) -> bytes:
    (length,) = struct.unpack("!I", _read(connection, 4))
    if not 4 < length <= LARGEST:
        raise Hangup(f"a frame of {length} bytes")
    return _read(connection, length - 4)


def _read(connection: ssl.SSLSocket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = connection.recv(count)
        if not part:
            raise Hangup("closed by the other side")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def peek(frame: bytes) -> tuple[str, str]:
    """Verb and name of a command, without judging it."""
    try:
        root = etree.fromstring(frame, etree.XMLParser(resolve_entities=False, no_network=True))
        body = root[0][0]
        thing = body[0] if len(body) else body
        name = thing[0].text if len(thing) else ""
        return etree.QName(body).localname, (name or "").strip()
    except (etree.XMLSyntaxError, IndexError, ValueError):
        return "", ""


def _refused(session: Session, code: int) -> Reply:
    svtrid = f"SV-{session.registry.state.next_number():010d}"
    return Reply(answers.refusal(Refusal(code, "as told"), svtrid=svtrid), ends=code >= 2500)


def _code(root: etree._Element) -> str:
    found = root.find(".//{*}result")
    return found.get("code") or "" if found is not None else "greeting"


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()

"""WS-Management (MS-WSMV) as far as PowerShell remoting needs it, over HTTP on loopback.

PSRP itself is ``psrpcore``'s server side. What a cmdlet does is told by ``execute``: this file knows only lines that
break, answers that get lost, and secrets that travelled in the open.
"""

from __future__ import annotations

import base64
import socket
import threading
import time
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from psrpcore import CreatePipelineEvent, PSRPPayload, ServerPipeline, ServerRunspacePool, StreamType

S = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
RSP = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
RESOURCE = "http://schemas.microsoft.com/powershell/Microsoft.Exchange"
OPERATION_TIMED_OUT, SHELL_NOT_FOUND, NOT_SUPPORTED = 2150858793, 2150858843, 2150858817

Execute = Callable[[ServerPipeline, Any], None]


@dataclass
class Shell:
    """One runspace pool of one client, and what waits to be fetched by it, by command."""

    pool: ServerRunspacePool
    waiting: dict[uuid.UUID | None, bytes] = field(default_factory=dict)
    finished: set[uuid.UUID] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Cut(Exception):
    """The line breaks here: no answer is sent."""


class WsmanServer:
    """Listens on a loopback port; ``url`` parts are ``host`` and ``port``. One user, Basic authentication."""

    def __init__(self, execute: Execute, *, username: str, password: str) -> None:
        self.execute = execute
        self.expected = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self.shells: dict[str, Shell] = {}
        self.shells_opened = 0
        self.received = bytearray()
        """Everything clients ever sent, fragments decoded: secrets must not be found in it."""
        self.lose_next_answer = False
        self.delay_seconds = 0.0
        self.refuse_with: int | None = None
        """An HTTP status with which every call is turned away."""
        self._open: set[socket.socket] = set()
        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._httpd.daemon_threads = True
        self.host, self.port = "127.0.0.1", int(self._httpd.server_address[1])
        threading.Thread(target=self._httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()
        self.drop_lines()

    def drop_lines(self) -> None:
        """Every open TCP connection is gone; the shells are still known."""
        for line in list(self._open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def forget_shells(self) -> None:
        """The server restarted, or the idle time-out of its shells passed."""
        self.shells.clear()

    def answer(self, envelope: ET.Element) -> tuple[int, bytes]:
        """Status and body for one request."""
        header = _need(envelope, f"{{{S}}}Header")
        body = _need(envelope, f"{{{S}}}Body")
        action = _text(header, f"{{{WSA}}}Action").rsplit("/", 1)[-1]
        message = _text(header, f"{{{WSA}}}MessageID")
        if _text(header, f"{{{WSMAN}}}ResourceURI") != RESOURCE:
            return 500, _fault(message, NOT_SUPPORTED, "The resource URI was not found")
        if action == "Create":
            return 200, self._create(message, body)
        selector = header.find(f"{{{WSMAN}}}SelectorSet/{{{WSMAN}}}Selector")
        shell_id = (selector.text or "").upper() if selector is not None else ""
        shell = self.shells.get(shell_id)
        if shell is None:
            return 500, _fault(message, SHELL_NOT_FOUND, "The request contained invalid selectors for the resource")
        with shell.lock:
            if action == "Delete":
                self.shells.pop(shell_id)
                return 200, _reply(message, None)
            handler = {"Command": self._command, "Send": self._send, "Receive": self._receive, "Signal": self._signal}
            return handler[action](shell, message, body)

    def _create(self, message: str, body: ET.Element) -> bytes:
        wanted = _need(body, f"{{{RSP}}}Shell")
        shell_id = wanted.attrib["ShellId"].upper()
        shell = self.shells[shell_id] = Shell(ServerRunspacePool())
        self.shells_opened += 1
        creation = _need(wanted, "{http://schemas.microsoft.com/powershell}creationXml")
        self._feed(shell, base64.b64decode(creation.text or ""))
        answer = ET.Element(f"{{{RSP}}}Shell")
        ET.SubElement(answer, f"{{{RSP}}}ShellId").text = shell_id
        created = ET.Element("{http://schemas.xmlsoap.org/ws/2004/09/transfer}ResourceCreated")
        reference = ET.SubElement(created, f"{{{WSA}}}ReferenceParameters")
        selectors = ET.SubElement(reference, f"{{{WSMAN}}}SelectorSet")
        ET.SubElement(selectors, f"{{{WSMAN}}}Selector", Name="ShellId").text = shell_id
        return _reply(message, answer, created)

    def _command(self, shell: Shell, message: str, body: ET.Element) -> tuple[int, bytes]:
        line = _need(body, f"{{{RSP}}}CommandLine")
        command_id = uuid.UUID(line.attrib["CommandId"])
        data = "".join(argument.text or "" for argument in line.findall(f"{{{RSP}}}Arguments"))
        self._feed(shell, base64.b64decode(data), ServerPipeline(shell.pool, command_id))
        answer = ET.Element(f"{{{RSP}}}CommandResponse")
        ET.SubElement(answer, f"{{{RSP}}}CommandId").text = str(command_id).upper()
        return 200, _reply(message, answer)

    def _send(self, shell: Shell, message: str, body: ET.Element) -> tuple[int, bytes]:
        stream = _need(body, f"{{{RSP}}}Send/{{{RSP}}}Stream")
        self._feed(shell, base64.b64decode(stream.text or ""))
        return 200, _reply(message, ET.Element(f"{{{RSP}}}SendResponse"))

    def _receive(self, shell: Shell, message: str, body: ET.Element) -> tuple[int, bytes]:
        wanted = _need(body, f"{{{RSP}}}Receive/{{{RSP}}}DesiredStream").attrib.get("CommandId")
        command_id = uuid.UUID(wanted) if wanted else None
        data = shell.waiting.pop(command_id, b"")
        if not data and command_id not in shell.finished:
            time.sleep(0.01)
            return 500, _fault(message, OPERATION_TIMED_OUT, "The operation timed out")
        answer = ET.Element(f"{{{RSP}}}ReceiveResponse")
        attributes = {"Name": "stdout", **({"CommandId": wanted} if wanted else {})}
        ET.SubElement(answer, f"{{{RSP}}}Stream", attributes).text = base64.b64encode(data).decode()
        if wanted:
            ET.SubElement(answer, f"{{{RSP}}}CommandState", CommandId=wanted, State=f"{RSP}/CommandState/Done")
        return 200, _reply(message, answer)

    def _signal(self, shell: Shell, message: str, body: ET.Element) -> tuple[int, bytes]:
        command_id = uuid.UUID(_need(body, f"{{{RSP}}}Signal").attrib["CommandId"])
        shell.pool.pipeline_table.pop(command_id, None)
        return 200, _reply(message, ET.Element(f"{{{RSP}}}SignalResponse"))

    def _feed(self, shell: Shell, data: bytes, pipeline: ServerPipeline | None = None) -> None:
        """Hand what came in to PSRP, run what is asked for, and keep what is to be fetched."""
        self.received += data
        shell.pool.receive_data(PSRPPayload(data, StreamType.default, pipeline.pipeline_id if pipeline else None))
        while (event := shell.pool.next_event()) is not None:
            if isinstance(event, CreatePipelineEvent) and pipeline is not None:
                self.execute(pipeline, event.pipeline)
                shell.finished.add(pipeline.pipeline_id)
        while (payload := shell.pool.data_to_send()) is not None:
            shell.waiting[payload.pipeline_id] = shell.waiting.get(payload.pipeline_id, b"") + payload.data


def _handler_of(server: WsmanServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body leave as one piece: no waiting for an acknowledgement in between

        def setup(self) -> None:
            super().setup()
            server._open.add(self.connection)

        def finish(self) -> None:
            server._open.discard(self.connection)
            with suppress(OSError):
                super().finish()

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(server.delay_seconds)
            if self.headers.get("Authorization") != server.expected:
                return self._reply(401, b"")
            if server.refuse_with:
                return self._reply(server.refuse_with, b"")
            try:
                status, body = server.answer(ET.fromstring(data))
            except Cut:
                server.lose_next_answer = True
            if server.lose_next_answer:
                server.lose_next_answer = False
                self.close_connection = True
                return self.connection.shutdown(socket.SHUT_RDWR)
            return self._reply(status, body)

        def _reply(self, status: int, body: bytes) -> None:
            with suppress(OSError):  # whoever asked has given up
                self.send_response(status)
                self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                self.wfile.flush()

        def log_message(self, *_arguments: object) -> None:
            """Silent."""

    return Handler


def _reply(message: str, *content: ET.Element | None) -> bytes:
    envelope = ET.Element(f"{{{S}}}Envelope")
    header = ET.SubElement(envelope, f"{{{S}}}Header")
    ET.SubElement(header, f"{{{WSA}}}RelatesTo").text = message
    body = ET.SubElement(envelope, f"{{{S}}}Body")
    body.extend([element for element in content if element is not None])
    return ET.tostring(envelope)


def _fault(message: str, code: int, reason: str) -> bytes:
    fault = ET.Element(f"{{{S}}}Fault")
    value = ET.SubElement(ET.SubElement(fault, f"{{{S}}}Code"), f"{{{S}}}Value")
    value.text = "s:Receiver"
    ET.SubElement(ET.SubElement(fault, f"{{{S}}}Reason"), f"{{{S}}}Text").text = reason
    detail = ET.SubElement(ET.SubElement(fault, f"{{{S}}}Detail"), f"{{{FAULT}}}WSManFault", Code=str(code))
    ET.SubElement(detail, f"{{{FAULT}}}Message").text = reason
    return _reply(message, fault)


def _need(parent: ET.Element, path: str) -> ET.Element:
    found = parent.find(path)
    assert found is not None, f"no {path} in the request"
    return found


def _text(parent: ET.Element, path: str) -> str:
    return _need(parent, path).text or ""

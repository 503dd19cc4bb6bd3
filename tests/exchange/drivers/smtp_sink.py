"""A mail server that keeps what it is given (RFC 5321, as much of it as Dovecot says), on a free loopback port."""

from __future__ import annotations

import socketserver
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast


@dataclass(frozen=True)
class Sent:
    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class SmtpSink:
    """``with SmtpSink() as sink``; ``refuses`` is the answer to every recipient while it is set."""

    received: list[Sent] = field(default_factory=list)
    refuses: str = ""

    def __enter__(self) -> SmtpSink:
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                converse(self, sink)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Sent]:
        """At least ``count`` messages, or whatever came in time."""
        end = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < end:
            time.sleep(0.02)
        return list(self.received)


def converse(line: socketserver.StreamRequestHandler, sink: SmtpSink) -> None:
    def say(text: str) -> None:
        line.wfile.write(text.encode() + b"\r\n")

    sender, recipients = "", []
    say("220 sink")
    while words := line.rfile.readline():
        text = words.decode().strip()
        verb = text[:4].upper()
        if verb == "MAIL":
            sender, recipients = _path(text), []
            say("250 ok")
        elif verb == "RCPT":
            recipients.append(_path(text))
            say(sink.refuses or "250 ok")
        elif verb == "DATA":
            say("354 go on")
            sink.received.append(Sent(sender, tuple(recipients), _read_message(line)))
            say("250 kept")
        elif verb == "QUIT":
            say("221 bye")
            return
        else:
            say("250 sink")


def _path(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]


def _read_message(line: socketserver.StreamRequestHandler) -> EmailMessage:
    lines = []
    while (each := line.rfile.readline()) not in (b".\r\n", b""):
        lines.append(each.removeprefix(b"."))
    return cast("EmailMessage", message_from_bytes(b"".join(lines), policy=default))

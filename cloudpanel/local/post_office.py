"""The outgoing mail server of ``make run``: what leaves a mailbox arrives where somebody trying the panel can see it.

It speaks as much of SMTP (RFC 5321) as mail programs and Dovecot do, on loopback, without passwords. Each recipient is offered
to Dovecot by LMTP (RFC 2033): mail to a mailbox or list of the panel is delivered; all other mail goes nowhere and is kept
as a file below ``LOCAL_DIR/mail``, which ``/correo-local/`` shows.

    python -m cloudpanel.local.post_office PORT LMTP_PORT FOLDER
"""

from __future__ import annotations

import secrets
import smtplib
import socketserver
import sys
import time
from collections.abc import Callable
from pathlib import Path

MAX_BYTES = 30 * 1024 * 1024
MAX_RECIPIENTS = 500
LINE = 64 * 1024
PATIENCE = 60  # seconds of silence on a line
Deliver = Callable[[str, str, bytes], bool]


def keep(folder: Path, message: bytes) -> Path:
    """As a file that sorts by time; it appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{time.time_ns() // 1000:016d}-{secrets.token_hex(6)}.eml"
    partial = target.with_suffix(".new")
    partial.write_bytes(message)
    partial.rename(target)
    return target


def by_lmtp(port: int) -> Deliver:
    """``deliver(sender, recipient, message)``: False when Dovecot knows nobody of that name. OSError or SMTPException when
    it cannot be asked, or says *later*."""

    def deliver(sender: str, recipient: str, message: bytes) -> bool:
        with smtplib.LMTP("127.0.0.1", port) as line:
            try:
                line.sendmail(sender, [recipient], message)
            except smtplib.SMTPRecipientsRefused as refused:
                code, words = refused.recipients[recipient]
                if code == 550 and b"5.1.1" in words:
                    return False
                raise
        return True

    return deliver


class PostOffice(socketserver.ThreadingTCPServer):
    """``with PostOffice(...) as office``: serves until ``shutdown``. ``server_address`` tells the port that 0 became."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, folder: Path, deliver: Deliver) -> None:
        self.folder, self.deliver = folder, deliver
        super().__init__(("127.0.0.1", port), _Line)

    def take(self, sender: str, recipients: list[str], message: bytes) -> None:
        """Everybody gets it, or the file is kept for them; what fails half-way is offered again by whoever sent it."""
        for recipient in recipients:
            if not self.deliver(sender, recipient, message):
                keep(self.folder, b"Envelope-To: " + recipient.encode("ascii", "replace") + b"\r\n" + message)


class _Line(socketserver.StreamRequestHandler):
    """One conversation."""

    server: PostOffice
    timeout = PATIENCE

    def handle(self) -> None:
        self._say("220 correo local")
        sender, recipients = "", list[str]()
        while words := self.rfile.readline(LINE):
            text = words.decode("utf-8", "replace").strip()
            verb = text[:4].upper()
            if verb == "EHLO":
                self._say("250-correo local", f"250-SIZE {MAX_BYTES}", "250 8BITMIME")
            elif verb == "MAIL":
                sender, recipients = _path(text), []
                self._say("250 2.1.0 ok")
            elif verb == "RCPT":
                recipients.append(_path(text))
                self._say("250 2.1.5 ok" if len(recipients) <= MAX_RECIPIENTS else "452 4.5.3 too many")
            elif verb == "DATA":
                self._data(sender, recipients)
                recipients = []
            elif verb == "QUIT":
                self._say("221 2.0.0 bye")
                return
            else:
                self._say("250 2.0.0 ok")

    def _data(self, sender: str, recipients: list[str]) -> None:
        if not recipients:
            self._say("503 5.5.1 RCPT first")
            return
        self._say("354 end with a dot")
        message = self._message()
        if message is None:
            self._say("552 5.3.4 too large")
            return
        try:
            self.server.take(sender, recipients, message)
        except (OSError, smtplib.SMTPException) as error:
            print(f"not delivered to {', '.join(recipients)}: {error}", flush=True)
            self._say("451 4.3.0 try again later")
        else:
            self._say("250 2.0.0 kept")

    def _message(self) -> bytes | None:
        """Up to the dot that ends it; None when it is larger than any may be."""
        lines, size = list[bytes](), 0
        while (line := self.rfile.readline(LINE)) not in (b".\r\n", b".\n", b""):
            size += len(line)
            if size <= MAX_BYTES:
                lines.append(line.removeprefix(b"."))
        return b"".join(lines) if size <= MAX_BYTES else None

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


def _path(text: str) -> str:
    """``MAIL FROM:<ana@x> SIZE=9`` → ``ana@x``."""
    return text.partition("<")[2].partition(">")[0]


if __name__ == "__main__":
    with PostOffice(int(sys.argv[1]), Path(sys.argv[3]), by_lmtp(int(sys.argv[2]))) as office:
        office.serve_forever()

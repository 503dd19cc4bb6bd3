"""What a person's mail program and the sending mail server do, over the real protocols."""

from __future__ import annotations

import imaplib
import smtplib
from dataclasses import dataclass

PATIENCE = 90  # seconds: longer than Dovecot waits for a lock that nobody gives up
LINE = "x" * 70 + "\r\n"


@dataclass(frozen=True)
class MailClient:
    host: str
    imap_port: int
    lmtp_port: int

    def sign_in(self, address: str, password: str) -> imaplib.IMAP4:
        """AUTHENTICATE PLAIN (RFC 4616) in UTF-8: imaplib's LOGIN cannot send an ñ. Raises imaplib.IMAP4.error."""
        session = imaplib.IMAP4(self.host, self.imap_port, timeout=PATIENCE)
        try:
            session.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
        except imaplib.IMAP4.error:
            session.shutdown()
            raise
        return session

    def deliver(
        self, address: str, subject: str = "hola", size: int = 100, sender: str = "x@fuera.example", head: str = ""
    ) -> None:
        """Hand a message over by LMTP (RFC 2033). Raises smtplib.SMTPException when the recipient is refused.

        Tries again, as every mail server does, when Dovecot found its kept line to the directory dead (a test before cut
        it): it says 4xx once for each such line.
        """
        message = f"From: {sender}\r\nTo: {address}\r\nSubject: {subject}\r\n{head}\r\n"
        message += LINE * (size // len(LINE) + 1)
        for is_last in (False, False, False, True):
            try:
                with smtplib.LMTP(self.host, self.lmtp_port, timeout=PATIENCE) as session:
                    session.sendmail(sender, [address], message)
                return
            except smtplib.SMTPDataError as refusal:
                if is_last or "necessary Sieve scripts" not in str(refusal.smtp_error):
                    raise

    def refusal(self, address: str) -> int:
        """The code with which LMTP refuses the address; 250 when it takes a message for it."""
        try:
            self.deliver(address)
        except smtplib.SMTPRecipientsRefused as refused:
            return int(refused.recipients[address][0])
        except smtplib.SMTPDataError as refused:
            return int(refused.smtp_code)
        return 250

    def subjects(self, address: str, password: str) -> list[str]:
        """Sign in and read the subjects in the inbox."""
        session = self.sign_in(address, password)
        try:
            _status, (count,) = session.select("INBOX", readonly=True)
            if count == b"0":
                return []
            _status, found = session.fetch("1:*", "(BODY[HEADER.FIELDS (SUBJECT)])")
            return [part[1].decode().removeprefix("Subject: ").strip() for part in found if isinstance(part, tuple)]
        finally:
            session.logout()

    def quota(self, address: str, password: str) -> tuple[int, int]:
        """Used and limit in KiB, as GETQUOTAROOT says (RFC 9208, resource STORAGE)."""
        session = self.sign_in(address, password)
        try:
            _status, (_roots, quotas) = session.getquotaroot("INBOX")
            used, limit = quotas[0].decode().partition("STORAGE ")[2].rstrip(")").split()[:2]
            return int(used), int(limit)
        finally:
            session.logout()

"""Sent e-mail kept as files, to be read in the browser at /correo-local/ (local mode only)."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import localtime, make_msgid
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage as DjangoMessage
from django.core.mail.backends.base import BaseEmailBackend

from cloudpanel.local.post_office import keep

NAME = re.compile(r"\d{16}-[0-9a-f]{12}")  # microseconds since 1970, then chance: sorts by time


@dataclass(frozen=True)
class LocalMessage:
    name: str
    sent_at: datetime
    sender: str
    recipients: str
    subject: str
    text: str
    html: str


class LocalEmailBackend(BaseEmailBackend):
    """Writes each message as one file under ``LOCAL_DIR/mail``; it appears whole or not at all."""

    def send_messages(self, email_messages: Sequence[DjangoMessage]) -> int:
        for message in email_messages:
            keep(mail_directory(), message.message().as_bytes())
        return len(email_messages)


class NotSent(Exception):
    """No mail server takes it here."""


def send_from_outside(*, sender: str, recipient: str, subject: str, text: str) -> None:
    """As if somebody had written to one of the panel's mailboxes. NotSent where ``make run`` has no Dovecot."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Message-ID"], message["Date"] = make_msgid(domain="correo-local.example"), localtime()
    message.set_content(text)
    try:
        with smtplib.SMTP("127.0.0.1", settings.LOCAL_SMTP_PORT, timeout=10) as line:
            line.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent from error


def mail_directory() -> Path:
    return Path(settings.LOCAL_DIR) / "mail"


def latest_messages(limit: int) -> list[LocalMessage]:
    """The newest ``limit`` messages, newest first."""
    paths = sorted(mail_directory().glob("*.eml"), reverse=True)
    return [_read(path) for path in paths[:limit]]


def find_message(name: str) -> LocalMessage | None:
    path = mail_directory() / f"{name}.eml"
    return _read(path) if NAME.fullmatch(name) and path.exists() else None


def _read(path: Path) -> LocalMessage:
    message = message_from_bytes(path.read_bytes(), policy=default)
    return LocalMessage(
        name=path.stem,
        sent_at=datetime.fromtimestamp(int(path.stem.split("-")[0]) / 1_000_000, tz=UTC),
        sender=str(message["From"] or ""),
        recipients=str(message["Envelope-To"] or message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: Message, kind: str) -> str:
    if not isinstance(message, EmailMessage):
        return ""
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # a charset that nobody knows: mail from outside says what it likes
        return str(part.get_payload())

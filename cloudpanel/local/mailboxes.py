"""The Dovecot of ``make run``, where Debian's is installed: mailboxes made in the panel can be signed into at once."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

from cloudpanel.local.children import Child
from cloudpanel.local.console import Console
from cloudpanel.local.places import OUTSIDE, Places, anyone_can_reach
from cloudpanel.local.ports import any_free_port, is_free
from cloudpanel.local.postgres import MAIL_DATABASE, Postgres
from exchange.drivers.directory.local_dovecot import DovecotError, DovecotSettings, is_installed, prepared_command

IMAP_PORT, LMTP_PORT, SMTP_PORT = 11143, 11024, 11025
READER = "dovecot"  # the role that may only read the mail directory


def choose_ports(environment: MutableMapping[str, str]) -> None:
    """Name the mail ports in the environment: those asked for, else the usual ones, else free ones."""
    usual_ports = {"MAIL_IMAP_PORT": IMAP_PORT, "MAIL_LMTP_PORT": LMTP_PORT, "MAIL_SMTP_PORT": SMTP_PORT}
    for name, usual in usual_ports.items():
        if name not in os.environ:
            environment[name] = str(usual if is_free(usual) else any_free_port())


def mail_host(places: Places, environment: MutableMapping[str, str], console: Console) -> list[Child]:
    """Dovecot on the mail directory of ``environment``, its caretaker, and the post office that takes what it sends; none,
    after saying why, where they cannot run."""
    url = environment.get("MAIL_DIRECTORY_DOVECOT_URL", "")
    if not url and environment["MAIL_DIRECTORY_URL"] == Postgres(places).url(MAIL_DATABASE):
        url = Postgres(places).url(MAIL_DATABASE, role=READER)
    if not is_installed() or not url:
        console.say("Without Dovecot 2.3 mailboxes are made but cannot be read. On Debian 12: make dovecot")
        return []
    settings = DovecotSettings(
        home=places.sockets / "dovecot",
        mail_root=_mail_root(places),
        directory_dsn=url,
        imap_port=int(environment["MAIL_IMAP_PORT"]),
        lmtp_port=int(environment["MAIL_LMTP_PORT"]),
        submission_host=f"127.0.0.1:{environment['MAIL_SMTP_PORT']}",
        log_path="/dev/stderr",
    )
    try:
        server = Child("dovecot", prepared_command(settings), patience=5.0)
    except DovecotError as error:
        console.say(f"Dovecot is not started: {error}")
        return []
    caretaker = [sys.executable, "-m", "exchange.drivers.directory.caretaker", str(settings.home)]
    post_office = [sys.executable, "-m", "cloudpanel.local.post_office"]
    post_office += [environment["MAIL_SMTP_PORT"], environment["MAIL_LMTP_PORT"], str(places.base / "mail")]
    return [server, Child("caretaker", caretaker, patience=2.0), Child("post office", post_office, patience=2.0)]


def _mail_root(places: Places) -> Path:
    """As root the mail belongs to another user, who must be able to walk there."""
    is_hidden = os.geteuid() == 0 and not anyone_can_reach(places.base)
    return (OUTSIDE / places.fingerprint if is_hidden else places.home) / "mailboxes"

"""The starter of Dovecot: what it writes, what it refuses, and that it needs no root."""

import imaplib
import os
import shutil
import signal
import ssl
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from exchange.drivers.base import DomainSpec
from exchange.drivers.directory import local_dovecot
from exchange.drivers.directory.local_dovecot import DovecotError, DovecotSettings, LocalDovecot, libpq_keywords
from tests.directories import reachable_directory
from tests.exchange.drivers.conftest import free_port, mailbox
from tests.exchange.drivers.mail_client import MailClient

PASSWORD = "Clave-ñ-1"


@pytest.fixture
def ana(directory):
    directory.ensure_domain(DomainSpec(uuid4(), "empresa.example"))
    spec = mailbox(password_hash=directory.hash_password(PASSWORD))
    directory.ensure_mailbox(spec)
    return spec


@pytest.fixture
def plain():
    """In a short place: pytest's own paths grow with every run until they are too long for a Unix socket."""
    with reachable_directory() as short:
        yield DovecotSettings(home=short / "d", mail_root=short / "mail", directory_dsn="dbname=x")


@pytest.mark.parametrize(
    ("dsn", "keywords"),
    [
        ("postgresql://dovecot:se%40creto@db:5433/correo", "host=db port=5433 user=dovecot password=se@creto dbname=correo"),
        ("postgresql://dovecot@/correo?host=/run/pg&sslmode=require", "user=dovecot dbname=correo host=/run/pg sslmode=require"),
        ("host=/run/pg dbname=correo user='dovecot'", "host=/run/pg dbname=correo user=dovecot"),
    ],
)  # fmt: skip
def test_an_address_of_the_directory_is_told_in_dovecots_way(dsn, keywords):
    assert libpq_keywords(dsn) == keywords + " application_name=dovecot"


@pytest.mark.parametrize("password", ["con%20blanco", "con%22comilla", "con%27", "con%5Cbarra", "con%23"])
def test_a_password_that_dovecot_would_misread_is_refused(password):
    with pytest.raises(DovecotError):
        libpq_keywords(f"postgresql://dovecot:{password}@db/correo")


@pytest.mark.parametrize("listen", ["0.0.0.0", "::", "127.0.0.1, 192.0.2.1", "*"])
def test_no_passwords_in_the_clear_beyond_loopback(plain, listen):
    with pytest.raises(DovecotError, match="TLS"):
        local_dovecot.write_configuration(replace(plain, listen=listen))


def test_what_holds_a_password_is_read_by_nobody_else(plain):
    configuration = local_dovecot.write_configuration(plain)
    assert all(path.stat().st_mode & 0o007 == 0 for path in configuration.parent.glob("*.*"))


def test_nothing_is_left_to_fill_in(plain):
    configuration = local_dovecot.write_configuration(replace(plain, pop3s_port=9, sasl_port=8))
    names = [name for path in configuration.parent.glob("*conf*") for name in path.read_text().split("@")[1::2]]
    assert [name for name in names if name.isupper()] == []


def test_a_path_too_long_for_sockets_is_said_at_once(plain, tmp_path):
    with pytest.raises(DovecotError, match="too long"):
        local_dovecot.write_configuration(replace(plain, home=tmp_path / ("x" * 100)))


@pytest.mark.counterpart
@pytest.mark.slow
class TestRunning:
    def test_with_a_certificate_mail_programs_use_tls(self, dovecot, directory, ana, short_directory):
        certificate, key = short_directory / "mail.crt", short_directory / "mail.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        secure = LocalDovecot(
            replace(
                dovecot.settings,
                home=short_directory / "tls",
                imap_port=free_port(), imaps_port=free_port(), lmtp_port=free_port(),
                tls_certificate=certificate, tls_key=key,
            )
        )  # fmt: skip
        secure.start()
        try:
            trust = ssl.create_default_context(cafile=str(certificate))
            session = imaplib.IMAP4_SSL("localhost", secure.settings.imaps_port, ssl_context=trust, timeout=20)
            session.authenticate("PLAIN", lambda _: f"\0{ana.address}\0{PASSWORD}".encode())
            session.logout()
        finally:
            secure.stop()

    def test_an_ordinary_user_can_run_it(
        self, dovecot, directory, ana, short_directory, line_to_directory, mail_database
    ):
        """``nobody`` when the tests run as root; otherwise we are ordinary ourselves."""
        nobody = "nobody" if os.geteuid() == 0 else None
        place = short_directory / "nobody"
        shutil.copytree(Path(local_dovecot.__file__).parent, place)
        (place / "home").mkdir()
        if nobody:
            shutil.chown(place / "home", nobody, "nogroup")
        role = parse_dsn(mail_database)["dbname"]
        imap_port, lmtp_port = free_port(), free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "DOVECOT_HOME": str(place / "home" / "d"),
            "MAIL_ROOT": str(place / "home" / "mail"),
            "MAIL_DIRECTORY_DOVECOT_URL": make_dsn(**{**parse_dsn(line_to_directory.dsn), "user": role}),
            "DOVECOT_LISTEN": "127.0.0.1",
            "DOVECOT_LMTP_LISTEN": "127.0.0.1",
            "DOVECOT_IMAP_PORT": str(imap_port),
            "DOVECOT_IMAPS_PORT": "0",
            "DOVECOT_LMTP_PORT": str(lmtp_port),
        }
        python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or shutil.which("python3")
        server = subprocess.Popen(
            [python, str(place / "local_dovecot.py")], env=environment, cwd="/", user=nobody, group=nobody and "nogroup",
            extra_groups=[] if nobody else None, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            wait_until_listening(server, "127.0.0.1", lmtp_port)
            client = MailClient("127.0.0.1", imap_port, lmtp_port)
            client.deliver(ana.address, "Para nadie")
            assert client.subjects(ana.address, PASSWORD) == ["Para nadie"]
            assert directory.usage([ana.id])[ana.id].message_count == 1
        finally:
            server.terminate()
            server.wait(20)
            server.stderr.close()

    def test_stopping_leaves_no_process_behind(self, dovecot, ana, short_directory):
        second = LocalDovecot(
            replace(dovecot.settings, home=short_directory / "two", imap_port=free_port(), lmtp_port=free_port())
        )
        second.start()
        MailClient("127.0.0.1", second.settings.imap_port, second.settings.lmtp_port).sign_in(ana.address, PASSWORD)
        everybody = psutil.Process(second.process.pid).children(recursive=True)
        assert everybody
        second.stop()
        _gone, alive = psutil.wait_procs(everybody, timeout=10)
        assert alive == []

    def test_what_is_wrong_with_the_start_is_said(self, dovecot, short_directory):
        settings = replace(dovecot.settings, home=short_directory / "bad", imap_port=free_port(), lmtp_port=free_port())
        with pytest.raises(DovecotError, match="no_such_setting"):
            LocalDovecot(replace(settings, extra="no_such_setting = yes\n")).start()

    def test_a_port_that_is_taken_is_said(self, dovecot, short_directory):
        with pytest.raises(DovecotError, match=f"listens on 127.0.0.1:{dovecot.settings.imap_port}"):
            LocalDovecot(replace(dovecot.settings, home=short_directory / "taken")).start()

    def test_a_kept_line_to_a_dead_master_is_no_obstacle_to_the_next_start(self, dovecot, ana, short_directory):
        settings = replace(dovecot.settings, home=short_directory / "k", imap_port=free_port(), lmtp_port=free_port())
        first, second = LocalDovecot(settings), LocalDovecot(settings)
        first.start()
        os.kill(first.process.pid, signal.SIGKILL)
        first.stop()
        second.start()
        MailClient("127.0.0.1", settings.imap_port, settings.lmtp_port).sign_in(ana.address, PASSWORD).logout()
        second.stop()


def wait_until_listening(server, host, port):
    deadline = time.monotonic() + 20
    while not local_dovecot._greets(host, port):
        assert server.poll() is None, server.stderr.read().decode()
        assert time.monotonic() < deadline
        time.sleep(0.05)

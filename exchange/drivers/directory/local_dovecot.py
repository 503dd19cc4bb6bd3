"""Write Dovecot's configuration and run it: for tests, for ``make run`` and as the entry point of the container.

Standard library only, and no import from this package: in the container it is a single file beside its templates.
``python3 local_dovecot.py`` reads the environment (see ``settings_from_environment``) and becomes Dovecot.
"""

from __future__ import annotations

import grp
import ipaddress
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

TEMPLATES = Path(__file__).parent / "dovecot-2.3"
TEMPLATE_NAMES = ("dovecot.conf", "dovecot-sql.conf.ext", "dovecot-dict-sql.conf.ext")
INTERNAL_USER = "dovecot"  # default_internal_user
START_SECONDS = 20.0
STOP_SECONDS = 10.0
MAX_SOCKET_PATH = 107  # sun_path of unix(7)
LONGEST_SOCKET = "/login/login-userdb-0123456789"

_POP3 = """
service pop3-login {
  inet_listener pop3 {
    port = 0
  }
  inet_listener pop3s {
    port = @POP3S_PORT@
    ssl = yes
  }
}
"""

_SASL = """inet_listener sasl {
    address = @LMTP_LISTEN@
    port = @SASL_PORT@
  }"""


class DovecotError(Exception):
    """Dovecot cannot be started so; the message says why."""


@dataclass(frozen=True)
class DovecotSettings:
    """Where one Dovecot lives and what it listens on; port 0 switches a listener off.

    ``directory_dsn`` (URL or keywords) is the mail directory *as the role that only reads*, not as the panel.
    ``home`` gets configuration, sockets, state and log, ``mail_root`` the mail. ``mail_user`` is the
    system user who owns the mail (Dovecot wants a name); an ordinary user can only be that himself. Passwords on the
    wire need a certificate unless everything is on loopback.
    """

    home: Path
    mail_root: Path
    directory_dsn: str
    imap_port: int = 11143
    imaps_port: int = 0
    lmtp_port: int = 11024
    pop3s_port: int = 0
    sasl_port: int = 0
    listen: str = "127.0.0.1"
    lmtp_listen: str = "127.0.0.1"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    mail_user: str = ""
    """Default: ``mail``, which every Debian has, for root; oneself for others."""
    postmaster: str = "postmaster@localhost"
    submission_host: str = ""
    """``host:port`` of the mail server that forwarded mail and automatic replies are handed to (no TLS, no sign-in)."""
    log_path: str = ""
    extra: str = ""
    """Further configuration, written to ``local.conf``."""


def is_installed() -> bool:
    """Whether this machine has a Dovecot 2.3 that can read PostgreSQL."""
    program = _program()
    if program is None or not any(Path(root).glob("modules/libdriver_pgsql.so") for root in _MODULE_ROOTS):
        return False
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.startswith("2.3.")


def has_sieve() -> bool:
    """Whether it can forward, answer and expand lists: Debian's dovecot-sieve. Without it mail is only delivered."""
    return any(Path(root).glob("modules/lib90_sieve_plugin.so") for root in _MODULE_ROOTS)


_MODULE_ROOTS = ("/usr/lib/dovecot", "/usr/lib64/dovecot", "/usr/local/lib/dovecot")


class LocalDovecot:
    """One Dovecot in its own session: ``start`` waits until it answers, ``stop`` leaves nothing behind."""

    def __init__(self, settings: DovecotSettings) -> None:
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Write the configuration and run it. DovecotError with the last lines of its log when it does not come up."""
        for host, port in self._listeners():
            if _greets(host, port):  # its greeting would be taken for ours
                raise DovecotError(f"something else listens on {host}:{port}")
        command = prepared_command(self.settings)
        with (self.settings.home / "output.log").open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise DovecotError(f"Dovecot did not start:\n{self.last_lines()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it and all its processes; a master that was killed leaves its children to us."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None

    def last_lines(self, count: int = 20) -> str:
        """The end of what it said, for an error message."""
        texts = [path.read_text(errors="replace") for path in sorted(self.settings.home.glob("*.log"))]
        return "\n".join("".join(texts).splitlines()[-count:])

    def doveadm(self, *words: str) -> str:
        """Run doveadm against this Dovecot and return what it prints. DovecotError when it fails."""
        command = ["doveadm", "-c", str(self.settings.home / "dovecot.conf"), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise DovecotError(done.stderr.strip() or f"doveadm ended with {done.returncode}")
        return done.stdout

    def _answers(self) -> bool:
        return all(_greets(host, port) for host, port in self._listeners())

    def _listeners(self) -> list[tuple[str, int]]:
        """Those that greet without TLS."""
        ports = [(self.settings.listen, self.settings.imap_port), (self.settings.lmtp_listen, self.settings.lmtp_port)]
        return [(host, port) for host, port in ports if port]


def prepared_command(settings: DovecotSettings) -> list[str]:
    """Write the configuration and return the command that runs Dovecot in the foreground, for who watches processes himself."""
    program = _program()
    if program is None:
        raise DovecotError("dovecot is not installed")
    return [program, "-F", "-c", str(write_configuration(settings))]


def write_configuration(settings: DovecotSettings) -> Path:
    """Make the directories and write Dovecot's files and the caretaker's; return the path of ``dovecot.conf``."""
    _refuse_impossible(settings)
    for directory in (settings.home, settings.home / "run", settings.home / "state"):
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    owner = _mail_user(settings)
    settings.mail_root.mkdir(mode=0o700, parents=True, exist_ok=True)
    lists = settings.mail_root / "listas"
    for directory in (settings.mail_root, lists, *(lists / f"{number:02x}" for number in range(256))):
        directory.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(directory, owner.pw_uid, owner.pw_gid)
    values = _values(settings)
    for name in TEMPLATE_NAMES:
        _write(settings.home / name, _filled((TEMPLATES / name).read_text(encoding="utf-8"), values))
    _write(settings.home / "local.conf", settings.extra)
    told = {
        "dsn": libpq_keywords(settings.directory_dsn),
        "mail_root": str(settings.mail_root),
        "owner": [owner.pw_uid, owner.pw_gid],
    }
    _write(settings.home / "caretaker.json", json.dumps(told))
    if os.geteuid() == 0:
        # Dovecot reads the other files as root, this one as its unprivileged self.
        _share(settings.home / "dovecot-dict-sql.conf.ext", pwd.getpwnam(INTERNAL_USER).pw_gid)
    return settings.home / "dovecot.conf"


def libpq_keywords(dsn: str) -> str:
    """``key=value ...`` of a URL or a keyword string, as Dovecot wants it.

    Dovecot 2.3 splits the string at blanks and knows no quoting, so a value with a blank, a quote or a backslash cannot
    be passed on: DovecotError.
    """
    if "://" not in dsn:
        pairs = dict(re.findall(r"(\w+)\s*=\s*('[^']*'|\S+)", dsn))
        pairs = {key: value.strip("'") for key, value in pairs.items()}
    else:
        url = urlsplit(dsn)
        found = {
            "host": unquote(url.hostname or ""),
            "port": str(url.port or ""),
            "user": unquote(url.username or ""),
            "password": unquote(url.password or ""),
            "dbname": unquote(url.path.lstrip("/")),
        }
        pairs = {key: value for key, value in found.items() if value} | dict(parse_qsl(url.query))
    if any(re.search(r"[\s'\"\\#]", value) for value in pairs.values()):
        raise DovecotError("a blank, quote, backslash or # in the address of the directory cannot be told to Dovecot")
    return " ".join(f"{key}={value}" for key, value in {**pairs, "application_name": "dovecot"}.items())


def _refuse_impossible(settings: DovecotSettings) -> None:
    if len(str(settings.home / "run") + LONGEST_SOCKET) > MAX_SOCKET_PATH:
        raise DovecotError(f"the path {settings.home} is too long for Unix sockets")
    if settings.tls_certificate is None and not _is_loopback(settings.listen):
        raise DovecotError("without a TLS certificate Dovecot may listen on loopback addresses only")
    if os.geteuid() not in (0, _mail_user(settings).pw_uid):
        raise DovecotError("an ordinary user can keep mail only as himself")


def _is_loopback(addresses: str) -> bool:
    try:
        return all(ipaddress.ip_address(address).is_loopback for address in re.split(r"[,\s]+", addresses))
    except ValueError:
        return addresses == "localhost"


def _values(settings: DovecotSettings) -> dict[str, str]:
    has_tls = settings.tls_certificate is not None
    owner = _mail_user(settings)
    files = f"ssl_cert = <{settings.tls_certificate}\nssl_key = <{settings.tls_key}" if has_tls else ""
    return {
        # Blocks first: they hold further names.
        "POP3_SERVICE": _POP3 if settings.pop3s_port else "",
        "SASL_LISTENER": _SASL if settings.sasl_port else "",
        "UNPRIVILEGED": "" if os.geteuid() == 0 else _unprivileged(owner.pw_name, with_pop3=settings.pop3s_port > 0),
        "POP3_PROTOCOL": " pop3" if settings.pop3s_port else "",
        "SSL": "required" if has_tls else "no",
        "SSL_FILES": files,
        "LISTEN": settings.listen,
        "LMTP_LISTEN": settings.lmtp_listen,
        "RUN_DIR": str(settings.home / "run"),
        "STATE_DIR": str(settings.home / "state"),
        "CONFIG_DIR": str(settings.home),
        "INSTANCE": f"panel-{settings.imap_port}",
        "LOG_PATH": settings.log_path or str(settings.home / "dovecot.log"),
        "MAIL_UID": str(owner.pw_uid),
        "MAIL_GID": str(owner.pw_gid),
        "MAIL_USER": owner.pw_name,
        "MAIL_ROOT": str(settings.mail_root),
        "POSTMASTER": settings.postmaster,
        "SUBMISSION_HOST": settings.submission_host,
        "SIEVE_PLUGIN": " sieve" if has_sieve() else "",
        "IMAP_PORT": str(settings.imap_port),
        "IMAPS_PORT": str(settings.imaps_port if has_tls else 0),
        "LMTP_PORT": str(settings.lmtp_port),
        "POP3S_PORT": str(settings.pop3s_port),
        "SASL_PORT": str(settings.sasl_port),
        "CONNECT": libpq_keywords(settings.directory_dsn),
    }


def _unprivileged(user: str, *, with_pop3: bool) -> str:
    """Everything as ``user``, nothing locked in: what root alone could do."""
    group = grp.getgrgid(os.getegid()).gr_name
    services = ("anvil", "imap-login", "stats", *(["pop3-login"] if with_pop3 else []))
    unlocked = "".join(f"service {service} {{\n  chroot =\n}}\n" for service in services)
    return f"default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n{unlocked}"


def _filled(template: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def _write(path: Path, text: str) -> None:
    """Readable by its owner only from the first byte: two of the files hold a password."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _share(path: Path, group: int) -> None:
    os.chown(path, 0, group)
    path.chmod(0o640)


def _program() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


def _mail_user(settings: DovecotSettings) -> pwd.struct_passwd:
    name = settings.mail_user or ("mail" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name)
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise DovecotError(f"there is no system user {name}") from None


def _greets(host: str, port: int) -> bool:
    """Whether a server says hello: a bare connection could still be one that Dovecot has only just bound."""
    try:
        with socket.create_connection((host, port), timeout=2) as line:
            return bool(line.recv(1))
    except OSError:
        return False


def settings_from_environment(environment: Mapping[str, str]) -> DovecotSettings:
    """For the container, which listens on all its own addresses: docs/drivers.md has the table of variables."""
    certificate, key = environment.get("MAIL_TLS_CERTIFICATE"), environment.get("MAIL_TLS_KEY")
    return DovecotSettings(
        home=Path(environment.get("DOVECOT_HOME", "/run/panel-dovecot")),
        mail_root=Path(environment.get("MAIL_ROOT", "/srv/mail")),
        directory_dsn=environment["MAIL_DIRECTORY_DOVECOT_URL"],
        imap_port=int(environment.get("DOVECOT_IMAP_PORT", "143")),
        imaps_port=int(environment.get("DOVECOT_IMAPS_PORT", "993")),
        lmtp_port=int(environment.get("DOVECOT_LMTP_PORT", "24")),
        pop3s_port=int(environment.get("DOVECOT_POP3S_PORT", "0")),
        sasl_port=int(environment.get("DOVECOT_SASL_PORT", "0")),
        listen=environment.get("DOVECOT_LISTEN", "0.0.0.0"),  # noqa: S104
        lmtp_listen=environment.get("DOVECOT_LMTP_LISTEN", "0.0.0.0"),  # noqa: S104
        tls_certificate=Path(certificate) if certificate else None,
        tls_key=Path(key) if key else None,
        mail_user=environment.get("MAIL_USER", ""),
        postmaster=environment.get("MAIL_POSTMASTER", "postmaster@localhost"),
        submission_host=environment.get("DOVECOT_SUBMISSION_HOST", ""),
        log_path=environment.get("DOVECOT_LOG", "/dev/stderr"),
    )


def main() -> None:
    """Become Dovecot in the foreground."""
    try:
        command = prepared_command(settings_from_environment(os.environ))
    except DovecotError as error:
        raise SystemExit(str(error)) from error
    os.execv(command[0], command)  # noqa: S606 (no shell is what we want)


if __name__ == "__main__":
    main()

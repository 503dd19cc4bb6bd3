"""What the mail host does for the panel by itself: writes who may open whose mailbox, ends the sessions of who lost the
right to them, erases purged mail.

Dovecot asks the directory at sign-in only, so a telephone that keeps its connection would go on reading a disabled
mailbox for days; and a mailbox that is purged from the directory still has its files. One caretaker runs beside each
Dovecot, under the same system user as its master. It signs in to the directory as Dovecot does and reads what is to be done
there: nothing can call it, nothing is lost while it is down, and doing anything twice is harmless.

Standard library and psycopg2 only, no import from this package: in the container it is a single file.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 (it is a class)

PAUSE = 2.0  # seconds between two rounds
PAUSE_AFTER_TROUBLE = 10.0
ERASED_PER_ROUND = 50
PRUNED_EVERY = 1800  # rounds, about an hour

# What is read again although it was read before: a transaction may commit minutes after it took the time.
LOOK_AGAIN_AFTER = 60.0
OVERLAP = "5 minutes"
AT_START = "1 hour"

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIRECTORY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/" + _ID.pattern)


@dataclass
class Caretaker:
    """``configuration`` is Dovecot's ``dovecot.conf``, ``mail_root`` its mail, ``dsn`` the directory as Dovecot's role.

    ``grace`` seconds pass between a purge and its erasure: a delivery that began before the purge has ended by then.
    """

    dsn: str
    configuration: Path
    mail_root: Path
    owner: tuple[int, int] | None = None  # system user and group who own the mail
    grace: float = 120.0
    _connection: Connection | None = None
    _newest: object = None
    _looked_at: float = 0.0
    _ended: dict[str, object] = field(default_factory=dict)
    _written_until: object = None

    def run(self) -> None:
        """Go round until the process is ended; trouble is reported on standard error and tried again."""
        rounds = 0
        while True:
            try:
                self.write_access_files()  # first: whoever signs in anew must meet the new ones
                self.end_sessions()
                self.erase_purged()
                if rounds % PRUNED_EVERY == 0:
                    self._query("SELECT dovecot.prune_session_ends()")
                    self._written_until = None  # once an hour all of them: a host that was restored has old ones
                rounds += 1
                time.sleep(PAUSE)
            except (psycopg2.Error, OSError, subprocess.SubprocessError) as trouble:
                print(f"caretaker: {str(trouble).strip()}", file=sys.stderr, flush=True)  # noqa: T201
                self.close()
                time.sleep(PAUSE_AFTER_TROUBLE)

    def write_access_files(self) -> list[str]:
        """Bring the files of mailboxes whose grants changed to what the directory says; return their ids."""
        since = self._written_until
        ((until,),) = self._query("SELECT max(changed_at) FROM dovecot.grant_change")
        if until is None or until == since:
            return []
        rows = self._query(
            "SELECT f.mailbox_id::text, f.directory, f.content FROM dovecot.grant_change c"
            " JOIN dovecot.access_file f USING (mailbox_id)"
            " WHERE %s::timestamptz IS NULL OR c.changed_at > %s::timestamptz - %s::interval",
            since,
            since,
            OVERLAP,
        )
        changed = [str(mailbox_id) for mailbox_id, directory, content in rows if self._write_access(directory, content)]
        self._written_until = until
        return changed

    def _write_access(self, directory: object, content: object) -> bool:
        """The file appears whole or not at all; True when it was another before."""
        if _DIRECTORY.fullmatch(str(directory)) is None:
            raise OSError(f"not the directory of a mailbox: {directory!r}")
        maildir = self.mail_root / str(directory) / "Maildir"
        file, wanted = maildir / "dovecot-acl", str(content or "")
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if before == wanted:
            return False
        self._make(maildir)
        partial = maildir / "dovecot-acl.panel"
        partial.write_text(wanted, encoding="utf-8")
        self._give(partial)
        partial.rename(file)
        # Dovecot's note of which folders others may see: it does not notice by itself.
        (maildir / "dovecot-acl-list").unlink(missing_ok=True)
        return True

    def _make(self, maildir: Path) -> None:
        """The mailbox may never have been signed in to or delivered to."""
        missing = [path for path in (maildir, *maildir.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(mode=0o700)
            self._give(path)

    def _give(self, path: Path) -> None:
        if self.owner is not None and os.geteuid() == 0:
            os.chown(path, *self.owner)

    def end_sessions(self) -> list[str]:
        """Disconnect those whose mailbox was disabled, removed, or got another password; return their ids."""
        ((newest,),) = self._query("SELECT max(requested_at) FROM dovecot.session_end")
        is_due = newest != self._newest or time.monotonic() - self._looked_at > LOOK_AGAIN_AFTER
        return self._end_sessions_of(self._signed_in(), newest) if is_due else []

    def _end_sessions_of(self, signed_in: set[str], newest: object) -> list[str]:
        """Those who are there are few, those whose right ended may be a whole domain of a million: ask for the former."""
        rows = self._query(
            "SELECT mailbox_id::text, requested_at FROM dovecot.session_end"
            " WHERE mailbox_id = ANY(%s::uuid[]) AND requested_at > now() - %s::interval",
            [each for each in signed_in if _ID.fullmatch(each)],
            OVERLAP if self._newest else AT_START,
        )
        wanted = {str(mailbox_id): requested_at for mailbox_id, requested_at in rows}
        fresh = sorted(each for each, requested_at in wanted.items() if self._ended.get(each) != requested_at)
        for mailbox_id in fresh:
            self._doveadm("kick", mailbox_id)
        self._ended, self._newest, self._looked_at = wanted, newest, time.monotonic()
        return fresh

    def erase_purged(self) -> list[str]:
        """Delete the files of mailboxes that were purged, and tell the directory; return their ids."""
        rows = self._query(
            "SELECT mailbox_id::text, directory FROM dovecot.to_erase"
            " WHERE purged_at <= now() - %s * interval '1 second' ORDER BY purged_at LIMIT %s",
            self.grace,
            ERASED_PER_ROUND,
        )
        for _mailbox_id, directory in rows:
            self._erase(str(directory))
        erased = [str(mailbox_id) for mailbox_id, _directory in rows]
        if erased:
            self._query("SELECT dovecot.mark_erased(%s::uuid[])", erased)
        return erased

    def close(self) -> None:
        """Give the connection back; the next round opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _erase(self, directory: str) -> None:
        """Never anything but a mailbox's own directory, whatever the database says."""
        if _DIRECTORY.fullmatch(directory) is None:
            raise OSError(f"not the directory of a mailbox: {directory!r}")
        try:
            shutil.rmtree(self.mail_root / directory)
        except FileNotFoundError:
            return  # never signed in to, or erased before the directory could be told

    def _signed_in(self) -> set[str]:
        lines = self._doveadm("-f", "tab", "who").splitlines()
        return {line.partition("\t")[0] for line in lines[1:]}

    def _doveadm(self, *words: str) -> str:
        command = ["doveadm", "-c", str(self.configuration), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode not in (0, _NOBODY_TO_KICK):
            raise subprocess.SubprocessError(f"doveadm {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def _query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self.dsn, connect_timeout=5, fallback_application_name="caretaker")
            self._connection.autocommit = True
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows: list[tuple[object, ...]] = cursor.fetchall()
            return rows


_NOBODY_TO_KICK = 68  # EX_NOHOST of sysexits.h: they went by themselves in between


def caretaker_of(home: Path) -> Caretaker:
    """The caretaker of the Dovecot whose configuration local_dovecot.py wrote into ``home``. OSError when there is none."""
    told = json.loads((home / "caretaker.json").read_text(encoding="utf-8"))
    uid, gid = told["owner"]
    return Caretaker(
        dsn=told["dsn"], configuration=home / "dovecot.conf", mail_root=Path(told["mail_root"]), owner=(uid, gid)
    )


def main(arguments: Sequence[str]) -> None:
    """``caretaker.py HOME``: work until ended."""
    if len(arguments) != 1:
        raise SystemExit("usage: caretaker.py DOVECOT_HOME")
    caretaker_of(Path(arguments[0])).run()


if __name__ == "__main__":
    main(sys.argv[1:])

"""``make reset``: throws the local data away, after asking."""

from __future__ import annotations

import fcntl
import shutil

from cloudpanel.local.places import OUTSIDE, LocalError, Places
from cloudpanel.local.services import stop_services

WORD = "delete"


def reset(*, is_sure: bool = False) -> int:
    """Stop the services of every profile and delete their data. Raises LocalError while ``make run`` is running."""
    base = Places.of("run").base
    profiles = (
        sorted(path.name for path in base.iterdir() if path.is_dir() and (path / "log").is_dir())
        if base.exists()
        else []
    )
    if not profiles:
        print(f"There is no local data in {base}.")
        return 0
    if not is_sure and not _agrees(base):
        print("Nothing was deleted.")
        return 1
    for profile in profiles:
        places = Places(profile, base)
        _refuse_running(places)
        stop_services(places)
        for directory in (places.postgres_data, places.sockets, places.home, OUTSIDE / places.fingerprint):
            shutil.rmtree(directory, ignore_errors=True)
    shutil.rmtree(base / "mail", ignore_errors=True)
    print(f"The data of {', '.join(profiles)} was deleted. `make run` begins anew.")
    return 0


def _agrees(base: object) -> bool:
    print(f"This deletes all data in {base}: accounts, orders, mailboxes, e-mail. There is no way back.")
    try:
        return input(f"Write {WORD} to go on: ").strip() == WORD
    except EOFError:
        return False


def _refuse_running(places: Places) -> None:
    lock_file = places.home / "run.lock"
    if not lock_file.exists():
        return
    with lock_file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError("The panel is running from this tree. End it with Ctrl-C first, then reset.") from None

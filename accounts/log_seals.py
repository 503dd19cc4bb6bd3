"""Seals the *registro de acciones*: chains the lines that became final since the last seal.

A line is final when every transaction with a lower number has ended; so sealing waits for slow writers, and no writer
ever waits for it. Run every few seconds by the worker, or by hand with ``manage.py seal_action_log``.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.log_macs import MARK_BYTES, seal_mac
from accounts.models import ActionLogSeal

logger = logging.getLogger(__name__)
LINES_PER_SEAL = 10_000
LOCK = 0x5EA1_106  # any number, the same in every process
FINAL_LINES = """
SELECT id, written_in, mac FROM accounts_actionlogentry
WHERE id > %s AND (written_in, id) > (%s, %s) AND (
    written_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    OR written_in >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint  -- it came with a restored dump
)
ORDER BY written_in, id LIMIT %s
"""


def seal_new_lines() -> int:
    """Seals all that is final and returns how many lines; 0 at once when another process is sealing."""
    total = 0
    while True:
        seal = _seal_next()
        if seal is None:
            return total
        total += len(seal.entry_ids)
        keep_anchor(seal)
        if len(seal.entry_ids) < LINES_PER_SEAL:
            return total


@transaction.atomic(durable=True)
def _seal_next() -> ActionLogSeal | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
    last = ActionLogSeal.objects.order_by("number").last() or ActionLogSeal(
        number=0, last_transaction=0, last_entry_id=0, mac=b""
    )
    lines = _final_lines(last)
    if not lines and _is_younger_database(last):
        last = _next_epoch(last)
        lines = _final_lines(last)
    return _close(last, lines) if lines else None


def _final_lines(last: ActionLogSeal) -> list[tuple[int, int, memoryview]]:
    with connection.cursor() as cursor:
        cursor.execute(FINAL_LINES, [last.after_id, last.last_transaction, last.last_entry_id, LINES_PER_SEAL])
        return list(cursor.fetchall())


def _close(last: ActionLogSeal, lines: list[tuple[int, int, memoryview]]) -> ActionLogSeal:
    entry_id, written_in, _mac = lines[-1]
    seal = ActionLogSeal(
        number=last.number + 1,
        created_at=timezone.now(),
        epoch=last.epoch,
        after_id=last.after_id,
        last_transaction=written_in,
        last_entry_id=entry_id,
        entry_ids=[line[0] for line in lines],
        entry_marks=b"".join(bytes(line[2][:MARK_BYTES]) for line in lines),
    )
    seal.mac = seal_mac(bytes(last.mac), seal.facts, seal.entry_ids, bytes(seal.entry_marks))
    seal.save(force_insert=True)
    return seal


def _is_younger_database(last: ActionLogSeal) -> bool:
    """Whether transactions count from lower numbers than those sealed: a dump was restored elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint <= %s", [last.last_transaction])
        return bool(cursor.fetchone()[0])


def _next_epoch(last: ActionLogSeal) -> ActionLogSeal:
    """Where the chain goes on after a restore: after every line that came with the dump."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(entry), 0) FROM accounts_actionlogseal, unnest(entry_ids) AS entry")
        after_id = cursor.fetchone()[0]
    return ActionLogSeal(
        number=last.number, epoch=last.epoch + 1, after_id=after_id, last_transaction=0, last_entry_id=0, mac=last.mac
    )


def keep_anchor(seal: ActionLogSeal) -> None:
    """Notes the newest seal outside the database, in a file and in the process's own log."""
    mac = bytes(seal.mac).hex()
    logger.info("Action log sealed: number=%s lines=%s mac=%s", seal.number, len(seal.entry_ids), mac)
    if settings.ACTION_LOG_ANCHOR is None:
        return
    path = Path(settings.ACTION_LOG_ANCHOR)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps({"number": seal.number, "mac": mac}))
        fresh.replace(path)
    except OSError:
        logger.exception("The newest seal could not be noted in %s; the line above is its only note", path)


def read_anchor() -> tuple[int, bytes] | None:
    """(number, MAC) of the newest seal noted on this machine; None when there is none."""
    path = settings.ACTION_LOG_ANCHOR
    if path is None or not Path(path).exists():
        return None
    noted = json.loads(Path(path).read_text())
    return int(noted["number"]), bytes.fromhex(noted["mac"])

"""Whoever owns the database and turns its triggers off is found out all the same."""

from __future__ import annotations

import io
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import log_seals
from accounts.action_log import COLUMNS, LINES, Thing, build_entry, lines_as_json, log_action, log_actions, log_each
from accounts.log_macs import CONTENT_FIELDS, is_mac_of
from accounts.log_verification import verify_action_log
from accounts.models import ActionLogEntry, ActionLogSeal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def anchor(settings, tmp_path):
    settings.ACTION_LOG_ANCHOR = tmp_path / "anchor"
    return settings.ACTION_LOG_ANCHOR


OPEN_ELSEWHERE = """
SELECT backend_xid::text FROM pg_stat_activity WHERE datname <> current_database() AND backend_xid IS NOT NULL
"""


def seal_new_lines() -> int:
    wait_until_lines_are_final()
    return log_seals.seal_new_lines()


def wait_until_lines_are_final() -> None:
    """Transaction numbers belong to the whole server, and the other half of the suite works in it too: let what is open
    there end first."""
    deadline = time.monotonic() + 60
    before_us = open_elsewhere()
    while before_us & open_elsewhere():
        assert time.monotonic() < deadline, "a transaction of another database does not end"
        time.sleep(0.02)


def open_elsewhere() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(OPEN_ELSEWHERE)
        return {transaction_id for (transaction_id,) in cursor.fetchall()}


def write(actor, account, count: int) -> list[int]:
    log_actions(
        build_entry(
            actor=actor, account=account, action="exchange.mailbox.created", target_name=f"b{n}@empresa.example"
        )
        for n in range(count)
    )
    return list(ActionLogEntry.objects.order_by("-pk").values_list("pk", flat=True)[:count])[::-1]


@pytest.fixture
def ids(actor, account) -> list[int]:
    """Six sealed lines, in two seals."""
    first = write(actor, account, 3)
    seal_new_lines()
    second = write(actor, account, 3)
    seal_new_lines()
    return first + second


def as_owner(sql: str, *values: object) -> None:
    """What somebody with the owner's password can do to the tables."""
    tables = ("accounts_actionlogentry", "accounts_actionlogseal")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            cursor.execute(sql, values)
        finally:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table.replace('entry', '')}_no_change")


def found() -> list[tuple[int | None, str]]:
    return [(finding.entry_id, finding.message) for finding in verify_action_log().findings]


def test_an_untouched_log_is_whole(ids):
    report = verify_action_log()
    assert (report.sealed, report.seals, report.pending, report.findings) == (6, 2, 0, [])


@pytest.mark.parametrize("column", ["actor_name", "action", "object_name", "origin", "impersonator_name"])
def test_an_altered_text_is_found_and_named(ids, column):
    as_owner(f"UPDATE accounts_actionlogentry SET {column} = 'otro' WHERE id = %s", ids[1])
    assert found() == [(ids[1], f"La acción {ids[1]} fue alterada.")]


def test_lines_written_by_copy_prove_themselves_too(actor, account):
    things = [
        Thing("1", 'Ana "Núñez", \\N\n😀', {"b": {"y": 1.0, "x": None}, "a": ["ñ", 2**60]}),
        Thing("2", "\\N", {}),
        Thing("3", "x" * 300, {"import": "a,b"}),
    ]
    log_each(actor=actor, account=account, action="exchange.mailbox.created", model=ActionLogEntry, things=things)
    lines = list(ActionLogEntry.objects.order_by("pk")[:3])
    assert [line.object_name for line in lines] == [thing.object_name[:254] for thing in things]
    assert [line.after for line in lines][1:] == [{}, {"import": "a,b"}]
    assert all(is_mac_of(line.mac, [getattr(line, name) for name in CONTENT_FIELDS]) for line in lines)


def test_an_altered_date_or_account_is_found(ids, other_account):
    as_owner("UPDATE accounts_actionlogentry SET at = at + interval '1 hour' WHERE id = %s", ids[0])
    as_owner("UPDATE accounts_actionlogentry SET account_id = %s WHERE id = %s", other_account.pk, ids[4])
    assert [entry for entry, _ in found()] == [ids[0], ids[4]]


def test_an_altered_before_or_after_is_found(ids):
    as_owner("""UPDATE accounts_actionlogentry SET after = '{"quota_mb": 1}' WHERE id = %s""", ids[2])
    assert [entry for entry, _ in found()] == [ids[2]]


def test_a_missing_line_is_found_and_named(ids):
    as_owner("DELETE FROM accounts_actionlogentry WHERE id = %s", ids[1])
    assert found() == [(ids[1], f"Falta la acción {ids[1]}.")]


def test_two_lines_that_swapped_their_content_are_found(ids):
    columns = ", ".join([*CONTENT_FIELDS, "mac"])
    others = ", ".join(f"b.{name}" for name in [*CONTENT_FIELDS, "mac"])
    as_owner(
        f"UPDATE accounts_actionlogentry a SET ({columns}) = (SELECT {others} FROM accounts_actionlogentry b "
        "WHERE b.id = %s + %s - a.id) WHERE a.id IN (%s, %s)",
        *(ids[0], ids[5]) * 2,
    )
    assert [entry for entry, _ in found()] == [ids[0], ids[5]]


def test_a_line_moved_to_another_place_is_found(ids):
    as_owner("UPDATE accounts_actionlogentry SET written_in = written_in + 1000000 WHERE id = %s", ids[0])
    assert (ids[0], f"La acción {ids[0]} fue cambiada de lugar.") in found()


def test_a_line_slipped_in_afterwards_is_found(ids):
    as_owner(
        "INSERT INTO accounts_actionlogentry (account_id, at, actor_name, impersonator_name, action, object_type, "
        "object_id, object_name, before, after, origin, mac, written_in) SELECT account_id, at, actor_name, "
        "impersonator_name, action, object_type, object_id, object_name, before, after, origin, mac, written_in "
        "FROM accounts_actionlogentry WHERE id = %s",
        ids[0],
    )
    copy = ActionLogEntry.objects.latest("pk").pk
    assert found() == [(copy, f"La acción {copy} fue agregada después.")]


def test_the_newest_line_missing_is_found(ids):
    as_owner("DELETE FROM accounts_actionlogentry WHERE id = %s", ids[-1])
    assert found() == [(ids[-1], f"Falta la acción {ids[-1]}.")]


def test_the_newest_lines_cut_off_together_with_their_seal_are_found(ids):
    as_owner("DELETE FROM accounts_actionlogentry WHERE id >= %s", ids[3])
    as_owner("DELETE FROM accounts_actionlogseal WHERE number = 2")
    [(_, message)] = found()
    assert "Falta el final del registro" in message


def test_a_log_emptied_altogether_is_found(ids):
    as_owner("DELETE FROM accounts_actionlogentry")
    as_owner("DELETE FROM accounts_actionlogseal")
    assert len(found()) == 1


def test_a_seal_missing_in_the_middle_is_found(ids, actor, account):
    write(actor, account, 1)
    seal_new_lines()
    as_owner("DELETE FROM accounts_actionlogseal WHERE number = 2")
    assert "Faltan los sellos 2 a 2." in [message for _, message in found()]


def test_a_seal_that_no_longer_names_a_line_is_found(ids):
    as_owner("DELETE FROM accounts_actionlogentry WHERE id = %s", ids[1])
    as_owner("UPDATE accounts_actionlogseal SET entry_ids = array_remove(entry_ids, %s) WHERE number = 1", ids[1])
    assert (None, "El sello 1 fue alterado.") in found()


def test_a_chain_made_anew_without_the_key_is_found(ids, settings):
    as_owner("DELETE FROM accounts_actionlogentry WHERE id = %s", ids[0])
    as_owner("DELETE FROM accounts_actionlogseal")
    right = settings.ACTION_LOG_KEYS
    settings.ACTION_LOG_KEYS = ["una clave que el intruso inventó"]
    seal_new_lines()
    settings.ACTION_LOG_KEYS = right
    assert (None, "El sello 1 fue alterado.") in found()


def test_a_line_altered_before_its_seal_is_found_too(actor, account):
    [line] = write(actor, account, 1)
    as_owner("UPDATE accounts_actionlogentry SET actor_name = 'otro' WHERE id = %s", line)
    assert [entry for entry, _ in found()] == [line]
    seal_new_lines()
    assert [entry for entry, _ in found()] == [line]


def test_lines_written_under_an_older_key_still_verify(ids, settings, actor, account):
    settings.ACTION_LOG_KEYS = ["nueva", *settings.ACTION_LOG_KEYS]
    write(actor, account, 2)
    seal_new_lines()
    assert found() == []


def test_a_line_without_its_proof_is_refused_by_the_database(ids):
    with pytest.raises(IntegrityError, match="action_log_has_mac"):
        as_owner("UPDATE accounts_actionlogentry SET mac = '' WHERE id = %s", ids[0])


def test_the_database_refuses_to_change_or_remove_a_seal(ids):
    for sql in ("UPDATE accounts_actionlogseal SET epoch = 2", "DELETE FROM accounts_actionlogseal"):
        with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(sql)


@contextmanager
def slow_writer(actor, account):
    """Another connection that has written a line and takes its time to commit."""
    wrote, finish = threading.Event(), threading.Event()

    def work() -> None:
        with transaction.atomic():
            log_action(actor=actor, account=account, action="exchange.mailbox.created", target_name="lento")
            wrote.set()
            finish.wait(20)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert wrote.wait(20)
        yield
    finally:
        finish.set()
        thread.join()


def test_a_slow_writer_holds_up_no_other_writer_and_its_line_is_sealed_later(actor, account):
    with slow_writer(actor, account):
        write(actor, account, 3)  # would hang here if the chain needed a lock
        assert seal_new_lines() == 0
        assert verify_action_log().pending == 3
    assert seal_new_lines() == 4
    assert found() == []


def test_rolled_back_lines_leave_gaps_that_alarm_nobody(actor, account):
    write(actor, account, 1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write(actor, account, 5)
        raise ZeroDivisionError
    write(actor, account, 1)
    seal_new_lines()
    assert found() == []


def test_many_lines_are_sealed_in_stretches(actor, account, monkeypatch):
    monkeypatch.setattr(log_seals, "LINES_PER_SEAL", 10)
    write(actor, account, 35)
    assert seal_new_lines() == 35
    assert ActionLogSeal.objects.count() == 4
    assert found() == []


def test_the_chain_goes_on_in_a_database_restored_from_a_dump(ids, actor, account):
    left_over = write(actor, account, 2)
    # In the new server transactions count from lower numbers than those that came with the dump.
    distance = 10_000_000
    as_owner("UPDATE accounts_actionlogentry SET written_in = written_in + %s", distance)
    as_owner("DELETE FROM accounts_actionlogseal")
    seal_new_lines()
    fresh = write(actor, account, 2)
    assert seal_new_lines() == 2
    assert ActionLogSeal.objects.latest("number").epoch == 2
    assert found() == []
    as_owner("DELETE FROM accounts_actionlogentry WHERE id IN (%s, %s)", left_over[0], fresh[1])
    assert [entry for entry, _ in found()] == [left_over[0], fresh[1]]


def test_the_anchor_that_cannot_be_written_does_not_stop_the_sealing(actor, account, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.ACTION_LOG_ANCHOR = tmp_path / "file" / "anchor"
    write(actor, account, 1)
    assert seal_new_lines() == 1


def test_lines_written_inside_another_statement_verify_too(actor, account):
    """As the engine does, with the jobs that it settles."""
    data = {"quota_mb": 5120, "share": 0.5, "name": "Peña", "nothing": None, "many": [1, 2.0, True]}
    entries = [
        build_entry(actor=actor, account=account, action="exchange.mailbox.created", before=data, after={"x": data})
        for _ in range(3)
    ]
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_actionlogentry ({columns}) SELECT {columns} FROM {LINES}",
            {"lines": lines_as_json(entries)},
        )
    assert seal_new_lines() == 3
    assert found() == []


def test_lines_that_wait_too_long_for_their_seal_are_mentioned(actor, account):
    entry = build_entry(actor=actor, account=account, action="exchange.mailbox.created")
    entry.at = timezone.now() - timedelta(hours=1)
    entry.save()
    assert verify_action_log().late_since == entry.at


def test_the_command_says_which_line_and_fails(ids):
    as_owner("DELETE FROM accounts_actionlogentry WHERE id = %s", ids[1])
    errors = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_action_log", stdout=io.StringIO(), stderr=errors)
    assert ended.value.code == 1
    assert f"Falta la acción {ids[1]}." in errors.getvalue()


def test_the_command_is_content_with_a_whole_log(ids):
    output = io.StringIO()
    call_command("verify_action_log", stdout=output)
    assert "completo y sin alteraciones" in output.getvalue()


def test_the_command_seals_by_hand(actor, account):
    write(actor, account, 2)
    wait_until_lines_are_final()
    output = io.StringIO()
    call_command("seal_action_log", stdout=output)
    assert "2 acciones selladas" in output.getvalue()


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.decimals(allow_nan=False, places=2)
values = st.none() | st.booleans() | numbers | words | st.datetimes(timezones=st.just(timezone.get_default_timezone()))
changes = st.dictionaries(
    words, st.recursive(values, lambda inner: st.lists(inner, max_size=3), max_leaves=5), max_size=4
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=changes, after=changes, name=words)
def test_whatever_the_database_gives_back_still_matches_its_proof(actor, account, before, after, name):
    entry = log_action(
        actor=actor, account=account, action="exchange.mailbox.changed", target_name=name, before=before, after=after
    )
    entry.refresh_from_db()
    assert is_mac_of(entry.mac, [getattr(entry, field) for field in CONTENT_FIELDS])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(positions=st.sets(st.integers(0, 7)))
def test_any_set_of_lines_removed_is_named_exactly(actor, account, positions):
    before = {entry for entry, _ in found()}  # of the examples before this one
    lines = write(actor, account, 8)
    seal_new_lines()
    gone = [lines[position] for position in sorted(positions)]
    as_owner("DELETE FROM accounts_actionlogentry WHERE id = ANY(%s)", gone)
    assert {entry for entry, _ in found()} == before | set(gone)

"""The directory's database is away, restarts, hangs, refuses us, or is fought over."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, TransientError
from exchange.drivers.base import AliasSpec, DomainSpec, Outcome
from exchange.drivers.directory import DirectoryMailDriver
from tests.exchange.drivers.conftest import mailbox
from tests.exchange.drivers.line import Line

EMPRESA = DomainSpec(uuid4(), "empresa.example")


@pytest.fixture
def line(mail_database, directory, tmp_path_factory):
    directory.ensure_domain(EMPRESA)
    line = Line(mail_database, tmp_path_factory.mktemp("l"))
    yield line
    line.cut()


@pytest.fixture
def far_driver(line):
    driver = DirectoryMailDriver({"dsn": line.dsn, "call_timeout": 0.5})
    yield driver
    driver.close()


def changed(dsn, **parts):
    return make_dsn(**{**parse_dsn(dsn), **parts})


def test_a_database_that_is_down_is_a_passing_trouble_and_then_it_works(line, far_driver):
    line.cut()
    with pytest.raises(TransientError):
        far_driver.ensure_mailbox(mailbox())
    line.restore()
    assert far_driver.ensure_mailbox(mailbox()) is Outcome.CREATED


def test_a_restart_between_two_calls_is_not_even_noticed(line, far_driver):
    far_driver.check()
    line.drop()
    assert far_driver.ensure_mailbox(mailbox()) is Outcome.CREATED


def test_a_database_that_went_down_after_we_connected_is_a_passing_trouble(line, far_driver):
    far_driver.check()
    line.cut()
    with pytest.raises(TransientError):
        far_driver.check()
    line.restore()
    far_driver.check()


def test_a_database_that_hangs_does_not_hold_the_worker(line, far_driver):
    far_driver.check()
    line.freeze()
    started = time.monotonic()
    with pytest.raises(TransientError, match="no answer within"):
        far_driver.check()
    assert time.monotonic() - started < 5
    line.restore()
    far_driver.check()


def test_a_lock_that_is_never_given_up_is_a_passing_trouble(mail_database, directory, query):
    directory.ensure_domain(EMPRESA)
    ana = mailbox()
    directory.ensure_mailbox(ana)
    impatient = DirectoryMailDriver({"dsn": mail_database, "lock_timeout": 0.05})
    with psycopg2.connect(mail_database) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT FROM mail.mailbox WHERE id = %s FOR UPDATE", [str(ana.id)])
        with pytest.raises(TransientError):
            impatient.set_quota(ana.id, 7)
    holder.close()
    assert impatient.set_quota(ana.id, 7) is Outcome.AMENDED
    impatient.close()


def test_a_query_that_takes_too_long_is_a_passing_trouble(mail_database):
    slow = DirectoryMailDriver({"dsn": mail_database, "statement_timeout": 0.05})
    with pytest.raises(TransientError):
        slow._connection.run(lambda cursor: cursor.execute("SELECT pg_sleep(10)"))
    slow.close()


@pytest.mark.parametrize(
    "parts",
    [{"dbname": "no_such_database"}, {"user": "no_such_role"}, {"dbname": "postgres"}],
    ids=["no database", "no role", "no directory in it"],
)
def test_a_wrong_set_up_is_for_support(mail_database, parts):
    driver = DirectoryMailDriver({"dsn": changed(mail_database, **parts)})
    with pytest.raises(ConfigurationError):
        driver.ensure_mailbox(mailbox())
    driver.close()


def test_too_few_rights_are_for_support(mail_database):
    reader = DirectoryMailDriver({"dsn": changed(mail_database, user=parse_dsn(mail_database)["dbname"])})
    with pytest.raises(ConfigurationError):
        reader.ensure_mailbox(mailbox())
    reader.close()


@pytest.mark.parametrize("config", [{}, {"dsn": ""}, {"dsn": "x", "timeout": 3}, {"dsn": "no dsn at all"}])
def test_a_configuration_that_makes_no_sense_is_for_support(config):
    with pytest.raises(ConfigurationError):
        DirectoryMailDriver(config).check()


def test_what_only_the_database_refuses_is_said_in_spanish_and_without_the_hash(directory, monkeypatch):
    directory.ensure_domain(EMPRESA)
    monkeypatch.setattr("exchange.drivers.directory.driver.require_mailbox", lambda spec: None)
    with pytest.raises(PermanentError) as refusal:
        directory.ensure_mailbox(mailbox(password_hash="{PLAIN}secreta"))
    assert refusal.value.user_message == "El servicio de correo no acepta estos datos."
    assert "secreta" not in refusal.value.detail


def test_twenty_at_once_make_one_mailbox(directory, query):
    directory.ensure_domain(EMPRESA)
    ana = mailbox()
    start = threading.Barrier(20)

    def ensure() -> Outcome:
        start.wait()
        try:
            return directory.ensure_mailbox(ana)
        finally:
            directory.close()

    with ThreadPoolExecutor(20) as pool:
        outcomes = [future.result() for future in [pool.submit(ensure) for _ in range(20)]]
    assert outcomes.count(Outcome.CREATED) == 1
    assert query("SELECT count(*) FROM mail.mailbox") == [(1,)]


def test_twenty_different_ones_for_one_address_have_one_winner(directory, query):
    directory.ensure_domain(EMPRESA)
    start = threading.Barrier(20)

    def ensure() -> object:
        start.wait()
        try:
            return directory.ensure_mailbox(mailbox())
        except PermanentError as refusal:
            return refusal.user_message
        finally:
            directory.close()

    with ThreadPoolExecutor(20) as pool:
        outcomes = [future.result() for future in [pool.submit(ensure) for _ in range(20)]]
    assert outcomes.count(Outcome.CREATED) == 1
    assert outcomes.count("La dirección ana@empresa.example ya está en uso.") == 19
    assert query("SELECT count(*) FROM mail.mailbox") == [(1,)]


def test_a_mailbox_and_an_alias_that_race_for_an_address_do_not_both_get_it(directory, query):
    directory.ensure_domain(EMPRESA)
    luis = mailbox("luis@empresa.example")
    directory.ensure_mailbox(luis)
    start = threading.Barrier(2)

    def attempt(call) -> bool:
        start.wait()
        try:
            call()
        except PermanentError:
            return False
        finally:
            directory.close()
        return True

    alias = AliasSpec(uuid4(), "ana@empresa.example", luis.id)
    calls = [lambda: directory.ensure_mailbox(mailbox()), lambda: directory.ensure_alias(alias)]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, calls)) == [False, True]


def test_a_worker_killed_in_the_middle_leaves_nothing_half_done(mail_database, directory, query):
    """The child waits for a row that we hold, half way through its batch, when it is killed with -9."""
    directory.ensure_domain(EMPRESA)
    held, new = mailbox("ocupada@empresa.example"), mailbox("nueva@empresa.example")
    directory.ensure_mailbox(held)
    with psycopg2.connect(mail_database) as holder, holder.cursor() as cursor:
        cursor.execute("SELECT FROM mail.address WHERE id = %s FOR UPDATE", [str(held.id)])
        child = os.fork()
        if child == 0:
            try:
                moved = replace(held, address="libre@empresa.example")
                DirectoryMailDriver({"dsn": mail_database}).ensure_mailboxes([new, moved])
            finally:
                os._exit(1)
        wait_until_somebody_waits_for_a_lock(query)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    holder.close()
    assert directory.lookup([new.id]) == {}
    assert directory.lookup([held.id])[held.id].address == held.address
    assert directory.ensure_mailboxes([new, held]) == {new.id: Outcome.CREATED, held.id: Outcome.UNCHANGED}


def wait_until_somebody_waits_for_a_lock(query):
    deadline = time.monotonic() + 10
    while not query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_forked_worker_does_not_use_its_parents_connection(directory):
    directory.ensure_domain(EMPRESA)
    child = os.fork()
    if child == 0:
        worked = False
        try:
            worked = directory.ensure_mailbox(mailbox("hijo@empresa.example")) is Outcome.CREATED
        finally:
            os._exit(0 if worked else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert directory.ensure_mailbox(mailbox("padre@empresa.example")) is Outcome.CREATED

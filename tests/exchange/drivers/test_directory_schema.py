"""The directory keeps its promises by itself, whoever writes, and Dovecot can do no more in it than it needs."""

import os
import threading
from uuid import uuid4

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg2 import errors, sql
from psycopg2.extensions import make_dsn, parse_dsn

from cloudpanel.provisioning.errors import ConfigurationError
from exchange.drivers.addresses import is_address, is_domain
from exchange.drivers.base import AliasSpec, DomainSpec
from exchange.drivers.directory import DirectoryMailDriver, install, install_schema
from exchange.drivers.directory.install import SCHEMA_VERSION
from exchange.drivers.passwords import hash_password
from tests.exchange.conftest import administer
from tests.exchange.drivers.conftest import mailbox

OTHER = uuid4()  # a second domain


@pytest.fixture
def empresa(directory):
    domain = DomainSpec(uuid4(), "empresa.example")
    directory.ensure_domain(domain)
    return domain


@pytest.fixture
def as_dovecot(mail_database):
    """Run SQL as the role that Dovecot signs in as."""
    role = parse_dsn(mail_database)["dbname"]
    connection = psycopg2.connect(make_dsn(**{**parse_dsn(mail_database), "user": role, "password": "lee-y-calla"}))
    connection.autocommit = True

    def run(statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    yield run
    connection.close()


def seen(as_dovecot, view="mailbox"):
    return sorted(address for (address,) in as_dovecot(f"SELECT address FROM dovecot.{view}"))


def test_installing_again_changes_nothing_and_says_what_was_there(mail_database, directory, empresa, query):
    assert install_schema(mail_database, dovecot_role=parse_dsn(mail_database)["dbname"]) == SCHEMA_VERSION
    assert query("SELECT count(*) FROM mail.domain") == [(1,)]


def test_a_directory_of_an_older_panel_is_brought_to_this_version(mail_server, monkeypatch):
    name = f"test_old_{os.getpid()}"
    administer(mail_server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    dsn = make_dsn(**{**parse_dsn(mail_server), "dbname": name})
    try:
        monkeypatch.setattr(install, "SCHEMA_VERSION", 1)
        monkeypatch.setattr(install, "_install_views", lambda cursor, role: None)
        install_schema(dsn, dovecot_role=name)
        monkeypatch.undo()
        assert install_schema(dsn, dovecot_role=name) == 1
        assert install_schema(dsn, dovecot_role=name) == SCHEMA_VERSION
        DirectoryMailDriver({"dsn": dsn}).check()
    finally:
        administer(
            mail_server,
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)),
            sql.SQL("DROP ROLE {}").format(sql.Identifier(name)),
        )


def test_many_can_install_at_once(mail_database):
    role = parse_dsn(mail_database)["dbname"]
    failures = []

    def install():
        try:
            install_schema(mail_database, dovecot_role=role, dovecot_password="lee-y-calla")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=install) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_directory_of_a_newer_panel_is_left_alone(mail_database, directory, query):
    query("INSERT INTO mail.schema_version (version) VALUES (99)")
    try:
        with pytest.raises(ConfigurationError):
            install_schema(mail_database, dovecot_role=parse_dsn(mail_database)["dbname"])
        with pytest.raises(ConfigurationError):
            directory.check()
    finally:
        query("DELETE FROM mail.schema_version WHERE version = 99")


def test_dovecot_sees_what_is_enabled_and_nothing_else(directory, empresa, as_dovecot):
    people = {name: mailbox(f"{name}@empresa.example") for name in ("ana", "baja", "papelera", "ida")}
    directory.ensure_mailboxes(list(people.values()))
    directory.ensure_alias(AliasSpec(uuid4(), "ventas@empresa.example", people["ana"].id))
    directory.disable_mailbox(people["baja"].id)
    directory.remove_mailbox(people["papelera"].id)
    directory.purge_mailbox(people["ida"].id)
    assert seen(as_dovecot) == ["ana@empresa.example", "ventas@empresa.example"]


@pytest.fixture
def ana_with_an_alias_elsewhere(directory, empresa):
    directory.ensure_domain(DomainSpec(OTHER, "otra.example"))
    ana = mailbox(password_hash=hash_password("Clave-1a"))
    directory.ensure_mailbox(ana)
    directory.ensure_alias(AliasSpec(uuid4(), "ana@otra.example", ana.id))
    return ana


def test_a_suspended_domain_receives_and_lets_nobody_in(directory, empresa, as_dovecot, ana_with_an_alias_elsewhere):
    directory.ensure_domain(DomainSpec(empresa.id, empresa.name, is_enabled=False))
    assert seen(as_dovecot) == ["ana@empresa.example", "ana@otra.example"]
    assert seen(as_dovecot, "sign_in") == []


def test_an_alias_on_a_suspended_domain_receives_and_lets_nobody_in(directory, as_dovecot, ana_with_an_alias_elsewhere):
    directory.ensure_domain(DomainSpec(OTHER, "otra.example", is_enabled=False))
    assert seen(as_dovecot) == ["ana@empresa.example", "ana@otra.example"]
    assert seen(as_dovecot, "sign_in") == ["ana@empresa.example"]


def test_only_who_has_a_password_can_sign_in(directory, empresa, as_dovecot):
    ana = mailbox(password_hash=hash_password("Clave-1a"))
    directory.ensure_mailboxes([ana, mailbox("sinclave@empresa.example")])
    assert seen(as_dovecot, "sign_in") == [ana.address]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM mail.mailbox",
        "SELECT * FROM mail.address",
        "SELECT * FROM mail.session_end",
        "UPDATE mail.mailbox SET is_enabled = true",
        "DELETE FROM mail.mailbox_usage",
        "UPDATE mail.mailbox_usage SET measured_at = now()",
        "CREATE TABLE dovecot.x ()",
        "CREATE TABLE mail.x ()",
        "UPDATE dovecot.sign_in SET password_hash = ''",
    ],
)
def test_dovecot_may_not(as_dovecot, statement):
    with pytest.raises((errors.InsufficientPrivilege, errors.ObjectNotInPrerequisiteState)):
        as_dovecot(statement)


def test_dovecot_writes_the_usage_as_its_dict_does(directory, empresa, as_dovecot):
    ana = mailbox()
    directory.ensure_mailbox(ana)
    for used in (100, 250):
        as_dovecot(
            "INSERT INTO mail.mailbox_usage (used_bytes,mailbox_id) VALUES (%s,%s)"
            " ON CONFLICT (mailbox_id) DO UPDATE SET used_bytes=%s",
            used, str(ana.id), used,
        )  # fmt: skip
    assert directory.usage([ana.id])[ana.id].used_bytes == 250


@given(st.text(alphabet="aZñ09._-+%'@ /\"\n", min_size=1, max_size=20))
def test_the_database_refuses_every_address_that_the_panel_refuses(mail_database, text):
    assert _database_takes_address(mail_database, text + "@empresa.example") == is_address(text + "@empresa.example")


@given(st.text(alphabet="aZñ0-. _", min_size=1, max_size=12))
def test_the_database_refuses_every_domain_that_the_panel_refuses(mail_database, name):
    assert _takes(mail_database, "INSERT INTO mail.domain (id, name) VALUES (%s, %s)", str(uuid4()), name) == is_domain(
        name
    )


def _database_takes_address(dsn, address):
    return _takes(
        dsn,
        "INSERT INTO mail.mailbox (id) VALUES (%s); INSERT INTO mail.domain (id, name) VALUES (%s, split_part(%s, '@', 2))"
        " ON CONFLICT DO NOTHING; INSERT INTO mail.address (address, id, mailbox_id) VALUES (%s, %s, %s)",
        *_row(address),
    )


def _row(address):
    mailbox_id = str(uuid4())
    return [mailbox_id, str(uuid4()), address, address, mailbox_id, mailbox_id]


_connections = {}


def _takes(dsn, statement, *values):
    """Whether the constraints let it pass; nothing stays."""
    connection = _connections.get(dsn) or _connections.setdefault(dsn, psycopg2.connect(dsn))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
        return True
    except (errors.CheckViolation, errors.ForeignKeyViolation):
        return False
    finally:
        connection.rollback()


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO mail.mailbox (id) VALUES (gen_random_uuid())", errors.ForeignKeyViolation),
        ("UPDATE mail.mailbox SET quota_mb = 0", errors.CheckViolation),
        ("UPDATE mail.mailbox SET password_hash = '{PLAIN}x'", errors.CheckViolation),
        ("UPDATE mail.mailbox SET protocols = '{telnet}'", errors.CheckViolation),
        ("DELETE FROM mail.address", errors.ForeignKeyViolation),
        ("DELETE FROM mail.domain", errors.ForeignKeyViolation),
        ("UPDATE mail.address SET address = upper(address)", errors.CheckViolation),
    ],
)
def test_no_writer_can_break_the_directory(directory, empresa, query, statement, error):
    directory.ensure_mailbox(mailbox())
    with pytest.raises(error):
        query(statement)


def test_there_are_only_the_indexes_that_we_meant(mail_database, query):
    rows = query(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'mail' AND tablename IN ('mailbox', 'address', 'domain')"
    )
    assert sorted(name for (name,) in rows) == [
        "address_domain_idx", "address_id_key", "address_list_idx", "address_mailbox_idx", "address_pkey",
        "domain_name_key", "domain_pkey", "domain_tenant_idx", "mailbox_address_id_idx",
        "mailbox_pkey", "mailbox_to_erase_idx",
    ]  # fmt: skip


@pytest.mark.parametrize("view", ["dovecot.mailbox", "dovecot.sign_in"])
def test_dovecots_questions_are_answered_by_an_index(directory, empresa, query, view):
    directory.ensure_mailboxes([mailbox(f"p{number}@empresa.example") for number in range(3000)])
    query("ANALYZE mail.mailbox, mail.address, mail.domain")
    plan = "\n".join(line for (line,) in query(f"EXPLAIN SELECT * FROM {view} WHERE address = 'p7@empresa.example'"))
    assert "Index Scan using address_pkey" in plan
    assert "Seq Scan on address" not in plan
    assert "Seq Scan on mailbox" not in plan

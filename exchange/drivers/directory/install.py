"""Put the directory into a database, or bring it to this version. Safe to repeat, also from several places at once."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg2
from psycopg2 import errorcodes, sql
from psycopg2.extensions import connection as Connection  # noqa: N812 (it is a class)
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from cloudpanel.provisioning.errors import ConfigurationError
from exchange.drivers.directory.failures import driver_error
from exchange.drivers.refusals import PROVIDER

HERE = Path(__file__).parent
SCHEMA_VERSION = 3
DOVECOT_ROLE = "dovecot"
_LOCK = 0x6D61696C  # "mail", an arbitrary number that only this file uses
_ATTEMPTS = 10


def install_schema(dsn: str, *, dovecot_role: str = DOVECOT_ROLE, dovecot_password: str | None = None) -> int:
    """Create or upgrade the directory and the role that Dovecot signs in as; return the version that was there before.

    The user of ``dsn`` owns the tables and needs CREATE on the database, and CREATEROLE unless the role exists. Without
    a password the role can sign in only where ``pg_hba.conf`` asks for none (``peer``, a client certificate).
    Raises ConfigurationError for a directory that a newer panel made, and the engine's errors for what PostgreSQL says.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", dovecot_role):
        raise ConfigurationError(f"not a role name: {dovecot_role!r}", provider=PROVIDER)
    connection: Connection | None = None
    try:
        connection = psycopg2.connect(dsn, connect_timeout=10)
        _ensure_role(connection, dovecot_role, dovecot_password)
        with connection, connection.cursor() as cursor:
            return _install(cursor, dovecot_role)
    except psycopg2.Error as error:
        raise driver_error(error) or error from error
    finally:
        if connection is not None:
            connection.close()


def installed_version(cursor: Cursor) -> int:
    """The version in this database; 0 when there is none."""
    cursor.execute("SELECT to_regclass('mail.schema_version') IS NOT NULL")
    row = cursor.fetchone()
    if row is None or not row[0]:
        return 0
    cursor.execute("SELECT coalesce(max(version), 0) FROM mail.schema_version")
    row = cursor.fetchone()
    return int(row[0]) if row else 0


def _install(cursor: Cursor, dovecot_role: str) -> int:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    before = installed_version(cursor)
    if before > SCHEMA_VERSION:
        raise ConfigurationError(
            f"the mail directory is of version {before}, newer than {SCHEMA_VERSION}", provider=PROVIDER
        )
    for version in range(before + 1, SCHEMA_VERSION + 1):
        cursor.execute(_script(version))
    _install_views(cursor, dovecot_role)
    return before


def _install_views(cursor: Cursor, dovecot_role: str) -> None:
    views = (HERE / "views.sql").read_text(encoding="utf-8")
    cursor.execute(sql.SQL(views).format(dovecot=sql.Identifier(dovecot_role)))


def _script(version: int) -> str:
    name = "schema.sql" if version == 1 else f"schema_{version}.sql"
    return (HERE / name).read_text(encoding="utf-8")


def _ensure_role(connection: Connection, role: str, password: str | None) -> None:
    """Roles belong to the whole server and our lock to one database: of two installed at once, one may have to try again."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with connection, connection.cursor() as cursor:
                _create_role(cursor, role, password)
            return
        except psycopg2.Error as error:
            racing = error.pgcode in (errorcodes.DUPLICATE_OBJECT, errorcodes.UNIQUE_VIOLATION)
            # "tuple concurrently updated" has no better code.
            racing = racing or error.pgcode == errorcodes.INTERNAL_ERROR
            if not racing or attempt == _ATTEMPTS:
                raise


def _create_role(cursor: Cursor, role: str, password: str | None) -> None:
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    name = sql.Identifier(role)
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT").format(name))
    if password is not None:
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(password)))

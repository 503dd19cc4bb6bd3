"""What a PostgreSQL error means to the engine: come back later, call support, or tell the customer.

By SQLSTATE (PostgreSQL manual, appendix A) wherever there is one. Errors while connecting carry none in psycopg2
(``pgcode`` is None), so there the text decides; the server writes it in its ``lc_messages``, hence English and Spanish.
What is not recognised while connecting is taken for a passing trouble: the engine gives up by itself after a while.
"""

from __future__ import annotations

import re

import psycopg2
from psycopg2 import errorcodes

from cloudpanel.provisioning.errors import ConfigurationError, DriverError, PermanentError, TransientError
from exchange.drivers.refusals import PROVIDER

TRANSIENT_CLASSES = {
    "08",  # connection exception
    "40",  # transaction rollback: serialization failure, deadlock
    "53",  # insufficient resources: too many connections, disk full, out of memory
    "55",  # object not in prerequisite state: lock not available, in use
    "57",  # operator intervention: statement timeout, shutdown, starting up
    "58",  # system error: I/O
}
TRANSIENT_CODES = {
    errorcodes.READ_ONLY_SQL_TRANSACTION,  # we reached a standby while a failover is going on
    errorcodes.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
}
CONFIGURATION_CLASSES = {
    "28",  # invalid authorization
    "3D",  # no such database
    "3F",  # no such schema
    "42",  # undefined table or column, insufficient privilege
    "0A",  # feature not supported: a server that is too old
}
REFUSED_CLASSES = {"22", "23"}  # data exception, integrity constraint violation

_WRONG_SETUP = re.compile(
    r"authentication failed|autentificaci|no password supplied|no pg_hba\.conf entry|pg_hba\.conf"
    r"|(role|database|rol|base de datos) .* (does not exist|no existe)"
    r"|certificate verify failed|server does not support SSL|does not match host name|root certificate file"
    r"|permission denied for database|is not permitted to log in|invalid (port|sslmode|connection option)",
    re.IGNORECASE | re.DOTALL,
)
_TOO_MANY = re.compile(r"too many (clients|connections)|demasiad", re.IGNORECASE)

REFUSED_MESSAGE = "El servicio de correo no acepta estos datos."


def driver_error(error: psycopg2.Error) -> DriverError | None:
    """The engine's word for this error; ``None`` when it is none of the expected ones (a bug: let it through)."""
    code = error.pgcode
    if code is None:
        return _without_code(error)
    detail = f"{code} {errorcodes.lookup(code) if code in errorcodes.__dict__.values() else ''}: {_first_line(error)}"
    if code[:2] in TRANSIENT_CLASSES or code in TRANSIENT_CODES:
        return TransientError(detail, provider=PROVIDER)
    if code[:2] in CONFIGURATION_CLASSES:
        return ConfigurationError(detail, provider=PROVIDER)
    if code[:2] in REFUSED_CLASSES:
        return PermanentError(REFUSED_MESSAGE, detail, provider=PROVIDER)
    return None


def _without_code(error: psycopg2.Error) -> DriverError | None:
    text = str(error)
    if isinstance(error, psycopg2.InterfaceError):  # "connection already closed"
        return TransientError(_first_line(error), provider=PROVIDER)
    if isinstance(error, psycopg2.ProgrammingError):  # before connecting; later ones are bugs
        is_dsn = "dsn" in text or "connection option" in text
        return ConfigurationError("the dsn cannot be read", provider=PROVIDER) if is_dsn else None
    if isinstance(error, psycopg2.DatabaseError):
        if _WRONG_SETUP.search(text) and not _TOO_MANY.search(text):
            return ConfigurationError(_first_line(error), provider=PROVIDER)
        return TransientError(_first_line(error), provider=PROVIDER)
    return None


def _first_line(error: psycopg2.Error) -> str:
    """PostgreSQL's primary message. The DETAIL below it repeats row values, which may hold a password hash."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]

"""Tells a PostgreSQL that is away from a statement that went wrong."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

# PostgreSQL, appendix A: class 08 connection exception, 57P shutdown or start, 53300 too many connections.
AWAY = ("08", "57P", "53300")


def is_away(error: BaseException | None) -> bool:
    """Whether ``error``, or what it was raised from, says that the database cannot be reached: whoever tries again in
    a moment may well be served. A deadlock or a statement that took too long is another matter."""
    while error is not None:
        if isinstance(error, InterfaceError | OperationalError) and _is_of_the_connection(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_of_the_connection(error: BaseException) -> bool:
    """psycopg2 gives no code when there was no server to give one, or when it left in the middle of a sentence."""
    code = getattr(error.__cause__, "pgcode", None)
    return code is None or code.startswith(AWAY)

"""Numbers from the database's sequences: never the same one twice, also under concurrency; gaps are normal."""

from __future__ import annotations

from django.db import connection


def next_values(*sequences: str) -> tuple[int, ...]:
    """The next number of each sequence, in one statement. Names come from our code, never from input."""
    columns = ", ".join(["nextval(%s)"] * len(sequences))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", sequences)
        return tuple(cursor.fetchone())

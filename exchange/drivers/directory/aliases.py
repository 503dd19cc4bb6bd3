"""Further addresses of a mailbox, and giving it another primary one."""

from __future__ import annotations

from psycopg2 import errors
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from exchange.drivers import refusals
from exchange.drivers.base import AliasSpec, Outcome
from exchange.drivers.directory.reading import lock_live

_WRITE = """
INSERT INTO mail.address AS a (address, id, mailbox_id) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET address = EXCLUDED.address, mailbox_id = EXCLUDED.mailbox_id
WHERE (a.address, a.mailbox_id) IS DISTINCT FROM (EXCLUDED.address, EXCLUDED.mailbox_id)
RETURNING a.xmax = 0
"""


def ensure(cursor: Cursor, spec: AliasSpec) -> Outcome:
    """Insert or amend the alias; PermanentError when the address is another's or its domain does not exist."""
    lock_live(cursor, spec.mailbox_id)
    try:
        cursor.execute(_WRITE, [spec.address, str(spec.id), str(spec.mailbox_id)])
    except errors.UniqueViolation as error:
        raise refusals.address_taken(spec.address) from error
    except errors.ForeignKeyViolation as error:
        raise refusals.domain_unknown(spec.address) from error
    written = cursor.fetchone()
    if written is None:
        return Outcome.UNCHANGED
    return Outcome.CREATED if written[0] else Outcome.AMENDED


def rename(cursor: Cursor, new_address: str, old: AliasSpec) -> Outcome:
    """Make ``new_address`` the primary one and ``old`` an alias. The alias that held the new address ends."""
    mailbox_id = str(old.mailbox_id)
    lock_live(cursor, old.mailbox_id)
    cursor.execute("SELECT address FROM mail.address WHERE id = %s", [mailbox_id])
    current = cursor.fetchone()
    is_moved = current is None or current[0] != new_address
    if is_moved:
        cursor.execute(
            "DELETE FROM mail.address WHERE address = %s AND mailbox_id = %s AND id <> mailbox_id",
            [new_address, mailbox_id],
        )
        try:
            cursor.execute("UPDATE mail.address SET address = %s WHERE id = %s", [new_address, mailbox_id])
        except errors.UniqueViolation as error:
            raise refusals.address_taken(new_address) from error
        except errors.ForeignKeyViolation as error:
            raise refusals.domain_unknown(new_address) from error
    kept = ensure(cursor, old)
    return Outcome.AMENDED if is_moved else kept

"""Distribution lists and external contacts, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg2 import errors
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from exchange.drivers import refusals
from exchange.drivers.base import ContactSpec, ListSpec, Outcome, Senders

PAGE = 500

_WRITE = """
INSERT INTO mail.list AS l (id, display_name, senders) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET display_name = EXCLUDED.display_name, senders = EXCLUDED.senders
WHERE (l.display_name, l.senders) IS DISTINCT FROM (EXCLUDED.display_name, EXCLUDED.senders)
RETURNING l.xmax = 0
"""
_WRITE_ADDRESS = """
INSERT INTO mail.address AS a (address, id, list_id) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET address = EXCLUDED.address WHERE a.address <> EXCLUDED.address
"""

# What each wanted id is; a row of three nulls is nobody.
_KINDS = """
SELECT w.id, m.id, c.id, l.id FROM unnest(%s::uuid[]) AS w (id)
LEFT JOIN mail.mailbox m ON m.id = w.id AND m.purged_at IS NULL
LEFT JOIN mail.contact c ON c.id = w.id
LEFT JOIN mail.list l ON l.id = w.id
"""
_DROP_MEMBERS = "DELETE FROM mail.list_member WHERE list_id = %s AND member_id <> ALL(%s::uuid[])"
_ADD_MEMBERS = """
INSERT INTO mail.list_member (list_id, mailbox_id, contact_id, nested_id)
SELECT %s, m, c, n FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS who (m, c, n)
ON CONFLICT (list_id, member_id) DO NOTHING
"""
_DROP_OWNERS = "DELETE FROM mail.list_owner WHERE list_id = %s AND mailbox_id <> ALL(%s::uuid[])"
_ADD_OWNERS = """
INSERT INTO mail.list_owner (list_id, mailbox_id) SELECT %s, unnest(%s::uuid[]) ON CONFLICT DO NOTHING
"""

_READ = """
SELECT l.id, a.address, l.display_name, l.senders,
    ARRAY(SELECT m.member_id::text FROM mail.list_member m WHERE m.list_id = l.id),
    ARRAY(SELECT o.mailbox_id::text FROM mail.list_owner o WHERE o.list_id = l.id)
FROM mail.list l JOIN mail.address a ON a.list_id = l.id
"""
_ON_DOMAIN = """
WHERE a.domain_name = (SELECT name FROM mail.domain WHERE id = %s) AND l.id > %s ORDER BY l.id LIMIT %s
"""

_CONTACT = """
INSERT INTO mail.contact AS c (id, tenant_id, display_name, address) VALUES (%s, %s, %s, %s)
ON CONFLICT (id) DO UPDATE SET display_name = EXCLUDED.display_name, address = EXCLUDED.address
WHERE (c.display_name, c.address) IS DISTINCT FROM (EXCLUDED.display_name, EXCLUDED.address)
RETURNING c.xmax = 0
"""
_READ_CONTACT = "SELECT id, display_name, address, tenant_id FROM mail.contact "


def ensure(cursor: Cursor, spec: ListSpec) -> Outcome:
    """Insert or amend the list and everybody in it."""
    list_id, members, owners = str(spec.id), sorted(map(str, spec.member_ids)), sorted(map(str, spec.owner_ids))
    cursor.execute(_WRITE, [list_id, spec.display_name, spec.senders.value])
    written = cursor.fetchone()
    try:
        cursor.execute(_WRITE_ADDRESS, [spec.address, list_id, list_id])
    except errors.UniqueViolation as error:
        raise refusals.address_taken(spec.address) from error
    except errors.ForeignKeyViolation as error:
        raise refusals.domain_unknown(spec.address) from error
    changes = cursor.rowcount
    kinds = _known(cursor, [*members, *owners])
    if not_mailbox := next((owner for owner in owners if kinds[owner][0] is None), None):
        raise refusals.member_unknown(UUID(not_mailbox))
    who = [kinds[member] for member in members]
    for statement, values in (
        (_DROP_MEMBERS, [list_id, members]),
        (_ADD_MEMBERS, [list_id, *([kind[place] for kind in who] for place in range(3))]),
        (_DROP_OWNERS, [list_id, owners]),
        (_ADD_OWNERS, [list_id, owners]),
    ):
        cursor.execute(statement, values)
        changes += cursor.rowcount
    if written is not None and written[0]:
        return Outcome.CREATED
    return Outcome.AMENDED if changes or written else Outcome.UNCHANGED


def _known(cursor: Cursor, ids: Sequence[str]) -> dict[str, tuple[Any, Any, Any]]:
    """Id → (mailbox, contact, list), one of which is it; PermanentError when there is nobody of that id."""
    cursor.execute(_KINDS, [sorted(set(ids))])
    found = {str(row[0]): tuple(row[1:]) for row in cursor.fetchall()}
    for wanted, kinds in found.items():
        if not any(kinds):
            raise refusals.member_unknown(UUID(wanted))
    return found  # type: ignore[return-value]


def lookup(cursor: Cursor, ids: Sequence[UUID]) -> dict[UUID, ListSpec]:
    """The lists with these ids."""
    cursor.execute(_READ + "WHERE l.id = ANY(%s::uuid[])", [[str(each) for each in ids]])
    return {spec.id: spec for spec in map(_list, cursor.fetchall())}


def page(cursor: Cursor, domain_id: UUID, after: UUID | None) -> list[ListSpec]:
    """The next ``PAGE`` lists of a domain, by id."""
    cursor.execute(_READ + _ON_DOMAIN, [str(domain_id), str(after or UUID(int=0)), PAGE])
    return [_list(row) for row in cursor.fetchall()]


def _list(row: tuple[Any, ...]) -> ListSpec:
    list_id, address, name, senders, members, owners = row
    return ListSpec(
        UUID(str(list_id)),
        address,
        name,
        frozenset(map(UUID, members)),
        frozenset(map(UUID, owners)),
        Senders(senders),
    )


def ensure_contact(cursor: Cursor, spec: ContactSpec) -> Outcome:
    """Insert or amend the contact."""
    cursor.execute("SELECT 1 FROM mail.domain WHERE name = split_part(%s, '@', 2)", [spec.external_address])
    if cursor.fetchone() is not None:
        raise refusals.contact_is_ours(spec.external_address)
    tenant = str(spec.tenant_id) if spec.tenant_id else None
    cursor.execute("SELECT tenant_id::text FROM mail.contact WHERE id = %s FOR UPDATE", [str(spec.id)])
    known = cursor.fetchone()
    if known is not None and known[0] != tenant:
        raise refusals.contact_moved(spec.id)
    try:
        cursor.execute(_CONTACT, [str(spec.id), tenant, spec.display_name, spec.external_address])
    except errors.UniqueViolation as error:
        raise refusals.contact_taken(spec.external_address) from error
    written = cursor.fetchone()
    if written is None:
        return Outcome.UNCHANGED
    return Outcome.CREATED if written[0] else Outcome.AMENDED


def lookup_contacts(cursor: Cursor, ids: Sequence[UUID]) -> dict[UUID, ContactSpec]:
    """The contacts with these ids."""
    cursor.execute(_READ_CONTACT + "WHERE id = ANY(%s::uuid[])", [[str(each) for each in ids]])
    return {spec.id: spec for spec in map(_contact, cursor.fetchall())}


def page_of_contacts(cursor: Cursor, tenant_id: UUID, after: UUID | None) -> list[ContactSpec]:
    """The next ``PAGE`` contacts of a tenant, by id."""
    condition = "WHERE tenant_id = %s AND id > %s ORDER BY id LIMIT %s"
    cursor.execute(_READ_CONTACT + condition, [str(tenant_id), str(after or UUID(int=0)), PAGE])
    return [_contact(row) for row in cursor.fetchall()]


def _contact(row: tuple[Any, ...]) -> ContactSpec:
    contact_id, name, address, tenant_id = row
    return ContactSpec(UUID(str(contact_id)), name, address, UUID(str(tenant_id)) if tenant_id else None)

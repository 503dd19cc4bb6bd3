"""Looking at the directory: one mailbox before it is amended, many for usage and reconciliation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from exchange.drivers import refusals
from exchange.drivers.base import DomainSpec, MailboxKind, MailboxRecord, MailboxState, MailboxUsage, Protocol

PAGE = 1000

_USAGE = """
SELECT m.id, coalesce(u.used_bytes, 0), coalesce(u.message_count, 0), u.measured_at
FROM mail.mailbox m LEFT JOIN mail.mailbox_usage u ON u.mailbox_id = m.id
WHERE m.id = ANY(%s::uuid[]) AND m.purged_at IS NULL
"""

_RECORD = """
SELECT m.id, p.address, m.display_name, m.quota_mb, m.is_enabled, m.removed_at IS NOT NULL,
    m.password_hash IS NOT NULL, m.protocols, m.kind,
    (SELECT json_object_agg(a.id, a.address) FROM mail.address a WHERE a.mailbox_id = m.id AND a.id <> m.id)
FROM mail.mailbox m JOIN mail.address p ON p.id = m.id
"""

_WITH_IDS = "WHERE m.id = ANY(%s::uuid[])"

_ON_DOMAIN = """
WHERE p.domain_name = (SELECT name FROM mail.domain WHERE id = %s) AND p.id = p.mailbox_id AND p.id > %s
ORDER BY p.id LIMIT %s
"""


def lock_live(cursor: Cursor, mailbox_id: UUID) -> None:
    """Hold the mailbox until the transaction ends; PermanentError when it is unknown, in the bin or purged."""
    cursor.execute(
        "SELECT purged_at IS NOT NULL, removed_at IS NOT NULL, true FROM mail.mailbox WHERE id = %s FOR UPDATE",
        [str(mailbox_id)],
    )
    require_live(mailbox_id, cursor.fetchone())


def require_live(mailbox_id: UUID, found: tuple[Any, ...] | None) -> bool:
    """``found`` is (is purged, is removed, answer); return the answer for a live mailbox, else raise PermanentError."""
    if found is None:
        raise refusals.mailbox_unknown(mailbox_id)
    is_purged, is_removed, answer = found
    if is_purged:
        raise refusals.mailbox_purged(mailbox_id)
    if is_removed:
        raise refusals.mailbox_in_bin(mailbox_id)
    return bool(answer)


def usage(cursor: Cursor, mailbox_ids: Sequence[UUID]) -> dict[UUID, MailboxUsage]:
    """What Dovecot last wrote about each."""
    cursor.execute(_USAGE, [[str(mailbox_id) for mailbox_id in mailbox_ids]])
    rows = [MailboxUsage(UUID(str(found)), used, count, at) for found, used, count, at in cursor.fetchall()]
    return {row.mailbox_id: row for row in rows}


def lookup(cursor: Cursor, mailbox_ids: Sequence[UUID]) -> dict[UUID, MailboxRecord]:
    """The mailboxes with these ids."""
    cursor.execute(_RECORD + _WITH_IDS, [[str(mailbox_id) for mailbox_id in mailbox_ids]])
    records = [_record(row) for row in cursor.fetchall()]
    return {record.id: record for record in records}


def page(cursor: Cursor, domain_id: UUID, after: UUID | None) -> list[MailboxRecord]:
    """The next ``PAGE`` mailboxes of a domain, by id."""
    cursor.execute(
        _RECORD + _ON_DOMAIN,
        [str(domain_id), str(after or UUID(int=0)), PAGE],
    )
    return [_record(row) for row in cursor.fetchall()]


def _record(row: tuple[Any, ...]) -> MailboxRecord:
    mailbox_id, address, name, quota_mb, is_enabled, is_removed, has_password, protocols, kind, others = row
    state = MailboxState.ENABLED if is_enabled else MailboxState.DISABLED
    return MailboxRecord(
        id=UUID(str(mailbox_id)),
        address=address,
        display_name=name,
        quota_mb=quota_mb,
        state=MailboxState.REMOVED if is_removed else state,
        has_password=has_password,
        protocols=frozenset(Protocol(name) for name in protocols),
        kind=MailboxKind(kind),
        aliases={UUID(alias_id): alias for alias_id, alias in (others or {}).items()},
    )


def domains(cursor: Cursor) -> list[DomainSpec]:
    """All domains, by id."""
    cursor.execute("SELECT id::text, name, is_enabled, tenant_id::text FROM mail.domain ORDER BY id")
    return [
        DomainSpec(UUID(domain_id), name, is_enabled, UUID(tenant) if tenant else None)
        for domain_id, name, is_enabled, tenant in cursor.fetchall()
    ]

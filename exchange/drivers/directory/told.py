"""What a mailbox is told: permissions, forwarding, automatic reply. Each in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg2 import errors
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from exchange.drivers import refusals
from exchange.drivers.base import Access, Audience, AutoReply, Forwarding, MailboxSettings, Outcome
from exchange.drivers.directory.reading import lock_live

_REQUIRE_PEOPLE = """
SELECT w.id FROM unnest(%s::uuid[]) AS w (id)
WHERE NOT EXISTS (SELECT FROM mail.mailbox m WHERE m.id = w.id AND m.purged_at IS NULL)
"""

_TAKE_GRANTS = "DELETE FROM mail.mailbox_grant WHERE mailbox_id = %s AND grantee_id <> ALL(%s::uuid[])"

_WRITE_GRANTS = """
INSERT INTO mail.mailbox_grant AS g (mailbox_id, grantee_id, access)
SELECT %s, grantee, access FROM jsonb_to_recordset(%s::jsonb) AS i (grantee uuid, access text[])
ON CONFLICT (mailbox_id, grantee_id) DO UPDATE SET access = EXCLUDED.access WHERE g.access <> EXCLUDED.access
"""

_WRITE_RULE = """
INSERT INTO mail.mailbox_rule AS r (mailbox_id, {columns}) VALUES (%s, {marks})
ON CONFLICT (mailbox_id) DO UPDATE SET ({columns}) = ROW({new})
WHERE ({old}) IS DISTINCT FROM ({new})
"""
_DROP_EMPTY_RULE = "DELETE FROM mail.mailbox_rule WHERE mailbox_id = %s AND forward_to IS NULL AND reply_text IS NULL"

_FORWARD = ("forward_to", "keeps_copy")
_REPLY = ("reply_subject", "reply_text", "reply_audience", "reply_starts_at", "reply_ends_at", "reply_domains")

_READ = """
SELECT m.id, r.mailbox_id IS NOT NULL, r.forward_to, r.keeps_copy, r.reply_subject, r.reply_text, r.reply_audience,
    r.reply_starts_at, r.reply_ends_at, r.reply_domains,
    (SELECT json_object_agg(g.grantee_id, g.access) FROM mail.mailbox_grant g WHERE g.mailbox_id = m.id)
FROM mail.mailbox m LEFT JOIN mail.mailbox_rule r ON r.mailbox_id = m.id
WHERE m.id = ANY(%s::uuid[]) AND m.purged_at IS NULL
"""


def set_permissions(cursor: Cursor, mailbox_id: UUID, grants: Mapping[UUID, frozenset[Access]]) -> Outcome:
    """Exactly these grants. PermanentError for a grantee that there is not."""
    lock_live(cursor, mailbox_id)
    grantees = [str(grantee) for grantee in grants]
    cursor.execute(_REQUIRE_PEOPLE, [grantees])
    missing = cursor.fetchone()
    if missing is not None:
        raise refusals.member_unknown(missing[0])
    cursor.execute(_TAKE_GRANTS, [str(mailbox_id), grantees])
    changes = cursor.rowcount
    rows = [{"grantee": str(grantee), "access": sorted(kinds)} for grantee, kinds in grants.items()]
    try:
        cursor.execute(_WRITE_GRANTS, [str(mailbox_id), json.dumps(rows)])
    except errors.ForeignKeyViolation as error:
        raise refusals.member_unknown(mailbox_id) from error
    return Outcome.AMENDED if changes + cursor.rowcount else Outcome.UNCHANGED


def set_forwarding(cursor: Cursor, mailbox_id: UUID, forwarding: Forwarding | None) -> Outcome:
    """ValueError when the target is one of the mailbox's own addresses: the mail would go round."""
    lock_live(cursor, mailbox_id)
    if forwarding is None:
        return _write_rule(cursor, mailbox_id, _FORWARD, (None, True))
    cursor.execute(
        "SELECT 1 FROM mail.address WHERE address = %s AND mailbox_id = %s", [forwarding.target, str(mailbox_id)]
    )
    if cursor.fetchone() is not None:
        raise ValueError("a mailbox cannot be forwarded to itself")
    return _write_rule(cursor, mailbox_id, _FORWARD, (forwarding.target, forwarding.keeps_copy))


def set_auto_reply(cursor: Cursor, mailbox_id: UUID, reply: AutoReply | None) -> Outcome:
    """``None`` ends it."""
    lock_live(cursor, mailbox_id)
    if reply is None:
        return _write_rule(cursor, mailbox_id, _REPLY, (None, None, Audience.EVERYONE.value, None, None, []))
    domains = sorted(reply.internal_domains)
    values = (reply.subject, reply.text, reply.audience.value, reply.starts_at, reply.ends_at, domains)
    return _write_rule(cursor, mailbox_id, _REPLY, values)


def _write_rule(cursor: Cursor, mailbox_id: UUID, columns: Sequence[str], values: Sequence[object]) -> Outcome:
    statement = _WRITE_RULE.format(
        columns=", ".join(columns),
        marks=", ".join(["%s"] * len(columns)),
        new=", ".join(f"EXCLUDED.{name}" for name in columns),
        old=", ".join(f"r.{name}" for name in columns),
    )
    had = _had_rule(cursor, mailbox_id)
    cursor.execute(statement, [str(mailbox_id), *values])
    changes = cursor.rowcount
    cursor.execute(_DROP_EMPTY_RULE, [str(mailbox_id)])
    came_and_went = not had and cursor.rowcount == 1
    return Outcome.AMENDED if changes and not came_and_went else Outcome.UNCHANGED


def _had_rule(cursor: Cursor, mailbox_id: UUID) -> bool:
    cursor.execute("SELECT 1 FROM mail.mailbox_rule WHERE mailbox_id = %s", [str(mailbox_id)])
    return cursor.fetchone() is not None


def read(cursor: Cursor, mailbox_ids: Sequence[UUID]) -> dict[UUID, MailboxSettings]:
    """The settings of these mailboxes; unknown ids are left out."""
    cursor.execute(_READ, [[str(mailbox_id) for mailbox_id in mailbox_ids]])
    return {UUID(str(row[0])): _settings(row[1:]) for row in cursor.fetchall()}


def _settings(row: tuple[Any, ...]) -> MailboxSettings:
    has_rule, target, keeps_copy, subject, text, audience, starts_at, ends_at, domains, grants = row
    reply = None
    if has_rule and text is not None:
        reply = AutoReply(subject or "", text, Audience(audience), starts_at, ends_at, frozenset(domains))
    return MailboxSettings(
        grants={UUID(key): frozenset(Access(kind) for kind in kinds) for key, kinds in (grants or {}).items()},
        forwarding=Forwarding(target, keeps_copy) if has_rule and target else None,
        auto_reply=reply,
    )

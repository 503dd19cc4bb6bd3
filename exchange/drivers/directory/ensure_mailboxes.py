"""Create and amend mailboxes set-wise: the same four statements for one mailbox and for thousands.

1. Lock what is already there, in the order of ids (two batches never wait for each other in a circle).
2. Look, with a fresh snapshot: who has the address, is there such a domain, is the mailbox in the bin; refuse by row.
3. End the aliases that become primary addresses of their own mailbox.
4. INSERT ... ON CONFLICT for mailboxes, then for their addresses.

Between looking and writing somebody else may take an address or remove a domain. The constraints notice, the savepoint
is rolled back, and the whole is done again with what is true by then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from psycopg2 import errors
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from cloudpanel.provisioning.errors import DriverError, PermanentError, TransientError
from exchange.drivers import refusals
from exchange.drivers.base import MailboxSpec, Outcome

_ATTEMPTS = 4

_LOCK = "SELECT id FROM mail.mailbox WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE"

_LOOK = """
SELECT i.id, m.purged_at IS NOT NULL, m.removed_at IS NOT NULL, d.id IS NOT NULL, a.id, a.mailbox_id, m.kind
FROM jsonb_to_recordset(%s::jsonb) AS i (id uuid, address text)
LEFT JOIN mail.mailbox m ON m.id = i.id
LEFT JOIN mail.domain d ON d.name = split_part(i.address, '@', 2)
LEFT JOIN mail.address a ON a.address = i.address
"""

_END_ALIASES = """
DELETE FROM mail.address a USING jsonb_to_recordset(%s::jsonb) AS i (id uuid, address text)
WHERE a.address = i.address AND a.mailbox_id = i.id AND a.id <> a.mailbox_id
"""

# "Not there already" before "or else amend it": PostgreSQL reports only rows that it inserted or changed, and xmax is 0
# for the former. The password that is there stays when none is given.
_WRITE_MAILBOXES = """
INSERT INTO mail.mailbox AS m (id, display_name, quota_mb, password_hash, protocols, is_enabled, kind)
SELECT id, display_name, quota_mb, password_hash, protocols, is_enabled, kind
FROM jsonb_to_recordset(%s::jsonb) AS i
    (id uuid, display_name text, quota_mb integer, password_hash text, protocols text[], is_enabled boolean, kind text)
ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    display_name = EXCLUDED.display_name,
    quota_mb = EXCLUDED.quota_mb,
    password_hash = coalesce(EXCLUDED.password_hash, m.password_hash),
    protocols = EXCLUDED.protocols,
    is_enabled = EXCLUDED.is_enabled,
    modified_at = now()
WHERE m.removed_at IS NULL AND m.purged_at IS NULL
    AND (m.display_name, m.quota_mb, m.password_hash, m.protocols, m.is_enabled) IS DISTINCT FROM
        (EXCLUDED.display_name, EXCLUDED.quota_mb, coalesce(EXCLUDED.password_hash, m.password_hash),
         EXCLUDED.protocols, EXCLUDED.is_enabled)
RETURNING m.id, m.xmax = 0
"""

_WRITE_ADDRESSES = """
INSERT INTO mail.address AS a (address, id, mailbox_id)
SELECT address, id, id FROM jsonb_to_recordset(%s::jsonb) AS i (id uuid, address text) ORDER BY id
ON CONFLICT (id) DO UPDATE SET address = EXCLUDED.address WHERE a.address <> EXCLUDED.address
RETURNING a.id
"""

Row = dict[str, object]
Results = dict[UUID, Outcome | DriverError]


def ensure_mailboxes(cursor: Cursor, specs: Sequence[MailboxSpec]) -> Results:
    """Do it in the caller's transaction; one result per spec. TransientError when others keep getting in between."""
    for _attempt in range(_ATTEMPTS):
        cursor.execute("SAVEPOINT ensure_mailboxes")
        try:
            results = _ensure_once(cursor, specs)
        except (errors.UniqueViolation, errors.ForeignKeyViolation):
            cursor.execute("ROLLBACK TO SAVEPOINT ensure_mailboxes")
            continue
        cursor.execute("RELEASE SAVEPOINT ensure_mailboxes")
        return results
    raise TransientError("addresses kept changing hands", provider=refusals.PROVIDER)


def _ensure_once(cursor: Cursor, specs: Sequence[MailboxSpec]) -> Results:
    cursor.execute(_LOCK, [[str(spec.id) for spec in specs]])
    results = _refused(cursor, specs)
    wanted = [spec for spec in specs if spec.id not in results]
    if not wanted:
        return results
    rows = json.dumps([_row(spec) for spec in wanted])
    cursor.execute(_END_ALIASES, [rows])
    cursor.execute(_WRITE_MAILBOXES, [rows])
    created = {UUID(str(mailbox_id)): bool(is_new) for mailbox_id, is_new in cursor.fetchall()}
    cursor.execute(_WRITE_ADDRESSES, [rows])
    moved = {UUID(str(mailbox_id)) for (mailbox_id,) in cursor.fetchall()}
    for spec in wanted:
        touched = spec.id in created or spec.id in moved
        amended = Outcome.AMENDED if touched else Outcome.UNCHANGED
        results[spec.id] = Outcome.CREATED if created.get(spec.id) else amended
    return results


def _refused(cursor: Cursor, specs: Sequence[MailboxSpec]) -> Results:
    """Those that cannot be, with the reason."""
    by_id = {spec.id: spec for spec in specs}
    cursor.execute(_LOOK, [json.dumps([{"id": str(spec.id), "address": spec.address} for spec in specs])])
    found = {UUID(str(row[0])): row[1:] for row in cursor.fetchall()}
    results: Results = {}
    claimed: set[str] = set()
    for mailbox_id, spec in by_id.items():
        is_purged, is_removed, has_domain, owner, owner_mailbox, kind = found[mailbox_id]
        refusal: PermanentError | None = None
        if is_purged:
            refusal = refusals.mailbox_purged(mailbox_id)
        elif is_removed:
            refusal = refusals.mailbox_in_bin(mailbox_id)
        elif kind not in (None, spec.kind):
            refusal = refusals.mailbox_kind_fixed(mailbox_id)
        elif not has_domain:
            refusal = refusals.domain_unknown(spec.address)
        elif spec.address in claimed or (owner is not None and str(owner_mailbox) != str(mailbox_id)):
            refusal = refusals.address_taken(spec.address)
        if refusal is None:
            claimed.add(spec.address)
        else:
            results[mailbox_id] = refusal
    return results


def _row(spec: MailboxSpec) -> Row:
    return {
        "id": str(spec.id),
        "address": spec.address,
        "display_name": spec.display_name,
        "quota_mb": spec.quota_mb,
        "password_hash": spec.password_hash,
        "protocols": sorted(spec.protocols),
        "is_enabled": spec.is_enabled,
        "kind": spec.kind,
    }

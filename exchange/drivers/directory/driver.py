"""The mail driver for Dovecot: writes the mail directory.

Every public call is one transaction, committed when it returns. Dovecot asks the database at each sign-in and delivery,
so what is committed holds from the next one on. Sessions that are already open are Dovecot's to end (``doveadm kick``,
see docs/drivers.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg2 import errors
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from cloudpanel.provisioning.errors import ConfigurationError, DriverError
from exchange.drivers import refusals
from exchange.drivers.addresses import require_address, require_domain
from exchange.drivers.base import (
    AliasSpec,
    BatchResult,
    DomainSpec,
    MailboxRecord,
    MailboxSpec,
    MailboxUsage,
    MailDriver,
    Outcome,
)
from exchange.drivers.checks import require_distinct, require_mailbox, require_password_hash, require_quota
from exchange.drivers.directory import aliases, reading
from exchange.drivers.directory.connection import ConnectionSettings, DirectoryConnection
from exchange.drivers.directory.ensure_mailboxes import ensure_mailboxes
from exchange.drivers.directory.install import SCHEMA_VERSION, installed_version

# One statement looks, locks and amends; "known" is what was there before.
_AMEND = """
WITH known AS (
    SELECT id, {column} AS old, removed_at, purged_at FROM mail.mailbox WHERE id = %(id)s FOR UPDATE
), amended AS (
    UPDATE mail.mailbox m SET {column} = %(value)s, modified_at = now() FROM known
    WHERE m.id = known.id AND known.removed_at IS NULL AND known.purged_at IS NULL
        AND known.old IS DISTINCT FROM %(value)s
    RETURNING m.id
)
SELECT purged_at IS NOT NULL, removed_at IS NOT NULL, EXISTS (SELECT FROM amended) FROM known
"""

_REMOVE = """
UPDATE mail.mailbox m SET removed_at = now(), modified_at = now()
FROM (
    SELECT id FROM mail.mailbox
    WHERE id = ANY(%s::uuid[]) AND removed_at IS NULL AND purged_at IS NULL ORDER BY id FOR UPDATE
) AS live
WHERE m.id = live.id
"""

# An id that was never seen gets its tombstone too: a creation that is still on its way must not come after its purge.
_PURGE = """
INSERT INTO mail.mailbox AS m (id, purged_at)
SELECT id, now() FROM unnest(%s::uuid[]) AS i (id) GROUP BY id ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    purged_at = now(), removed_at = NULL, display_name = '', password_hash = NULL, modified_at = now()
WHERE m.purged_at IS NULL
"""


class DirectoryMailDriver(MailDriver):
    """``{"dsn": MAIL_DIRECTORY_URL, ...}``: the further keys are those of ``ConnectionSettings``."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._connection = DirectoryConnection(ConnectionSettings.from_mapping(config))

    # Domains -----------------------------------------------------------------------------------------------

    def ensure_domain(self, spec: DomainSpec) -> Outcome:
        require_domain(spec.name)

        def work(cursor: Cursor) -> Outcome:
            cursor.execute(
                "INSERT INTO mail.domain (id, name, is_enabled) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [str(spec.id), spec.name, spec.is_enabled],
            )
            if cursor.rowcount:
                return Outcome.CREATED
            cursor.execute("SELECT name, is_enabled FROM mail.domain WHERE id = %s FOR UPDATE", [str(spec.id)])
            known = cursor.fetchone()
            if known is None:
                raise refusals.domain_taken(spec.name)
            if known[0] != spec.name:
                raise refusals.domain_renamed(spec.id, spec.name)
            if known[1] == spec.is_enabled:
                return Outcome.UNCHANGED
            cursor.execute("UPDATE mail.domain SET is_enabled = %s WHERE id = %s", [spec.is_enabled, str(spec.id)])
            return Outcome.AMENDED

        return self._connection.run(work)

    def remove_domain(self, domain_id: UUID) -> None:
        try:
            self._connection.run(
                lambda cursor: cursor.execute("DELETE FROM mail.domain WHERE id = %s", [str(domain_id)])
            )
        except DriverError as error:
            if isinstance(error.__cause__, errors.ForeignKeyViolation):
                raise refusals.domain_in_use(domain_id) from error
            raise

    # Mailboxes ---------------------------------------------------------------------------------------------

    def ensure_mailbox(self, spec: MailboxSpec) -> Outcome:
        result = self.ensure_mailboxes([spec])[spec.id]
        if isinstance(result, DriverError):
            raise result
        return result

    def ensure_mailboxes(self, specs: Sequence[MailboxSpec]) -> BatchResult:
        require_distinct(specs)
        for spec in specs:
            require_mailbox(spec)
        return self._connection.run(lambda cursor: ensure_mailboxes(cursor, specs)) if specs else {}

    def rename_mailbox(self, mailbox_id: UUID, *, old_address: str, new_address: str, alias_id: UUID) -> Outcome:
        require_address(new_address)
        old = AliasSpec(alias_id, require_address(old_address), mailbox_id)
        return self._connection.run(lambda cursor: aliases.rename(cursor, new_address, old))

    def enable_mailbox(self, mailbox_id: UUID) -> Outcome:
        return self._amend(mailbox_id, "is_enabled", True)

    def disable_mailbox(self, mailbox_id: UUID) -> Outcome:
        return self._amend(mailbox_id, "is_enabled", False)

    def set_quota(self, mailbox_id: UUID, quota_mb: int) -> Outcome:
        return self._amend(mailbox_id, "quota_mb", require_quota(quota_mb))

    def set_password_hash(self, mailbox_id: UUID, password_hash: str | None) -> Outcome:
        return self._amend(mailbox_id, "password_hash", require_password_hash(password_hash))

    def _amend(self, mailbox_id: UUID, column: str, value: object) -> Outcome:
        def work(cursor: Cursor) -> Outcome:
            cursor.execute(_AMEND.format(column=column), {"id": str(mailbox_id), "value": value})
            is_amended = reading.require_live(mailbox_id, cursor.fetchone())
            return Outcome.AMENDED if is_amended else Outcome.UNCHANGED

        return self._connection.run(work)

    def remove_mailbox(self, mailbox_id: UUID) -> None:
        self.remove_mailboxes([mailbox_id])

    def remove_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        ids = [str(mailbox_id) for mailbox_id in mailbox_ids]
        self._connection.run(lambda cursor: cursor.execute(_REMOVE, [ids]))

    def restore_mailbox(self, mailbox_id: UUID) -> Outcome:
        def work(cursor: Cursor) -> Outcome:
            cursor.execute(
                "UPDATE mail.mailbox SET removed_at = NULL, modified_at = now()"
                " WHERE id = %s AND removed_at IS NOT NULL",
                [str(mailbox_id)],
            )
            was_removed = cursor.rowcount == 1
            reading.lock_live(cursor, mailbox_id)
            return Outcome.AMENDED if was_removed else Outcome.UNCHANGED

        return self._connection.run(work)

    def purge_mailbox(self, mailbox_id: UUID) -> None:
        self.purge_mailboxes([mailbox_id])

    def purge_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        ids = [str(mailbox_id) for mailbox_id in mailbox_ids]

        def work(cursor: Cursor) -> None:
            cursor.execute(_PURGE, [ids])
            cursor.execute("DELETE FROM mail.address WHERE mailbox_id = ANY(%s::uuid[])", [ids])
            cursor.execute("DELETE FROM mail.mailbox_usage WHERE mailbox_id = ANY(%s::uuid[])", [ids])

        self._connection.run(work)

    # Aliases -----------------------------------------------------------------------------------------------

    def ensure_alias(self, spec: AliasSpec) -> Outcome:
        require_address(spec.address)
        return self._connection.run(lambda cursor: aliases.ensure(cursor, spec))

    def remove_alias(self, alias_id: UUID) -> None:
        self._connection.run(
            # A primary address is no alias: it goes with its mailbox.
            lambda cursor: cursor.execute(
                "DELETE FROM mail.address WHERE id = %s AND id <> mailbox_id", [str(alias_id)]
            )
        )

    # Reading -----------------------------------------------------------------------------------------------

    def usage(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxUsage]:
        ids = list(mailbox_ids)
        return self._connection.run(lambda cursor: reading.usage(cursor, ids))

    def lookup(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxRecord]:
        ids = list(mailbox_ids)
        return self._connection.run(lambda cursor: reading.lookup(cursor, ids))

    def list_mailboxes(self, domain_id: UUID) -> Iterator[MailboxRecord]:
        after: UUID | None = None
        while True:
            page = self._connection.run(lambda cursor, after=after: reading.page(cursor, domain_id, after))  # type: ignore[misc]
            yield from page
            if len(page) < reading.PAGE:
                return
            after = page[-1].id

    def check(self) -> None:
        version = self._connection.run(installed_version)
        if version != SCHEMA_VERSION:
            raise ConfigurationError(
                f"mail directory has version {version}, this panel needs {SCHEMA_VERSION}: install_mail_directory",
                provider=refusals.PROVIDER,
            )

    def close(self) -> None:
        self._connection.close()

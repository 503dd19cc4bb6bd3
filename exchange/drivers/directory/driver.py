"""The mail driver for Dovecot: writes the mail directory.

Every public call is one transaction, committed when it returns. Dovecot asks the database at each sign-in and delivery,
so what is committed holds from the next one on. Sessions that are already open are Dovecot's to end (``doveadm kick``,
see docs/drivers.md).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from psycopg2 import errors
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from cloudpanel.provisioning.errors import ConfigurationError, DriverError, PermanentError
from exchange.drivers import refusals
from exchange.drivers.addresses import require_address, require_domain
from exchange.drivers.base import (
    AliasSpec,
    AutoReply,
    BatchResult,
    ContactSpec,
    DomainSpec,
    Forwarding,
    Grants,
    ListSpec,
    MailboxRecord,
    MailboxSettings,
    MailboxSpec,
    MailboxUsage,
    MailDriver,
    Outcome,
    Protocol,
)
from exchange.drivers.checks import (
    require_auto_reply,
    require_contact,
    require_distinct,
    require_forwarding,
    require_grants,
    require_list,
    require_mailbox,
    require_password_hash,
    require_quota,
)
from exchange.drivers.directory import aliases, lists, reading, told
from exchange.drivers.directory.connection import ConnectionSettings, DirectoryConnection
from exchange.drivers.directory.ensure_mailboxes import ensure_mailboxes
from exchange.drivers.directory.install import SCHEMA_VERSION, installed_version

# Domains that an older panel made get their tenant at the next ensure; afterwards it stays.
_AMEND_DOMAIN = """
UPDATE mail.domain SET is_enabled = %(is_enabled)s, tenant_id = coalesce(tenant_id, %(tenant)s)
WHERE id = %(id)s AND (is_enabled, tenant_id) IS DISTINCT FROM (%(is_enabled)s, coalesce(tenant_id, %(tenant)s))
"""

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

# "Amended" last: what was locked by another is looked at as it is afterwards.
_SWITCH = """
WITH known AS (
    SELECT id, is_enabled, removed_at, purged_at FROM mail.mailbox WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE
), amended AS (
    UPDATE mail.mailbox m SET is_enabled = %(value)s, modified_at = now() FROM known
    WHERE m.id = known.id AND known.removed_at IS NULL AND known.purged_at IS NULL AND known.is_enabled <> %(value)s
    RETURNING m.id
)
SELECT id, purged_at IS NOT NULL, removed_at IS NOT NULL, id IN (SELECT id FROM amended) FROM known
"""

_FORGET = (
    "DELETE FROM mail.address WHERE mailbox_id = ANY(%s::uuid[])",
    "DELETE FROM mail.mailbox_usage WHERE mailbox_id = ANY(%s::uuid[])",
    "DELETE FROM mail.mailbox_rule WHERE mailbox_id = ANY(%s::uuid[])",
    "DELETE FROM mail.mailbox_grant WHERE mailbox_id = ANY(%s::uuid[])",
    "DELETE FROM mail.mailbox_grant WHERE grantee_id = ANY(%s::uuid[])",
    "DELETE FROM mail.list_member WHERE mailbox_id = ANY(%s::uuid[])",
    "DELETE FROM mail.list_owner WHERE mailbox_id = ANY(%s::uuid[])",
)

# An id that was never seen gets its tombstone too: a creation that is still on its way must not come after its purge.
_PURGE = """
INSERT INTO mail.mailbox AS m (id, purged_at)
SELECT id, now() FROM unnest(%s::uuid[]) AS i (id) GROUP BY id ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    purged_at = now(), removed_at = NULL, display_name = '', password_hash = NULL, modified_at = now()
WHERE m.purged_at IS NULL
"""


Row = TypeVar("Row", MailboxRecord, ListSpec, ContactSpec)


class DirectoryMailDriver(MailDriver):
    """``{"dsn": MAIL_DIRECTORY_URL, ...}``: the further keys are those of ``ConnectionSettings``."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._connection = DirectoryConnection(ConnectionSettings.from_mapping(config))

    # Domains -----------------------------------------------------------------------------------------------

    def ensure_domain(self, spec: DomainSpec) -> Outcome:
        require_domain(spec.name)

        def work(cursor: Cursor) -> Outcome:
            cursor.execute(
                "INSERT INTO mail.domain (id, name, is_enabled, tenant_id) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [str(spec.id), spec.name, spec.is_enabled, str(spec.tenant_id) if spec.tenant_id else None],
            )
            if cursor.rowcount:
                return Outcome.CREATED
            cursor.execute("SELECT name, is_enabled FROM mail.domain WHERE id = %s FOR UPDATE", [str(spec.id)])
            known = cursor.fetchone()
            if known is None:
                raise refusals.domain_taken(spec.name)
            if known[0] != spec.name:
                raise refusals.domain_renamed(spec.id, spec.name)
            tenant = str(spec.tenant_id) if spec.tenant_id else None
            cursor.execute(_AMEND_DOMAIN, {"id": str(spec.id), "is_enabled": spec.is_enabled, "tenant": tenant})
            return Outcome.AMENDED if cursor.rowcount else Outcome.UNCHANGED

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

    def list_domains(self) -> Iterator[DomainSpec]:
        return iter(self._connection.run(reading.domains))

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

    def switch_mailboxes(self, mailbox_ids: Iterable[UUID], *, is_enabled: bool) -> BatchResult:
        ids = list(mailbox_ids)

        def work(cursor: Cursor) -> BatchResult:
            cursor.execute(_SWITCH, {"ids": [str(each) for each in ids], "value": is_enabled})
            found = {UUID(str(row[0])): row[1:] for row in cursor.fetchall()}
            return {mailbox_id: _switched(mailbox_id, found.get(mailbox_id)) for mailbox_id in ids}

        return self._connection.run(work)

    def set_protocols(self, mailbox_id: UUID, protocols: frozenset[Protocol]) -> Outcome:
        return self._amend(mailbox_id, "protocols", sorted(protocol.value for protocol in protocols))

    def set_quota(self, mailbox_id: UUID, quota_mb: int) -> Outcome:
        return self._amend(mailbox_id, "quota_mb", require_quota(quota_mb))

    def set_password_hash(self, mailbox_id: UUID, password_hash: str | None) -> Outcome:
        require_password_hash(password_hash)
        try:
            return self._amend(mailbox_id, "password_hash", password_hash)
        except DriverError as error:
            if isinstance(error.__cause__, errors.CheckViolation):  # the hash itself was checked just now
                raise refusals.shared_without_password(mailbox_id) from error
            raise

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
            for statement in _FORGET:
                cursor.execute(statement, [ids])

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

    # What a mailbox is told ---------------------------------------------------------------------------------

    def set_permissions(self, mailbox_id: UUID, grants: Grants) -> Outcome:
        wanted = require_grants(mailbox_id, grants)
        return self._connection.run(lambda cursor: told.set_permissions(cursor, mailbox_id, wanted))

    def set_forwarding(self, mailbox_id: UUID, forwarding: Forwarding | None) -> Outcome:
        require_forwarding(forwarding)
        return self._connection.run(lambda cursor: told.set_forwarding(cursor, mailbox_id, forwarding))

    def set_auto_reply(self, mailbox_id: UUID, reply: AutoReply | None) -> Outcome:
        require_auto_reply(reply)
        return self._connection.run(lambda cursor: told.set_auto_reply(cursor, mailbox_id, reply))

    def settings(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxSettings]:
        ids = list(mailbox_ids)
        return self._connection.run(lambda cursor: told.read(cursor, ids))

    # Lists and contacts -------------------------------------------------------------------------------------

    def ensure_list(self, spec: ListSpec) -> Outcome:
        require_list(spec)
        return self._connection.run(lambda cursor: lists.ensure(cursor, spec))

    def remove_list(self, list_id: UUID) -> None:
        self._connection.run(lambda cursor: cursor.execute("DELETE FROM mail.list WHERE id = %s", [str(list_id)]))

    def lookup_lists(self, list_ids: Iterable[UUID]) -> Mapping[UUID, ListSpec]:
        ids = list(list_ids)
        return self._connection.run(lambda cursor: lists.lookup(cursor, ids))

    def list_lists(self, domain_id: UUID) -> Iterator[ListSpec]:
        return self._pages(lambda cursor, after: lists.page(cursor, domain_id, after), lists.PAGE)

    def ensure_contact(self, spec: ContactSpec) -> Outcome:
        require_contact(spec)
        return self._connection.run(lambda cursor: lists.ensure_contact(cursor, spec))

    def remove_contact(self, contact_id: UUID) -> None:
        self._connection.run(lambda cursor: cursor.execute("DELETE FROM mail.contact WHERE id = %s", [str(contact_id)]))

    def lookup_contacts(self, contact_ids: Iterable[UUID]) -> Mapping[UUID, ContactSpec]:
        ids = list(contact_ids)
        return self._connection.run(lambda cursor: lists.lookup_contacts(cursor, ids))

    def list_contacts(self, tenant_id: UUID) -> Iterator[ContactSpec]:
        return self._pages(lambda cursor, after: lists.page_of_contacts(cursor, tenant_id, after), lists.PAGE)

    # Reading -----------------------------------------------------------------------------------------------

    def usage(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxUsage]:
        ids = list(mailbox_ids)
        return self._connection.run(lambda cursor: reading.usage(cursor, ids))

    def lookup(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxRecord]:
        ids = list(mailbox_ids)
        return self._connection.run(lambda cursor: reading.lookup(cursor, ids))

    def list_mailboxes(self, domain_id: UUID) -> Iterator[MailboxRecord]:
        return self._pages(lambda cursor, after: reading.page(cursor, domain_id, after), reading.PAGE)

    def _pages(self, read: Callable[[Cursor, UUID | None], list[Row]], size: int) -> Iterator[Row]:
        """What ``read`` gives, each page in a transaction of its own."""
        after: UUID | None = None
        while True:
            page = self._connection.run(functools.partial(_read_after, read, after))
            yield from page
            if len(page) < size:
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


def _read_after(read: Callable[[Cursor, UUID | None], list[Row]], after: UUID | None, cursor: Cursor) -> list[Row]:
    return read(cursor, after)


def _switched(mailbox_id: UUID, found: tuple[Any, ...] | None) -> Outcome | DriverError:
    try:
        return Outcome.AMENDED if reading.require_live(mailbox_id, found) else Outcome.UNCHANGED
    except PermanentError as refusal:
        return refusal

"""A mail system in memory, for tests that need none: the same contract tests run against it and against the real one.

Drivers are built anew wherever they are needed, so what they hold lives outside them: drivers with the same ``store``
name in their configuration see the same mail system. ``stores[name].reset()`` between tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from cloudpanel.provisioning.errors import DriverError, PermanentError
from exchange.drivers import refusals
from exchange.drivers.addresses import require_address, require_domain
from exchange.drivers.base import (
    AliasSpec,
    BatchResult,
    DomainSpec,
    MailboxKind,
    MailboxRecord,
    MailboxSpec,
    MailboxState,
    MailboxUsage,
    Outcome,
    Protocol,
)
from exchange.drivers.checks import require_distinct, require_mailbox, require_password_hash, require_quota
from exchange.drivers.fake_settings import InMemorySettings
from exchange.drivers.fake_store import MemoryStore, outcome_of, stores

__all__ = ["InMemoryMailDriver", "MemoryStore", "stores"]


class InMemoryMailDriver(InMemorySettings):
    """``{"store": "name"}`` is its whole configuration."""

    def __init__(self, config: Mapping[str, object] | None = None) -> None:
        name = str((config or {}).get("store", "default"))
        self.store = stores.setdefault(name, MemoryStore())

    # Domains -----------------------------------------------------------------------------------------------

    def ensure_domain(self, spec: DomainSpec) -> Outcome:
        require_domain(spec.name)
        with self.store.lock:
            self._fault()
            known = self.store.domains.get(spec.id)
            if known and known.name != spec.name:
                raise refusals.domain_renamed(spec.id, spec.name)
            if any(other.name == spec.name and other.id != spec.id for other in self.store.domains.values()):
                raise refusals.domain_taken(spec.name)
            if known and known.tenant_id != spec.tenant_id and spec.tenant_id is not None:
                spec = replace(spec, tenant_id=known.tenant_id or spec.tenant_id)
            self.store.domains[spec.id] = spec
            return outcome_of(known, spec)

    def remove_domain(self, domain_id: UUID) -> None:
        with self.store.lock:
            self._fault()
            domain = self.store.domains.get(domain_id)
            if domain is None:
                return
            if any(address.endswith("@" + domain.name) for address in self.store.owners()):
                raise refusals.domain_in_use(domain_id)
            del self.store.domains[domain_id]

    def list_domains(self) -> Iterator[DomainSpec]:
        with self.store.lock:
            self._fault()
            return iter(sorted(self.store.domains.values(), key=lambda domain: domain.id))

    # Mailboxes ---------------------------------------------------------------------------------------------

    def ensure_mailbox(self, spec: MailboxSpec) -> Outcome:
        require_mailbox(spec)
        with self.store.lock:
            self._fault()
            return self._ensure_one(spec)

    def ensure_mailboxes(self, specs: Sequence[MailboxSpec]) -> BatchResult:
        require_distinct(specs)
        for spec in specs:
            require_mailbox(spec)
        results: dict[UUID, Outcome | DriverError] = {}
        with self.store.lock:
            self._fault()
            for spec in specs:
                try:
                    results[spec.id] = self._ensure_one(spec)
                except PermanentError as refusal:
                    results[spec.id] = refusal
        return results

    def _ensure_one(self, spec: MailboxSpec) -> Outcome:
        known = self.store.mailboxes.get(spec.id)
        if known or spec.id in self.store.purged:
            known = self._live(spec.id)
        self._require_domain_of(spec.address)
        self._claim_address(spec.address, spec.id)
        if known and known.kind != spec.kind:
            raise refusals.mailbox_kind_fixed(spec.id)
        if known and spec.password_hash is None:
            spec = replace(spec, password_hash=known.password_hash)
        self.store.mailboxes[spec.id] = spec
        return outcome_of(known, spec)

    def _claim_address(self, address: str, mailbox_id: UUID) -> None:
        """Free for this mailbox, or its own alias (which then ends)."""
        owner = self.store.owners().get(address)
        if owner in (None, mailbox_id):
            return
        alias = self.store.aliases.get(owner) if owner else None
        if alias is None or alias.mailbox_id != mailbox_id:
            raise refusals.address_taken(address)
        del self.store.aliases[alias.id]

    def rename_mailbox(self, mailbox_id: UUID, *, old_address: str, new_address: str, alias_id: UUID) -> Outcome:
        require_address(old_address)
        require_address(new_address)
        with self.store.lock:
            self._fault()
            known = self._live(mailbox_id)
            self._require_domain_of(new_address)
            self._require_domain_of(old_address)
            if self.store.owners().get(old_address) not in (None, mailbox_id, alias_id):
                raise refusals.address_taken(old_address)
            self._claim_address(new_address, mailbox_id)
            self.store.mailboxes[mailbox_id] = replace(known, address=new_address)
            alias = self._ensure_alias(AliasSpec(alias_id, old_address, mailbox_id))
            return Outcome.UNCHANGED if known.address == new_address and alias is Outcome.UNCHANGED else Outcome.AMENDED

    def _amend(self, mailbox_id: UUID, **changes: object) -> Outcome:
        with self.store.lock:
            self._fault()
            return self._amend_one(mailbox_id, **changes)

    def _amend_one(self, mailbox_id: UUID, **changes: object) -> Outcome:
        known = self._live(mailbox_id)
        amended = replace(known, **changes)  # type: ignore[arg-type]
        self.store.mailboxes[mailbox_id] = amended
        return outcome_of(known, amended)

    def enable_mailbox(self, mailbox_id: UUID) -> Outcome:
        return self._amend(mailbox_id, is_enabled=True)

    def disable_mailbox(self, mailbox_id: UUID) -> Outcome:
        return self._amend(mailbox_id, is_enabled=False)

    def switch_mailboxes(self, mailbox_ids: Iterable[UUID], *, is_enabled: bool) -> BatchResult:
        results: dict[UUID, Outcome | DriverError] = {}
        with self.store.lock:
            self._fault()
            for mailbox_id in mailbox_ids:
                try:
                    results[mailbox_id] = self._amend_one(mailbox_id, is_enabled=is_enabled)
                except PermanentError as refusal:
                    results[mailbox_id] = refusal
        return results

    def set_protocols(self, mailbox_id: UUID, protocols: frozenset[Protocol]) -> Outcome:
        return self._amend(mailbox_id, protocols=frozenset(protocols))

    def set_quota(self, mailbox_id: UUID, quota_mb: int) -> Outcome:
        return self._amend(mailbox_id, quota_mb=require_quota(quota_mb))

    def set_password_hash(self, mailbox_id: UUID, password_hash: str | None) -> Outcome:
        require_password_hash(password_hash)
        known = self.store.mailboxes.get(mailbox_id)
        if password_hash is not None and known is not None and known.kind == MailboxKind.SHARED:
            raise refusals.shared_without_password(mailbox_id)
        return self._amend(mailbox_id, password_hash=password_hash)

    def remove_mailbox(self, mailbox_id: UUID) -> None:
        self.remove_mailboxes([mailbox_id])

    def remove_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        with self.store.lock:
            self._fault()
            self.store.removed |= set(mailbox_ids) & self.store.mailboxes.keys()

    def restore_mailbox(self, mailbox_id: UUID) -> Outcome:
        with self.store.lock:
            self._fault()
            was_removed = mailbox_id in self.store.removed
            self.store.removed.discard(mailbox_id)
            self._live(mailbox_id)
            return Outcome.AMENDED if was_removed else Outcome.UNCHANGED

    def purge_mailbox(self, mailbox_id: UUID) -> None:
        self.purge_mailboxes([mailbox_id])

    def purge_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        with self.store.lock:
            self._fault()
            for mailbox_id in mailbox_ids:
                for alias in [held for held in self.store.aliases.values() if held.mailbox_id == mailbox_id]:
                    del self.store.aliases[alias.id]
                self.store.mailboxes.pop(mailbox_id, None)
                self.store.usage.pop(mailbox_id, None)
                self.store.settings.pop(mailbox_id, None)
                self.store.forget(mailbox_id)
                self.store.removed.discard(mailbox_id)
                self.store.purged.add(mailbox_id)

    # Aliases -----------------------------------------------------------------------------------------------

    def ensure_alias(self, spec: AliasSpec) -> Outcome:
        require_address(spec.address)
        with self.store.lock:
            self._fault()
            self._live(spec.mailbox_id)
            return self._ensure_alias(spec)

    def _ensure_alias(self, spec: AliasSpec) -> Outcome:
        self._require_domain_of(spec.address)
        if self.store.owners().get(spec.address) not in (None, spec.id):
            raise refusals.address_taken(spec.address)
        known = self.store.aliases.get(spec.id)
        self.store.aliases[spec.id] = spec
        return outcome_of(known, spec)

    def remove_alias(self, alias_id: UUID) -> None:
        with self.store.lock:
            self._fault()
            self.store.aliases.pop(alias_id, None)

    # Reading -----------------------------------------------------------------------------------------------

    def usage(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxUsage]:
        with self.store.lock:
            self._fault()
            return {
                mailbox_id: self.store.usage.get(mailbox_id) or MailboxUsage(mailbox_id, 0, 0, None)
                for mailbox_id in mailbox_ids
                if mailbox_id in self.store.mailboxes
            }

    def lookup(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxRecord]:
        with self.store.lock:
            self._fault()
            wanted = [mailbox_id for mailbox_id in mailbox_ids if mailbox_id in self.store.mailboxes]
            return {mailbox_id: self._record(self.store.mailboxes[mailbox_id]) for mailbox_id in wanted}

    def list_mailboxes(self, domain_id: UUID) -> Iterator[MailboxRecord]:
        with self.store.lock:
            self._fault()
            domain = self.store.domains.get(domain_id)
            ending = "@" + domain.name if domain else "@"
            ids = sorted(box.id for box in self.store.mailboxes.values() if box.address.endswith(ending))
            return iter([self._record(self.store.mailboxes[mailbox_id]) for mailbox_id in ids])

    def _record(self, spec: MailboxSpec) -> MailboxRecord:
        state = MailboxState.ENABLED if spec.is_enabled else MailboxState.DISABLED
        return MailboxRecord(
            id=spec.id,
            address=spec.address,
            display_name=spec.display_name,
            quota_mb=spec.quota_mb,
            state=MailboxState.REMOVED if spec.id in self.store.removed else state,
            has_password=spec.password_hash is not None,
            protocols=spec.protocols,
            kind=spec.kind,
            aliases={held.id: held.address for held in self.store.aliases.values() if held.mailbox_id == spec.id},
        )

    def check(self) -> None:
        self._fault()

    def close(self) -> None:
        """Nothing is held."""

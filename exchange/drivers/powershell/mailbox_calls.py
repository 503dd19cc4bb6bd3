"""What the driver does with mailboxes: making, changing, the bin, further addresses."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from cloudpanel.provisioning.errors import DriverError
from exchange.drivers import refusals
from exchange.drivers.addresses import require_address
from exchange.drivers.base import AliasSpec, BatchResult, MailboxKind, MailboxSpec, MailDriver, Outcome, Protocol
from exchange.drivers.checks import require_distinct, require_mailbox, require_quota
from exchange.drivers.powershell import batches, names, reading, tenants, writing
from exchange.drivers.powershell.batches import in_words, tolerating
from exchange.drivers.powershell.held import Held, Mailbox
from exchange.drivers.powershell.remote import Remote
from exchange.drivers.powershell.sealing import seal, unseal
from exchange.drivers.powershell.settings import ExchangeSettings
from exchange.drivers.powershell.tenants import Domains

Change = Callable[[Mailbox], Mailbox]


class MailboxCalls(MailDriver, ABC):
    """The half of ``PowerShellMailDriver`` that is about mailboxes."""

    _settings: ExchangeSettings
    _remote: Remote

    # Mailboxes ---------------------------------------------------------------------------------------------

    def hash_password(self, plain: str) -> str:
        """Not a hash: the password sealed for this process, because Exchange wants the password itself."""
        return seal(plain)

    def ensure_mailbox(self, spec: MailboxSpec) -> Outcome:
        result = self.ensure_mailboxes([spec])[spec.id]
        if isinstance(result, DriverError):
            raise result
        return result

    def ensure_mailboxes(self, specs: Sequence[MailboxSpec]) -> BatchResult:
        """Not in one transaction: Exchange has none. What the time did not suffice for is StillRunning, and goes on
        with the next call."""
        require_distinct(specs)
        for spec in specs:
            _require(spec)
        if not specs:
            return {}
        with in_words():
            domains = tenants.our_domains(self._remote)
            known = reading.held_by_id(self._remote, [spec.id for spec in specs])
            purged = reading.purged_among(self._remote, [spec.id for spec in specs if spec.id not in known])

        def ensure(spec: MailboxSpec) -> Outcome:
            if spec.id in purged:
                raise refusals.mailbox_purged(spec.id)
            return self._ensure(spec, known.get(spec.id), domains)

        return batches.each(self._settings, specs, ensure, id_of=lambda spec: spec.id, same=lambda spec: spec.address)

    def _ensure(self, spec: MailboxSpec, held: Held | None, domains: Domains) -> Outcome:
        if held is not None and held.mailbox.is_removed:
            raise refusals.mailbox_in_bin(spec.id)
        if held is not None and held.mailbox.kind != spec.kind:
            raise refusals.mailbox_kind_fixed(spec.id)
        domain = writing.domain_of(domains, spec.address)
        password = unseal(spec.password_hash) if spec.password_hash is not None else None
        wanted = Mailbox(
            id=spec.id,
            address=spec.address,
            display_name=spec.display_name,
            quota_mb=spec.quota_mb,
            is_enabled=spec.is_enabled,
            has_password=password is not None,
            protocols=spec.protocols,
            kind=spec.kind,
        )
        is_new = False
        if held is None:
            held = writing.create(self._remote, wanted, domain, password)
            is_new = held is not None
            held = held or reading.held_of(self._remote, spec.id)
            if held is None:
                raise refusals.address_taken(spec.address)
        kept = {key: address for key, address in held.mailbox.aliases.items() if address != spec.address}
        wanted = replace(wanted, aliases=kept)
        if password is None and held.is_complete:
            wanted = replace(wanted, has_password=held.mailbox.has_password)
        is_amended = writing.converge(self._remote, held, wanted, domain, password=None if is_new else password)
        if is_new:
            return Outcome.CREATED
        return Outcome.AMENDED if is_amended else Outcome.UNCHANGED

    def rename_mailbox(self, mailbox_id: UUID, *, old_address: str, new_address: str, alias_id: UUID) -> Outcome:
        require_address(old_address)
        require_address(new_address)

        def change(mailbox: Mailbox) -> Mailbox:
            kept = {
                key: address for key, address in mailbox.aliases.items() if address not in (old_address, new_address)
            }
            return replace(mailbox, address=new_address, aliases={**kept, alias_id: old_address})

        return self._amend(mailbox_id, change)

    def enable_mailbox(self, mailbox_id: UUID) -> Outcome:
        return self._amend(mailbox_id, lambda mailbox: replace(mailbox, is_enabled=True))

    def disable_mailbox(self, mailbox_id: UUID) -> Outcome:
        return self._amend(mailbox_id, lambda mailbox: replace(mailbox, is_enabled=False))

    def switch_mailboxes(self, mailbox_ids: Iterable[UUID], *, is_enabled: bool) -> BatchResult:
        ids = list(dict.fromkeys(mailbox_ids))
        with in_words():
            domains = tenants.our_domains(self._remote)
            known = reading.held_by_id(self._remote, ids)

        def switch(mailbox_id: UUID) -> Outcome:
            held = self._require_live(mailbox_id, known.get(mailbox_id))
            domain = writing.domain_of(domains, held.mailbox.address)
            wanted = replace(held.mailbox, is_enabled=is_enabled)
            is_amended = writing.converge(self._remote, held, wanted, domain)
            return Outcome.AMENDED if is_amended else Outcome.UNCHANGED

        return batches.each(self._settings, ids, switch, id_of=lambda key: key, same=lambda key: key)

    def set_protocols(self, mailbox_id: UUID, protocols: frozenset[Protocol]) -> Outcome:
        return self._amend(mailbox_id, lambda mailbox: replace(mailbox, protocols=protocols))

    def set_quota(self, mailbox_id: UUID, quota_mb: int) -> Outcome:
        require_quota(quota_mb)
        return self._amend(mailbox_id, lambda mailbox: replace(mailbox, quota_mb=quota_mb))

    def set_password_hash(self, mailbox_id: UUID, password_hash: str | None) -> Outcome:
        """None replaces the password by one that nobody knows, once."""
        plain = unseal(password_hash) if password_hash is not None else None

        def password(mailbox: Mailbox) -> str | None:
            if plain is not None and mailbox.kind == MailboxKind.SHARED:
                raise refusals.shared_without_password(mailbox_id)
            return writing.unguessable() if plain is None and mailbox.has_password else plain

        return self._amend(
            mailbox_id, lambda mailbox: replace(mailbox, has_password=plain is not None), password=password
        )

    def _amend(
        self,
        mailbox_id: UUID,
        change: Change,
        *,
        password: Callable[[Mailbox], str | None] = lambda _mailbox: None,
    ) -> Outcome:
        with in_words():
            held = self._live(mailbox_id)
            wanted = change(held.mailbox)
            domains = tenants.our_domains(self._remote)
            for address in sorted(wanted.smtp_addresses - held.mailbox.smtp_addresses):
                writing.domain_of(domains, address)
            domain = writing.domain_of(domains, wanted.address)
            is_amended = writing.converge(self._remote, held, wanted, domain, password=password(held.mailbox))
            return Outcome.AMENDED if is_amended else Outcome.UNCHANGED

    def _live(self, mailbox_id: UUID) -> Held:
        return self._require_live(mailbox_id, reading.held_of(self._remote, mailbox_id))

    def _require_live(self, mailbox_id: UUID, held: Held | None) -> Held:
        if held is None:
            raise self._missing(mailbox_id)
        if held.mailbox.is_removed:
            raise refusals.mailbox_in_bin(mailbox_id)
        return held

    def _missing(self, mailbox_id: UUID) -> DriverError:
        is_purged = bool(reading.purged_among(self._remote, [mailbox_id]))
        return (refusals.mailbox_purged if is_purged else refusals.mailbox_unknown)(mailbox_id)

    # The bin -----------------------------------------------------------------------------------------------

    def remove_mailbox(self, mailbox_id: UUID) -> None:
        self.remove_mailboxes([mailbox_id])

    def remove_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        """The bin is a mailbox that nobody can sign in to, write to or see: Exchange's own keeps no address reserved."""
        with in_words():
            domains = tenants.our_domains(self._remote)
            known = reading.held_by_id(self._remote, mailbox_ids)

        def remove(held: Held) -> None:
            domain = writing.domain_of(domains, held.mailbox.address)
            writing.converge(self._remote, held, replace(held.mailbox, is_removed=True), domain)

        batches.every(self._settings, known.values(), remove)

    def restore_mailbox(self, mailbox_id: UUID) -> Outcome:
        with in_words():
            held = reading.held_of(self._remote, mailbox_id)
            if held is None:
                raise self._missing(mailbox_id)
            domain = writing.domain_of(tenants.our_domains(self._remote), held.mailbox.address)
            is_amended = writing.converge(self._remote, held, replace(held.mailbox, is_removed=False), domain)
            return Outcome.AMENDED if is_amended else Outcome.UNCHANGED

    def purge_mailbox(self, mailbox_id: UUID) -> None:
        self.purge_mailboxes([mailbox_id])

    def purge_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        ids = list(dict.fromkeys(mailbox_ids))
        with in_words():
            known = reading.held_by_id(self._remote, ids)
        batches.every(self._settings, ids, lambda mailbox_id: self._purge(mailbox_id, known.get(mailbox_id)))

    def _purge(self, mailbox_id: UUID, held: Held | None) -> None:
        """The tombstone first: a creation that is still on its way must not come after its purge."""
        tolerating(
            "is_taken",
            lambda: self._remote.run(
                "New-MailContact",
                Name=names.tombstone(mailbox_id),
                Alias=f"p{mailbox_id.hex}",
                ExternalEmailAddress=f"SMTP:{mailbox_id}@{names.TOMBSTONE_DOMAIN}",
                OrganizationalUnit=self._settings.organizational_unit,
            ),
        )
        self._remote.run("Set-MailContact", Identity=names.tombstone(mailbox_id), HiddenFromAddressListsEnabled=True)
        if held is None:
            return
        if self._settings.purge == "disable":
            free = f"{mailbox_id.hex}@{held.mailbox.address.partition('@')[2]}"
            self._remote.run("Set-Mailbox", Identity=held.guid, UserPrincipalName=free)
            tolerating("is_not_found", lambda: self._remote.run("Disable-Mailbox", Identity=held.guid, Confirm=False))
            return
        tolerating(
            "is_not_found",
            lambda: self._remote.run("Remove-Mailbox", Identity=held.guid, Permanent=True, Confirm=False),
        )

    # Aliases -----------------------------------------------------------------------------------------------

    def ensure_alias(self, spec: AliasSpec) -> Outcome:
        require_address(spec.address)
        with in_words():
            held = self._live(spec.mailbox_id)
            elsewhere = reading.holder_of_alias(self._remote, spec.id)
        others = {key: address for key, address in held.mailbox.aliases.items() if key != spec.id}
        if spec.address in {held.mailbox.address, *others.values()}:
            raise refusals.address_taken(spec.address)
        if elsewhere is not None and elsewhere.guid != held.guid:
            self.remove_alias(spec.id)
        outcome = self._amend(
            spec.mailbox_id, lambda mailbox: replace(mailbox, aliases={**mailbox.aliases, spec.id: spec.address})
        )
        return Outcome.CREATED if outcome is Outcome.AMENDED and elsewhere is None else outcome

    def remove_alias(self, alias_id: UUID) -> None:
        with in_words():
            held = reading.holder_of_alias(self._remote, alias_id)
            if held is None:
                return
            kept = {key: address for key, address in held.mailbox.aliases.items() if key != alias_id}
            domain = writing.domain_of(tenants.our_domains(self._remote), held.mailbox.address)
            writing.converge(self._remote, held, replace(held.mailbox, aliases=kept), domain)


def _require(spec: MailboxSpec) -> None:
    """ValueError for what no mail system could hold; a password hash of another system is refused later, in words."""
    require_mailbox(replace(spec, password_hash=None))
    if spec.password_hash is not None:
        if spec.kind == MailboxKind.SHARED:
            raise ValueError("nobody signs in to a shared mailbox")
        try:
            unseal(spec.password_hash)
        except DriverError:
            return

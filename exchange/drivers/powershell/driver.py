"""The mail driver for Microsoft Exchange Server (2016, 2019, Subscription Edition) by remote PowerShell.

Each ensure looks (by our UUID), then creates or amends: see ``writing``. What Exchange refuses comes out in the words
of the other drivers; what it does not know (a bin, passwords' absence, ids of aliases, purged ids) is noted in custom
attributes and in tombstones: see ``names`` and docs/drivers.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from cloudpanel.provisioning.errors import ConfigurationError, DriverError, StillRunning, TransientError
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
from exchange.drivers.checks import require_distinct, require_mailbox, require_quota
from exchange.drivers.powershell import names, reading, tenants, writing
from exchange.drivers.powershell.failures import ExchangeError, translated
from exchange.drivers.powershell.held import Held, Mailbox
from exchange.drivers.powershell.remote import Remote
from exchange.drivers.powershell.sealing import seal, unseal
from exchange.drivers.powershell.settings import PROVIDER, ExchangeSettings
from exchange.drivers.powershell.tenants import Domains

Change = Callable[[Mailbox], Mailbox]


class PowerShellMailDriver(MailDriver):
    """Its configuration is that of ``ExchangeSettings``."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.settings = ExchangeSettings.from_mapping(config)
        self._remote = Remote(self.settings)

    # Domains -----------------------------------------------------------------------------------------------

    def ensure_domain(self, spec: DomainSpec) -> Outcome:
        """Besides the domain: its mailboxes open or close with it. StillRunning while some are left to be done."""
        require_domain(spec.name)
        with _in_words():
            outcome = tenants.ensure_domain(self._remote, spec)
            if outcome is not Outcome.CREATED:
                self._open_or_close(spec)
            return outcome

    def _open_or_close(self, spec: DomainSpec) -> None:
        domain = tenants.our_domains(self._remote)[spec.name]
        ends_at = time.monotonic() + self.settings.batch_timeout
        for held in reading.on_domain(self._remote, spec.name):
            is_live = held.mailbox.is_enabled and not held.mailbox.is_removed
            if held.is_complete and held.is_open != (is_live and spec.is_enabled):
                if time.monotonic() > ends_at:
                    raise StillRunning(f"{spec.name}: more mailboxes to go", poll_after=1, provider=PROVIDER)
                writing.converge(self._remote, held, held.mailbox, domain)

    def remove_domain(self, domain_id: UUID) -> None:
        with _in_words():
            tenants.remove_domain(self._remote, domain_id)

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
        with _in_words():
            domains = tenants.our_domains(self._remote)
            known = reading.held_by_id(self._remote, [spec.id for spec in specs])
            purged = reading.purged_among(self._remote, [spec.id for spec in specs if spec.id not in known])
        ends_at = time.monotonic() + self.settings.batch_timeout

        def ensure(spec: MailboxSpec) -> Outcome:
            if time.monotonic() > ends_at:
                raise StillRunning("not reached in this batch", poll_after=1, provider=PROVIDER)
            if spec.id in purged:
                raise refusals.mailbox_purged(spec.id)
            return self._ensure(spec, known.get(spec.id), domains)

        return self._each(specs, ensure, same=lambda spec: spec.address)

    def _ensure(self, spec: MailboxSpec, held: Held | None, domains: Domains) -> Outcome:
        if held is not None and held.mailbox.is_removed:
            raise refusals.mailbox_in_bin(spec.id)
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

    def set_quota(self, mailbox_id: UUID, quota_mb: int) -> Outcome:
        require_quota(quota_mb)
        return self._amend(mailbox_id, lambda mailbox: replace(mailbox, quota_mb=quota_mb))

    def set_password_hash(self, mailbox_id: UUID, password_hash: str | None) -> Outcome:
        """None replaces the password by one that nobody knows, once."""
        if password_hash is not None:
            password = unseal(password_hash)
            return self._amend(
                mailbox_id, lambda mailbox: replace(mailbox, has_password=True), password=lambda _: password
            )
        return self._amend(
            mailbox_id,
            lambda mailbox: replace(mailbox, has_password=False),
            password=lambda mailbox: writing.unguessable() if mailbox.has_password else None,
        )

    def _amend(
        self,
        mailbox_id: UUID,
        change: Change,
        *,
        password: Callable[[Mailbox], str | None] = lambda _mailbox: None,
    ) -> Outcome:
        with _in_words():
            held = self._live(mailbox_id)
            wanted = change(held.mailbox)
            domains = tenants.our_domains(self._remote)
            for address in sorted(wanted.smtp_addresses - held.mailbox.smtp_addresses):
                writing.domain_of(domains, address)
            domain = writing.domain_of(domains, wanted.address)
            is_amended = writing.converge(self._remote, held, wanted, domain, password=password(held.mailbox))
            return Outcome.AMENDED if is_amended else Outcome.UNCHANGED

    def _live(self, mailbox_id: UUID) -> Held:
        held = reading.held_of(self._remote, mailbox_id)
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
        with _in_words():
            domains = tenants.our_domains(self._remote)
            known = reading.held_by_id(self._remote, mailbox_ids)

        def remove(held: Held) -> None:
            domain = writing.domain_of(domains, held.mailbox.address)
            writing.converge(self._remote, held, replace(held.mailbox, is_removed=True), domain)

        self._all(known.values(), remove)

    def restore_mailbox(self, mailbox_id: UUID) -> Outcome:
        with _in_words():
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
        with _in_words():
            known = reading.held_by_id(self._remote, ids)
        self._all(ids, lambda mailbox_id: self._purge(mailbox_id, known.get(mailbox_id)))

    def _purge(self, mailbox_id: UUID, held: Held | None) -> None:
        """The tombstone first: a creation that is still on its way must not come after its purge."""
        _tolerating(
            "is_taken",
            lambda: self._remote.run(
                "New-MailContact",
                Name=names.tombstone(mailbox_id),
                Alias=f"p{mailbox_id.hex}",
                ExternalEmailAddress=f"SMTP:{mailbox_id}@{names.TOMBSTONE_DOMAIN}",
                OrganizationalUnit=self.settings.organizational_unit,
            ),
        )
        self._remote.run("Set-MailContact", Identity=names.tombstone(mailbox_id), HiddenFromAddressListsEnabled=True)
        if held is None:
            return
        if self.settings.purge == "disable":
            free = f"{mailbox_id.hex}@{held.mailbox.address.partition('@')[2]}"
            self._remote.run("Set-Mailbox", Identity=held.guid, UserPrincipalName=free)
            _tolerating("is_not_found", lambda: self._remote.run("Disable-Mailbox", Identity=held.guid, Confirm=False))
            return
        _tolerating(
            "is_not_found",
            lambda: self._remote.run("Remove-Mailbox", Identity=held.guid, Permanent=True, Confirm=False),
        )

    # Aliases -----------------------------------------------------------------------------------------------

    def ensure_alias(self, spec: AliasSpec) -> Outcome:
        require_address(spec.address)
        with _in_words():
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
        with _in_words():
            held = reading.holder_of_alias(self._remote, alias_id)
            if held is None:
                return
            kept = {key: address for key, address in held.mailbox.aliases.items() if key != alias_id}
            domain = writing.domain_of(tenants.our_domains(self._remote), held.mailbox.address)
            writing.converge(self._remote, held, replace(held.mailbox, aliases=kept), domain)

    # Reading -----------------------------------------------------------------------------------------------

    def usage(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxUsage]:
        with _in_words():
            return reading.usage(self._remote, mailbox_ids)

    def lookup(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxRecord]:
        with _in_words():
            return {key: held.record for key, held in reading.held_by_id(self._remote, mailbox_ids).items()}

    def list_mailboxes(self, domain_id: UUID) -> Iterator[MailboxRecord]:
        """Those that bear no mark of ours come last, under the directory's own Guid."""
        with _in_words():
            mine = tenants.by_id(tenants.our_domains(self._remote), domain_id)
            if mine is not None:
                for held in reading.on_domain(self._remote, mine[0]):
                    yield held.record

    def check(self) -> None:
        try:
            with _in_words():
                self._remote.run("Get-OrganizationalUnit", Identity=self.settings.organizational_unit)
        except DriverError as error:
            if isinstance(error, (ConfigurationError, TransientError)):
                raise
            raise ConfigurationError(f"{error.detail} (EXCHANGE_OU?)", provider=PROVIDER) from error

    def close(self) -> None:
        """Ends the idle sessions of this process."""
        self._remote.close()

    # Many at once ------------------------------------------------------------------------------------------

    def _each(
        self,
        specs: Sequence[MailboxSpec],
        ensure: Callable[[MailboxSpec], Outcome],
        *,
        same: Callable[[MailboxSpec], object],
    ) -> dict[UUID, Outcome | DriverError]:
        """On as many sessions as there are, but one after another for those that want the same thing."""
        queues: dict[object, list[MailboxSpec]] = {}
        for spec in specs:
            queues.setdefault(same(spec), []).append(spec)
        results: dict[UUID, Outcome | DriverError] = {}

        def work(queue: list[MailboxSpec]) -> None:
            for spec in queue:
                try:
                    with _in_words():
                        results[spec.id] = ensure(spec)
                except DriverError as error:
                    results[spec.id] = error

        self._run_all(queues.values(), work)
        return results

    def _all(self, things: Iterable[Any], work: Callable[[Any], object]) -> None:
        """Every one is tried; then the first failure is raised."""
        failures: list[DriverError] = []

        def one(thing: Any) -> None:
            try:
                with _in_words():
                    work(thing)
            except DriverError as error:
                failures.append(error)

        self._run_all(things, one)
        if failures:
            raise failures[0]

    def _run_all(self, things: Iterable[Any], work: Callable[[Any], None]) -> None:
        with ThreadPoolExecutor(self.settings.connections) as threads:
            list(threads.map(work, things))


def _require(spec: MailboxSpec) -> None:
    """ValueError for what no mail system could hold; a password hash of another system is refused later, in words."""
    require_mailbox(replace(spec, password_hash=None))
    if spec.password_hash is not None:
        try:
            unseal(spec.password_hash)
        except DriverError:
            return


@contextmanager
def _in_words() -> Iterator[None]:
    """What Exchange refused and nobody expected, in the engine's words."""
    try:
        yield
    except ExchangeError as error:
        raise translated(error) from error


def _tolerating(kind: str, call: Callable[[], object]) -> None:
    try:
        call()
    except ExchangeError as error:
        if not getattr(error, kind):
            raise

"""The mail driver for Microsoft Exchange Server (2016, 2019, Subscription Edition) by remote PowerShell.

Each ensure looks (by our UUID), then creates or amends: see ``writing``. What Exchange refuses comes out in the words
of the other drivers; what it does not know (a bin, passwords' absence, ids of aliases, purged ids) is noted in custom
attributes and in tombstones: see ``names`` and docs/drivers.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from cloudpanel.provisioning.errors import ConfigurationError, PermanentError, StillRunning
from exchange.drivers.addresses import require_domain
from exchange.drivers.base import (
    AutoReply,
    ContactSpec,
    DomainSpec,
    Forwarding,
    Grants,
    ListSpec,
    MailboxRecord,
    MailboxSettings,
    MailboxUsage,
    Outcome,
)
from exchange.drivers.checks import (
    require_auto_reply,
    require_contact,
    require_forwarding,
    require_grants,
    require_list,
)
from exchange.drivers.powershell import reading, recipients, tenants, told, writing
from exchange.drivers.powershell.batches import in_words
from exchange.drivers.powershell.mailbox_calls import MailboxCalls
from exchange.drivers.powershell.remote import Remote
from exchange.drivers.powershell.settings import PROVIDER, ExchangeSettings


class PowerShellMailDriver(MailboxCalls):
    """Its configuration is that of ``ExchangeSettings``."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._settings = ExchangeSettings.from_mapping(config)
        self._remote = Remote(self._settings)

    # Domains -----------------------------------------------------------------------------------------------

    def ensure_domain(self, spec: DomainSpec) -> Outcome:
        """Besides the domain: the ways into its mailboxes open or close with it. StillRunning while some are left."""
        require_domain(spec.name)
        with in_words():
            outcome = tenants.ensure_domain(self._remote, spec)
            if outcome is not Outcome.CREATED:
                self._follow(spec)
            return outcome

    def _follow(self, spec: DomainSpec) -> None:
        """Also when the domain was right already: the call before may have died on the way through its mailboxes."""
        domain = tenants.our_domains(self._remote)[spec.name]
        ends_at = time.monotonic() + self._settings.batch_timeout
        for held in reading.on_domain(self._remote, spec.name):
            if not held.is_complete:
                continue
            is_amended = writing.converge(self._remote, held, held.mailbox, domain)
            if is_amended and time.monotonic() > ends_at:
                raise StillRunning(f"{spec.name}: more mailboxes to go", poll_after=1, provider=PROVIDER)

    def remove_domain(self, domain_id: UUID) -> None:
        with in_words():
            tenants.remove_domain(self._remote, domain_id)

    def list_domains(self) -> Iterator[DomainSpec]:
        with in_words():
            yield from tenants.list_domains(self._remote)

    # What a mailbox is told ---------------------------------------------------------------------------------

    def set_permissions(self, mailbox_id: UUID, grants: Grants) -> Outcome:
        wanted = require_grants(mailbox_id, grants)
        with in_words():
            return told.set_permissions(self._remote, self._live(mailbox_id), wanted)

    def set_forwarding(self, mailbox_id: UUID, forwarding: Forwarding | None) -> Outcome:
        require_forwarding(forwarding)
        with in_words():
            return told.set_forwarding(self._remote, self._live(mailbox_id), forwarding)

    def set_auto_reply(self, mailbox_id: UUID, reply: AutoReply | None) -> Outcome:
        require_auto_reply(reply)
        with in_words():
            return told.set_auto_reply(self._remote, self._live(mailbox_id), reply)

    def settings(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxSettings]:
        with in_words():
            return told.settings_of(self._remote, mailbox_ids)

    # Lists and contacts -------------------------------------------------------------------------------------

    def ensure_list(self, spec: ListSpec) -> Outcome:
        require_list(spec)
        with in_words():
            return recipients.ensure_list(self._remote, spec)

    def remove_list(self, list_id: UUID) -> None:
        with in_words():
            recipients.remove_list(self._remote, list_id)

    def lookup_lists(self, list_ids: Iterable[UUID]) -> Mapping[UUID, ListSpec]:
        with in_words():
            return recipients.lookup_lists(self._remote, list_ids)

    def list_lists(self, domain_id: UUID) -> Iterator[ListSpec]:
        with in_words():
            mine = tenants.by_id(tenants.our_domains(self._remote), domain_id)
            yield from recipients.list_lists(self._remote, mine[0]) if mine else ()

    def ensure_contact(self, spec: ContactSpec) -> Outcome:
        require_contact(spec)
        with in_words():
            return recipients.ensure_contact(self._remote, spec)

    def remove_contact(self, contact_id: UUID) -> None:
        with in_words():
            recipients.remove_contact(self._remote, contact_id)

    def lookup_contacts(self, contact_ids: Iterable[UUID]) -> Mapping[UUID, ContactSpec]:
        with in_words():
            return recipients.lookup_contacts(self._remote, contact_ids)

    def list_contacts(self, tenant_id: UUID) -> Iterator[ContactSpec]:
        with in_words():
            yield from recipients.list_contacts(self._remote, tenant_id)

    # Reading -----------------------------------------------------------------------------------------------

    def usage(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxUsage]:
        with in_words():
            return reading.usage(self._remote, mailbox_ids)

    def lookup(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxRecord]:
        with in_words():
            return {key: held.record for key, held in reading.held_by_id(self._remote, mailbox_ids).items()}

    def list_mailboxes(self, domain_id: UUID) -> Iterator[MailboxRecord]:
        """Those that bear no mark of ours come last, under the directory's own Guid."""
        with in_words():
            mine = tenants.by_id(tenants.our_domains(self._remote), domain_id)
            for held in reading.on_domain(self._remote, mine[0]) if mine else ():
                yield held.record

    def check(self) -> None:
        try:
            with in_words():
                self._remote.run("Get-OrganizationalUnit", Identity=self._settings.organizational_unit)
        except PermanentError as error:
            raise ConfigurationError(f"{error.detail} (EXCHANGE_OU?)", provider=PROVIDER) from error

    def close(self) -> None:
        """Ends the idle sessions of this process."""
        self._remote.close()

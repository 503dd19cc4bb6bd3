"""The half of the mail system in memory that is about permissions, forwarding, replies, lists and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from exchange.drivers import refusals
from exchange.drivers.addresses import domain_of
from exchange.drivers.base import (
    AutoReply,
    ContactSpec,
    Forwarding,
    Grants,
    ListSpec,
    MailboxSettings,
    MailboxSpec,
    MailDriver,
    Outcome,
)
from exchange.drivers.checks import (
    require_auto_reply,
    require_contact,
    require_forwarding,
    require_grants,
    require_list,
)
from exchange.drivers.fake_store import MemoryStore, outcome_of


class InMemorySettings(MailDriver):
    """``InMemoryMailDriver`` is the whole."""

    store: MemoryStore

    def _fault(self) -> None:
        if self.store.faults:
            raise self.store.faults.pop(0)

    def _live(self, mailbox_id: UUID) -> MailboxSpec:
        if mailbox_id in self.store.purged:
            raise refusals.mailbox_purged(mailbox_id)
        if mailbox_id not in self.store.mailboxes:
            raise refusals.mailbox_unknown(mailbox_id)
        if mailbox_id in self.store.removed:
            raise refusals.mailbox_in_bin(mailbox_id)
        return self.store.mailboxes[mailbox_id]

    def _require_domain_of(self, address: str) -> None:
        name = address.partition("@")[2]
        if all(domain.name != name for domain in self.store.domains.values()):
            raise refusals.domain_unknown(address)

    # What a mailbox is told ---------------------------------------------------------------------------------

    def _tell(self, mailbox_id: UUID, **changes: object) -> Outcome:
        known = self.store.settings.get(mailbox_id, MailboxSettings())
        told = replace(known, **changes)  # type: ignore[arg-type]
        self.store.settings[mailbox_id] = told
        return Outcome.UNCHANGED if told == known else Outcome.AMENDED

    def set_permissions(self, mailbox_id: UUID, grants: Grants) -> Outcome:
        wanted = require_grants(mailbox_id, grants)
        with self.store.lock:
            self._fault()
            self._live(mailbox_id)
            for grantee in wanted:
                self._known(grantee, self.store.mailboxes)
            return self._tell(mailbox_id, grants=wanted)

    def set_forwarding(self, mailbox_id: UUID, forwarding: Forwarding | None) -> Outcome:
        require_forwarding(forwarding)
        with self.store.lock:
            self._fault()
            address = self._live(mailbox_id).address
            if forwarding is not None and forwarding.target == address:
                raise ValueError("a mailbox cannot be forwarded to itself")
            return self._tell(mailbox_id, forwarding=forwarding)

    def set_auto_reply(self, mailbox_id: UUID, reply: AutoReply | None) -> Outcome:
        require_auto_reply(reply)
        with self.store.lock:
            self._fault()
            self._live(mailbox_id)
            return self._tell(mailbox_id, auto_reply=reply)

    def settings(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxSettings]:
        with self.store.lock:
            self._fault()
            wanted = [mailbox_id for mailbox_id in mailbox_ids if mailbox_id in self.store.mailboxes]
            return {mailbox_id: self.store.settings.get(mailbox_id, MailboxSettings()) for mailbox_id in wanted}

    # Lists and contacts -------------------------------------------------------------------------------------

    @staticmethod
    def _known(wanted: UUID, *places: Mapping[UUID, object]) -> None:
        if not any(wanted in place for place in places):
            raise refusals.member_unknown(wanted)

    def ensure_list(self, spec: ListSpec) -> Outcome:
        require_list(spec)
        with self.store.lock:
            self._fault()
            self._require_domain_of(spec.address)
            if self.store.owners().get(spec.address) not in (None, spec.id):
                raise refusals.address_taken(spec.address)
            for member in spec.member_ids:
                self._known(member, self.store.mailboxes, self.store.lists, self.store.contacts)
            for owner in spec.owner_ids:
                self._known(owner, self.store.mailboxes)
            known = self.store.lists.get(spec.id)
            self.store.lists[spec.id] = spec
            return outcome_of(known, spec)

    def remove_list(self, list_id: UUID) -> None:
        with self.store.lock:
            self._fault()
            self.store.lists.pop(list_id, None)
            self.store.forget(list_id)

    def lookup_lists(self, list_ids: Iterable[UUID]) -> Mapping[UUID, ListSpec]:
        with self.store.lock:
            self._fault()
            return {list_id: self.store.lists[list_id] for list_id in list_ids if list_id in self.store.lists}

    def list_lists(self, domain_id: UUID) -> Iterator[ListSpec]:
        with self.store.lock:
            self._fault()
            domain = self.store.domains.get(domain_id)
            found = [each for each in self.store.lists.values() if domain and domain_of(each.address) == domain.name]
            return iter(sorted(found, key=lambda each: each.id))

    def ensure_contact(self, spec: ContactSpec) -> Outcome:
        require_contact(spec)
        with self.store.lock:
            self._fault()
            known = self.store.contacts.get(spec.id)
            if known and known.tenant_id != spec.tenant_id:
                raise refusals.contact_moved(spec.id)
            if any(domain.name == domain_of(spec.external_address) for domain in self.store.domains.values()):
                raise refusals.contact_is_ours(spec.external_address)
            others = [each for each in self.store.contacts.values() if each.id != spec.id]
            if any(
                (each.tenant_id, each.external_address) == (spec.tenant_id, spec.external_address) for each in others
            ):
                raise refusals.contact_taken(spec.external_address)
            self.store.contacts[spec.id] = spec
            return outcome_of(known, spec)

    def remove_contact(self, contact_id: UUID) -> None:
        with self.store.lock:
            self._fault()
            self.store.contacts.pop(contact_id, None)
            self.store.forget(contact_id)

    def lookup_contacts(self, contact_ids: Iterable[UUID]) -> Mapping[UUID, ContactSpec]:
        with self.store.lock:
            self._fault()
            held = self.store.contacts
            return {contact_id: held[contact_id] for contact_id in contact_ids if contact_id in held}

    def list_contacts(self, tenant_id: UUID) -> Iterator[ContactSpec]:
        with self.store.lock:
            self._fault()
            found = [each for each in self.store.contacts.values() if each.tenant_id == tenant_id]
            return iter(sorted(found, key=lambda each: each.id))

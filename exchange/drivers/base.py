"""What the panel asks of a mail system, in words that no mail system owns.

Every call is an *ensure*: it looks, then creates or amends, and may be repeated any number of times, by any
number of workers at once, with the same end. Things are keyed by **our** UUID (the ``public_id`` of the row in
the panel), never by their address, because addresses change hands.

- "It exists and is ours" is success. "It is already gone" is success when deleting.
- The same address under another UUID is ``PermanentError``: it belongs to somebody else.
- Amending what is not there is ``PermanentError`` (``ensure_*`` is how things come into being).
- What lies in the bin is amended by nothing but ``restore_mailbox`` and ``purge_mailbox``: a late retry of an
  old job must not bring a deleted mailbox back.
- A purged UUID never comes back: its mail is being erased from disk.

Errors: those of ``cloudpanel.provisioning.errors`` and no others. ``ValueError`` means that the caller passed what the
panel's own validation should have refused (a malformed address, a negative quota): a bug, not a business case.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cloudpanel.provisioning.errors import DriverError
from exchange.drivers.settings import (
    Access,
    Audience,
    AutoReply,
    ContactSpec,
    Forwarding,
    Grants,
    ListSpec,
    MailboxKind,
    MailboxSettings,
    Senders,
)

__all__ = [
    "ALL_PROTOCOLS",
    "Access",
    "AliasSpec",
    "Audience",
    "AutoReply",
    "BatchResult",
    "ContactSpec",
    "DomainSpec",
    "Forwarding",
    "Grants",
    "ListSpec",
    "MailDriver",
    "MailboxKind",
    "MailboxRecord",
    "MailboxSettings",
    "MailboxSpec",
    "MailboxState",
    "MailboxUsage",
    "Outcome",
    "Protocol",
    "Senders",
]


class Protocol(StrEnum):
    """How a person may sign in to a mailbox. Delivery of incoming mail is not one of them: it is always on."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"
    """Message submission (RFC 6409), authenticated through Dovecot's SASL service."""


ALL_PROTOCOLS: frozenset[Protocol] = frozenset(Protocol)


class Outcome(StrEnum):
    """What an ensure found. All are success; only statistics and logs care for the difference."""

    CREATED = "created"
    AMENDED = "amended"
    UNCHANGED = "unchanged"


class MailboxState(StrEnum):
    """``REMOVED`` is the bin: invisible to the mail server, address reserved, mail kept."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class DomainSpec:
    """A mail domain. ``name`` is lower-case ASCII (A-labels, RFC 5891), without a final dot.

    On a disabled domain nobody can sign in to any mailbox, whatever its own state, and open sessions end; mail goes on
    being accepted. This is how a whole subscription is suspended and resumed without touching its rows or losing mail.
    ``tenant_id`` is the customer's subscription: whose address book and whose colleagues it belongs to. ``None``: the
    domain is a tenant of its own. It never changes.
    """

    id: UUID
    name: str
    is_enabled: bool = True
    tenant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class MailboxSpec:
    """A mailbox as the panel wants it.

    ``address`` is lower-case ``local@domain``; ``quota_mb`` is in MiB (2**20 bytes), at least 1.
    ``password_hash`` is what ``hash_password`` made. ``None`` means "none from us now": a new mailbox then cannot be
    signed in to, and one that has a password **keeps** it (a retried creation must not erase the password that the
    user chose by link in between). ``set_password_hash(id, None)`` takes a password away.
    ``protocols`` may be empty: a mailbox that only receives. A ``SHARED`` one takes neither password nor sign-in, and
    its kind never changes (PermanentError).
    """

    id: UUID
    address: str
    display_name: str
    quota_mb: int
    password_hash: str | None = field(default=None, repr=False)
    is_enabled: bool = True
    protocols: frozenset[Protocol] = ALL_PROTOCOLS
    kind: MailboxKind = MailboxKind.PERSONAL


@dataclass(frozen=True, slots=True)
class AliasSpec:
    """A further address of a mailbox. Its domain may be another one, but must exist."""

    id: UUID
    address: str
    mailbox_id: UUID


@dataclass(frozen=True, slots=True)
class MailboxRecord:
    """A mailbox as the mail system has it, for reconciliation and for looking before acting."""

    id: UUID
    address: str
    display_name: str
    quota_mb: int
    state: MailboxState
    has_password: bool
    protocols: frozenset[Protocol]
    aliases: Mapping[UUID, str] = field(default_factory=dict)
    """Alias id to address."""
    kind: MailboxKind = MailboxKind.PERSONAL


@dataclass(frozen=True, slots=True)
class MailboxUsage:
    """What is stored in a mailbox, as the mail server last wrote it (after each delivery and expunge)."""

    mailbox_id: UUID
    used_bytes: int
    message_count: int
    measured_at: datetime | None
    """``None``: the server has not yet seen the mailbox, so it is empty."""


BatchResult = Mapping[UUID, Outcome | DriverError]
"""One entry per id that was asked for. The errors are returned, not raised: the rest of the batch went through."""


class MailDriver(ABC):
    """One mail system, built from a literal mapping in ``settings.DRIVERS``; safe for threads and forks."""

    # Domains -----------------------------------------------------------------------------------------------

    @abstractmethod
    def ensure_domain(self, spec: DomainSpec) -> Outcome:
        """Make the domain exist with this state. Its name never changes: another for a known id is PermanentError."""

    @abstractmethod
    def remove_domain(self, domain_id: UUID) -> None:
        """Take the domain away. PermanentError while any mailbox (also in the bin), alias or list is still on it."""

    @abstractmethod
    def list_domains(self) -> Iterator[DomainSpec]:
        """All domains of the mail system, by id."""

    # Mailboxes ---------------------------------------------------------------------------------------------

    @abstractmethod
    def ensure_mailbox(self, spec: MailboxSpec) -> Outcome:
        """Make the mailbox exist exactly so. Committed when it returns: it can be signed in to at once.

        An address that differs from the stored one is amended and the old one is freed; ``rename_mailbox`` keeps the
        old one. An alias of this same mailbox may become its address (the alias then ends). PermanentError: the
        address is another's, the domain does not exist, the mailbox is in the bin, or was purged.
        """

    @abstractmethod
    def ensure_mailboxes(self, specs: Sequence[MailboxSpec]) -> BatchResult:
        """``ensure_mailbox`` for thousands, set-wise and in one transaction.

        A row that cannot be is reported in the result as PermanentError and does not stop the others. Two rows with
        one address: the first wins. Raises only when the whole batch failed (TransientError, ConfigurationError):
        nothing of it was done then, or all of it was and the answer was lost; either way, repeat it.
        Two specs with the same id are a ValueError.
        """

    @abstractmethod
    def rename_mailbox(self, mailbox_id: UUID, *, old_address: str, new_address: str, alias_id: UUID) -> Outcome:
        """Give the mailbox another primary address and keep the old one as the alias ``alias_id``, in one step.

        ``new_address`` may be an alias of this mailbox (that alias then ends, unless it is ``alias_id`` itself). The
        mail stays where it is: it is stored under the id.
        """

    @abstractmethod
    def enable_mailbox(self, mailbox_id: UUID) -> Outcome:
        """Let it be signed in to and delivered to again."""

    @abstractmethod
    def disable_mailbox(self, mailbox_id: UUID) -> Outcome:
        """No new sign-in and no delivery (5.1.1) from now on; nothing is deleted."""

    @abstractmethod
    def switch_mailboxes(self, mailbox_ids: Iterable[UUID], *, is_enabled: bool) -> BatchResult:
        """``enable_mailbox`` or ``disable_mailbox`` for thousands, in one transaction where there are any. What cannot
        be (unknown, in the bin) is reported in the result and does not stop the others."""

    @abstractmethod
    def set_protocols(self, mailbox_id: UUID, protocols: frozenset[Protocol]) -> Outcome:
        """Exactly these from now on; open sessions of one that was taken away end."""

    @abstractmethod
    def set_quota(self, mailbox_id: UUID, quota_mb: int) -> Outcome:
        """Limit in MiB, from the next sign-in or delivery. Less than what is used is allowed: nothing more comes in."""

    @abstractmethod
    def set_password_hash(self, mailbox_id: UUID, password_hash: str | None) -> Outcome:
        """Replace the password. ``None`` takes it away: the mailbox still receives but cannot be signed in to."""

    def set_password(self, mailbox_id: UUID, plain: str) -> Outcome:
        """Hash ``plain`` here (tens of milliseconds, tens of MiB: in a worker, never in a request) and store it."""
        return self.set_password_hash(mailbox_id, self.hash_password(plain))

    def hash_password(self, plain: str) -> str:
        """A hash that this mail system verifies: ``{ARGON2ID}$argon2id$...`` (RFC 9106).

        Hand it to this driver in this process, and keep it nowhere: a system that takes no hashes gives the password
        back in a form that means something to this process only.
        """
        from exchange.drivers.passwords import hash_password

        return hash_password(plain)

    @abstractmethod
    def remove_mailbox(self, mailbox_id: UUID) -> None:
        """To the bin: gone for the mail server; its addresses and its mail are kept. An unknown id is success."""

    @abstractmethod
    def remove_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        """``remove_mailbox`` for thousands, in one transaction."""

    @abstractmethod
    def restore_mailbox(self, mailbox_id: UUID) -> Outcome:
        """Out of the bin, as it was, with its mail. PermanentError when it was purged."""

    @abstractmethod
    def purge_mailbox(self, mailbox_id: UUID) -> None:
        """For ever: frees its addresses, ends its grants and memberships, and orders the erasure of its mail. An unknown
        id is success."""

    @abstractmethod
    def purge_mailboxes(self, mailbox_ids: Iterable[UUID]) -> None:
        """``purge_mailbox`` for thousands, in one transaction."""

    # Aliases -----------------------------------------------------------------------------------------------

    @abstractmethod
    def ensure_alias(self, spec: AliasSpec) -> Outcome:
        """Make the further address exist and lead to the mailbox. A known id is amended to this address and mailbox."""

    @abstractmethod
    def remove_alias(self, alias_id: UUID) -> None:
        """Take the further address away and free it. An unknown id is success."""

    # What a mailbox is told ---------------------------------------------------------------------------------

    @abstractmethod
    def set_permissions(self, mailbox_id: UUID, grants: Grants) -> Outcome:
        """Make these grants, and no others, those of the mailbox.

        PermanentError: a grantee is unknown or purged (one in the bin keeps its grant: it may come back). A grant to
        oneself is a ValueError. What was taken away holds at once for new sessions; open ones end.
        """

    @abstractmethod
    def set_forwarding(self, mailbox_id: UUID, forwarding: Forwarding | None) -> Outcome:
        """From the next message on. ``None`` ends it. To itself is a ValueError."""

    @abstractmethod
    def set_auto_reply(self, mailbox_id: UUID, reply: AutoReply | None) -> Outcome:
        """From the next message on, within its times. ``None`` ends it."""

    @abstractmethod
    def settings(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxSettings]:
        """Grants, forwarding and automatic reply as they are, also of mailboxes in the bin. Unknown ids are left out."""

    # Lists and contacts -------------------------------------------------------------------------------------

    @abstractmethod
    def ensure_list(self, spec: ListSpec) -> Outcome:
        """Make the list exist exactly so, members included.

        PermanentError: the address is another's, the domain does not exist, a member or owner is unknown or purged. A
        list among its own members is a ValueError; a circle through other lists is the caller's to avoid.
        """

    @abstractmethod
    def remove_list(self, list_id: UUID) -> None:
        """Take the list away, also out of the lists that it was a member of, and free its address. Unknown: success."""

    @abstractmethod
    def lookup_lists(self, list_ids: Iterable[UUID]) -> Mapping[UUID, ListSpec]:
        """The lists as they are. Purged mailboxes and removed contacts are no longer among the members."""

    @abstractmethod
    def list_lists(self, domain_id: UUID) -> Iterator[ListSpec]:
        """All lists whose address is on the domain, by id."""

    @abstractmethod
    def ensure_contact(self, spec: ContactSpec) -> Outcome:
        """Make the contact exist exactly so. PermanentError: the tenant has another one with this address, or the
        address is on a domain of this mail system. Its tenant never changes (PermanentError)."""

    @abstractmethod
    def remove_contact(self, contact_id: UUID) -> None:
        """Take the contact away, also out of all lists. Unknown: success."""

    @abstractmethod
    def lookup_contacts(self, contact_ids: Iterable[UUID]) -> Mapping[UUID, ContactSpec]:
        """The contacts as they are. Unknown ids are left out."""

    @abstractmethod
    def list_contacts(self, tenant_id: UUID) -> Iterator[ContactSpec]:
        """All contacts of a tenant, by id."""

    # Reading -----------------------------------------------------------------------------------------------

    @abstractmethod
    def usage(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxUsage]:
        """What each mailbox holds. Ids that the system does not know are left out."""

    @abstractmethod
    def lookup(self, mailbox_ids: Iterable[UUID]) -> Mapping[UUID, MailboxRecord]:
        """The mailboxes as they are, also those in the bin. Ids that the system does not know are left out."""

    @abstractmethod
    def list_mailboxes(self, domain_id: UUID) -> Iterator[MailboxRecord]:
        """All mailboxes whose primary address is on the domain, also those in the bin, by id; read in pages."""

    @abstractmethod
    def check(self) -> None:
        """Raise ConfigurationError or TransientError when the system cannot be worked with (for ``/readyz``)."""

    @abstractmethod
    def close(self) -> None:
        """Give back this thread's connection. The driver stays usable."""

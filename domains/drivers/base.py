"""What the panel asks of a domain registry (or of a registrar above us), in words that no protocol owns.

Every change is an *ensure*: it looks first, then acts, and may be repeated after any crash or lost answer with the same
end. A domain is **ours** when the registry says that we sponsor it and that its registrant is the handle we would give.
Names are lower-case A-labels (RFC 5890) without a final dot. Times are aware.

Errors: those of ``cloudpanel.provisioning.errors`` and no others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Availability(StrEnum):
    """``UNKNOWN`` is an answer too: only a positive sign makes a name free."""

    FREE = "free"
    TAKEN = "taken"
    UNKNOWN = "unknown"


class TransferStatus(StrEnum):
    """RFC 5730, 2.9.3.4, in our words."""

    NONE = "none"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Address:
    """``country`` is ISO 3166-1 alpha-2."""

    street: Sequence[str]
    city: str
    state: str
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class ContactSpec:
    """A registrant or another contact, as people write it. ``phone`` is E.164 (``+52.5512345678`` or ``+525512345678``)."""

    id: UUID
    name: str
    organisation: str
    address: Address
    email: str
    phone: str
    is_private: bool = False  # the registry is asked not to publish it (RFC 5733, 2.9)


@dataclass(frozen=True, slots=True)
class HostSpec:
    """A nameserver. ``addresses`` only where it lies below a domain of the same registry (glue)."""

    name: str
    addresses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DsRecord:
    """RFC 4034, 5.1; ``digest`` in upper-case hexadecimal."""

    key_tag: int
    algorithm: int
    digest_type: int
    digest: str


@dataclass(frozen=True, slots=True)
class Registration:
    """A domain to be registered for ``years``, in the name of ``registrant``, who fills the other roles too."""

    name: str
    years: int
    registrant: ContactSpec
    nameservers: Sequence[HostSpec] = ()


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """A domain as the registry has it. ``auth_code`` only where the registry shows it to its sponsor."""

    name: str
    is_ours: bool
    registrant: str
    created_at: datetime | None
    expires_at: datetime | None
    statuses: frozenset[str]
    nameservers: tuple[str, ...] = ()
    ds_records: tuple[DsRecord, ...] = ()
    is_in_redemption: bool = False
    auth_code: str = field(default="", repr=False)
    transferred_at: datetime | None = None  # the last time, where the registry says so

    @property
    def is_locked(self) -> bool:
        return bool(self.statuses & {"clientTransferProhibited", "serverTransferProhibited"})


@dataclass(frozen=True, slots=True)
class TransferRecord:
    name: str
    status: TransferStatus
    asked_at: datetime | None = None
    act_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What the registry told by its queue. ``transfer`` when it is about one."""

    id: str
    at: datetime | None
    text: str
    name: str = ""
    transfer: TransferRecord | None = None


class RegistryDriver(ABC):
    """Stateless for its callers; keeps its own connections."""

    provider: str

    @abstractmethod
    def check(self, names: Sequence[str]) -> Mapping[str, Availability]:
        """All names in one answer; what the registry does not say is ``UNKNOWN``."""

    @abstractmethod
    def find_domain(self, name: str, auth_code: str = "") -> DomainRecord | None:
        """None when nobody has it. With ``auth_code`` also what others sponsor, and PermanentError when it is wrong:
        the free way to test a code before anything is charged."""

    @abstractmethod
    def ensure_domain(self, wanted: Registration) -> DomainRecord:
        """Registers it, unless it is ours already. PermanentError when somebody else was faster."""

    @abstractmethod
    def ensure_renewed(self, name: str, *, expires_at: datetime, years: int) -> DomainRecord:
        """``expires_at`` is the expiry that was renewed from: if it has moved by ``years`` already, nothing happens."""

    @abstractmethod
    def ensure_transfer_asked(self, name: str, *, auth_code: str, years: int) -> TransferRecord:
        """Asks for the transfer, unless one of ours is pending or the domain is ours already."""

    @abstractmethod
    def transfer_of(self, name: str) -> TransferRecord:
        """How the latest transfer of ``name`` stands; the gaining side may never be told by message."""

    @abstractmethod
    def cancel_transfer(self, name: str) -> TransferRecord:
        """Takes our request back; what is already over is left as it ended."""

    @abstractmethod
    def answer_departure(self, name: str, *, is_approved: bool) -> TransferRecord:
        """Approves or rejects what another registrar asked for; what is already over is left as it ended."""

    @abstractmethod
    def ensure_contact(self, contact: ContactSpec) -> str:
        """Makes or amends it; gives its handle."""

    @abstractmethod
    def set_nameservers(self, name: str, hosts: Sequence[HostSpec]) -> None:
        """Exactly these, with their host objects and glue."""

    @abstractmethod
    def set_registrant(self, name: str, contact: ContactSpec) -> None:
        """The domain's holder and its other contacts."""

    @abstractmethod
    def set_lock(self, name: str, *, is_locked: bool) -> None:
        """``clientTransferProhibited`` on or off."""

    @abstractmethod
    def set_ds_records(self, name: str, records: Sequence[DsRecord]) -> None:
        """Exactly these (RFC 5910); none leaves the domain unsigned."""

    @abstractmethod
    def new_auth_code(self, name: str) -> str:
        """A fresh, random one, valid from now on (RFC 9154). The caller shows it and forgets it."""

    @abstractmethod
    def set_auth_code(self, name: str, code: str) -> None:
        """``code`` is valid from now on, and no other."""

    @abstractmethod
    def ensure_deleted(self, name: str) -> None:
        """Gone or in its redemption period is success."""

    @abstractmethod
    def ensure_restored(self, name: str) -> DomainRecord:
        """Back from its redemption period (RFC 3915)."""

    @abstractmethod
    def messages(self) -> Iterator[Message]:
        """What waits in the queue, the oldest first. Each is acknowledged when the caller asks for the next one, so a
        crash in between shows it again."""

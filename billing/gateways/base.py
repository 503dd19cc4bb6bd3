"""What the panel asks of whoever moves money, in words that no gateway owns.

Amounts are Decimal in the currency's own unit (pesos, never centavos). Things are keyed by **our** UUID (the
``public_id`` of the row in the panel); every call that changes something carries an idempotency key made of it, and is an
*ensure*: it may be repeated after any crash and any lost answer with the same end, and charges once.

Errors: those of ``cloudpanel.provisioning.errors`` and the two below.

- ``Declined`` (a ``PermanentError``): the gateway or the bank said no. ``user_message`` is the reason in Spanish.
- ``NeedsAuthentication``: the bank wants to hear it from the customer (3-D Secure, PSD2 SCA). Nothing is charged yet.
- ``TransientError``: away, slow, overloaded, an answer that cannot be read. What became of the call is not known.
- ``ConfigurationError``: our keys or our account are refused. Support must act.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from cloudpanel.provisioning.errors import DriverError, PermanentError


class Declined(PermanentError):
    """``code`` is the gateway's own word for the reason, for support; ``user_message`` is the customer's."""

    def __init__(self, user_message: str, *, code: str = "", detail: str = "", provider: str = "") -> None:
        super().__init__(user_message, detail, provider=provider)
        self.code = code


class NeedsAuthentication(DriverError):
    """``client_secret`` lets the customer's browser confirm this one charge, and nothing else. It is never logged."""

    def __init__(self, detail: str = "", *, ref: str, client_secret: str, provider: str = "") -> None:
        super().__init__(detail, provider=provider)
        self.ref = ref
        self.client_secret = client_secret


class ChargeState(StrEnum):
    PREPARED = "prepared"
    """It exists at the gateway; nothing was charged and nothing will be until it is confirmed."""
    AWAITED = "awaited"
    """The customer sends the money; we can only wait."""
    PROCESSING = "processing"
    """The bank works on it: it may succeed or fail."""
    NEEDS_AUTHENTICATION = "needs_authentication"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    BY_HAND = "by_hand"
    """This gateway cannot send money back: people must."""
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeState(StrEnum):
    QUESTION = "question"
    """The bank only asks; the money is still with us."""
    OPEN = "open"
    """The bank has taken the money until the matter is decided."""
    WON = "won"
    """Decided for us: the money came back."""
    LOST = "lost"
    """Decided for the customer: the money stays away."""
    CLOSED = "closed"
    """A question that came to nothing; no money ever moved."""


class SetupState(StrEnum):
    WAITING = "waiting"
    """The customer has not finished typing the card, or its bank is still asking."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed: the gateway's code, and a Spanish sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """``id`` is the payment's UUID, ``attempt`` counts our tries at this one charge. ``customer`` and ``card`` are the
    gateway's names. ``reference`` is what a bank transfer carries."""

    id: UUID
    amount: Decimal
    currency: str
    description: str = ""
    customer: str = ""
    card: str = ""
    reference: str = ""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as the gateway knows it now. ``reason`` only when it failed."""

    ref: str
    state: ChargeState
    client_secret: str = field(default="", repr=False)
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """``id`` is the refund's UUID, ``charge`` the gateway's name of what is paid back, wholly or in part."""

    id: UUID
    charge: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    ref: str
    state: RefundState
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class DisputeAnswer:
    """A charge that its holder has contested at their bank. ``charge`` is the ``ref`` of our charge, ``reason`` the
    bank's word for why (c.f. https://docs.stripe.com/disputes/categories)."""

    ref: str
    charge: str
    state: DisputeState
    amount: Decimal
    currency: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CustomerSpec:
    """``id`` is the account's UUID."""

    id: UUID
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What may be shown of a card. ``fingerprint`` is the same for the same number."""

    ref: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class CardSetup:
    """A card that the customer types into the gateway's own form, in their browser."""

    ref: str
    state: SetupState
    client_secret: str = field(default="", repr=False)
    card: Card | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """What a webhook told: only which thing changed. What it is now is asked of the gateway."""

    id: str
    kind: str
    object_kind: str
    object_ref: str
    ours: str = ""  # our own UUID, where the gateway repeats it


class Gateway(ABC):
    """Takes and gives back money. A charge is *prepared*, its ``ref`` is kept in our row, and only then it is *confirmed*:
    whatever gets lost in between, money moves by that one ref, and its state says whether it did."""

    name: str

    @abstractmethod
    def prepare_charge(self, request: ChargeRequest) -> Charge:
        """Makes the charge known to the gateway; charges nothing."""

    @abstractmethod
    def confirm_charge(self, ref: str, request: ChargeRequest) -> Charge:
        """Charges what was prepared as ``ref``, once. Gives how it stands: SUCCEEDED, PROCESSING, CANCELLED or AWAITED.
        Raises Declined (the charge is closed: it can succeed no more) and NeedsAuthentication."""

    @abstractmethod
    def read_charge(self, ref: str) -> Charge:
        """How it stands now. Raises only TransientError and ConfigurationError."""

    @abstractmethod
    def cancel_charge(self, ref: str) -> Charge:
        """Closes it, so that it can succeed no more, unless it has already succeeded: the answer says which."""

    @abstractmethod
    def refund(self, request: RefundRequest) -> RefundAnswer:
        """Sends money back, once for each ``request.id``."""


class CardGateway(Gateway):
    """A gateway that keeps cards. Card numbers go from the customer's browser to it and are never seen here."""

    @abstractmethod
    def ensure_customer(self, spec: CustomerSpec, ref: str = "") -> str:
        """The gateway's name of this account: ``ref`` while it is still known there, otherwise a new one."""

    @abstractmethod
    def start_card_setup(self, setup_id: UUID, customer: str) -> CardSetup:
        """Opens a form for one card of ``customer``."""

    @abstractmethod
    def read_card_setup(self, ref: str) -> CardSetup:
        """What became of the form; once it SUCCEEDED the card belongs to the customer."""

    @abstractmethod
    def forget_card(self, card: str) -> None:
        """Nobody can charge it any more. It is already gone: success."""

    @abstractmethod
    def read_card(self, card: str) -> Card:
        """What may be shown of it now: banks renew cards by themselves. PermanentError when it is gone."""

    @abstractmethod
    def read_dispute(self, ref: str) -> DisputeAnswer:
        """How it stands now. PermanentError when the gateway does not know it."""

    @abstractmethod
    def read_event(self, body: bytes, signature: str) -> GatewayEvent | None:
        """What a webhook says; None when it is not from the gateway (wrong, missing or old signature, not readable)."""

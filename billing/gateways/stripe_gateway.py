"""Cards through Stripe (https://docs.stripe.com/payments/save-and-reuse, /payments/payment-intents).

A charge is a PaymentIntent that is first created without confirming and then confirmed off-session. A second creation is
harmless, a second confirmation of the same intent does nothing, so a lost answer costs one reading, never a second charge.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.gateways.base import (
    Card,
    CardGateway,
    CardSetup,
    Charge,
    ChargeRequest,
    ChargeState,
    CustomerSpec,
    Declined,
    DisputeAnswer,
    DisputeState,
    GatewayEvent,
    NeedsAuthentication,
    Reason,
    RefundAnswer,
    RefundRequest,
    RefundState,
    SetupState,
)
from billing.gateways.reasons import reason_of
from billing.gateways.stripe_calls import PROVIDER, Answer, Refused, StripeCalls
from billing.gateways.stripe_events import read_event
from cloudpanel.provisioning.errors import TransientError

# https://docs.stripe.com/currencies#zero-decimal
WITHOUT_CENTS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"]
)
AUTHENTICATION = "authentication_required"

CHARGE_STATES = {
    "requires_confirmation": ChargeState.PREPARED,
    "requires_action": ChargeState.NEEDS_AUTHENTICATION,
    "processing": ChargeState.PROCESSING,
    "requires_capture": ChargeState.PROCESSING,
    "succeeded": ChargeState.SUCCEEDED,
    "canceled": ChargeState.CANCELLED,
}
REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "pending": RefundState.PROCESSING,
    "requires_action": RefundState.PROCESSING,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}

# https://docs.stripe.com/api/disputes/object#dispute_object-status
DISPUTE_STATES = {
    "warning_needs_response": DisputeState.QUESTION,
    "warning_under_review": DisputeState.QUESTION,
    "warning_closed": DisputeState.CLOSED,
    "prevented": DisputeState.CLOSED,
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}


def in_cents(amount: Decimal, currency: str) -> int:
    """Stripe counts in the smallest unit. ValueError when ``amount`` has a fraction of it: nobody may round money here."""
    factor = 1 if currency.upper() in WITHOUT_CENTS else 100
    units = amount * factor
    if units != int(units):
        raise ValueError(f"{amount} {currency} has a fraction of the smallest unit")
    return int(units)


class StripeGateway(CardGateway):
    """``webhook_secret`` (whsec_…) verifies what Stripe posts to us."""

    name = PROVIDER

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        api_url: str = "https://api.stripe.com",
        timeout: float = 20.0,
    ) -> None:
        self._webhook_secret = webhook_secret
        self._stripe = StripeCalls(secret_key, api_url, timeout)

    # --- the customer and their cards ---

    def ensure_customer(self, spec: CustomerSpec, ref: str = "") -> str:
        if ref and self._customer_exists(ref):
            return ref
        params = {"name": spec.name, "metadata": {"account": str(spec.id)}} | (
            {"email": spec.email} if spec.email else {}
        )
        # Data that changed, or a customer that was deleted there, is another call to Stripe: another key.
        key = f"customer-{spec.id}-{ref}-{hash_of(params)}"
        return str(self._stripe.call(self._stripe.api.customers.create, params=params, key=key)["id"])

    def _customer_exists(self, ref: str) -> bool:
        try:
            return not self._stripe.call(self._stripe.api.customers.retrieve, ref).get("deleted")
        except Refused as error:
            if error.is_missing:
                return False
            raise

    def start_card_setup(self, setup_id: UUID, customer: str) -> CardSetup:
        params = {
            "customer": customer,
            "usage": "off_session",
            "payment_method_types": ["card"],
            "metadata": {"setup": str(setup_id)},
        }
        create = self._stripe.api.setup_intents.create
        intent = self._stripe.call(create, params=params, key=f"setup-{setup_id}-{customer}")
        return CardSetup(intent["id"], SetupState.WAITING, client_secret=intent["client_secret"])

    def read_card_setup(self, ref: str) -> CardSetup:
        intent = self._stripe.call(self._stripe.api.setup_intents.retrieve, ref)
        status, error = intent.get("status"), intent.get("last_setup_error")
        if status == "succeeded":
            return CardSetup(ref, SetupState.SUCCEEDED, card=self._kept_card(intent))
        if status == "canceled" or (status == "requires_payment_method" and error):
            return CardSetup(ref, SetupState.FAILED, reason=_reason(error))
        return CardSetup(ref, SetupState.WAITING, client_secret=str(intent.get("client_secret") or ""))

    def _kept_card(self, intent: Answer) -> Card:
        methods = self._stripe.api.payment_methods
        ref = _id_of(intent["payment_method"])
        method = self._stripe.call(methods.retrieve, ref)
        if not method.get("customer"):
            customer = {"customer": _id_of(intent["customer"])}
            method = self._stripe.call(methods.attach, ref, params=customer, key=f"attach-{intent['id']}")
        return card_of(method)

    def forget_card(self, card: str) -> None:
        methods = self._stripe.api.payment_methods
        try:
            if self._stripe.call(methods.retrieve, card).get("customer"):
                self._stripe.call(methods.detach, card, key=f"detach-{card}")
        except Refused as error:
            if not error.is_missing:
                raise

    def read_card(self, card: str) -> Card:
        return card_of(self._stripe.call(self._stripe.api.payment_methods.retrieve, card))

    # --- charges ---

    def prepare_charge(self, request: ChargeRequest) -> Charge:
        params = {
            "amount": in_cents(request.amount, request.currency),
            "currency": request.currency.lower(),
            "customer": request.customer,
            "payment_method": request.card,
            "payment_method_types": ["card"],
            "description": request.description,
            "metadata": {"payment": str(request.id)},
        }
        create = self._stripe.api.payment_intents.create
        try:
            return charge_of(self._stripe.call(create, params=params, key=f"charge-{request.id}-{request.customer}"))
        except Refused as error:
            raise _declined_by_stripe(error) from error

    def confirm_charge(self, ref: str, request: ChargeRequest) -> Charge:
        charge = self.read_charge(ref)
        if charge.state == ChargeState.PREPARED:
            charge = self._confirm(ref, request)
        if charge.state == ChargeState.NEEDS_AUTHENTICATION:
            raise NeedsAuthentication(ref=ref, client_secret=charge.client_secret, provider=PROVIDER)
        if charge.state == ChargeState.FAILED:
            closed = self.cancel_charge(ref)  # nobody pays it any more from an old page
            if closed.state == ChargeState.SUCCEEDED:
                return closed
            reason = charge.reason or reason_of("")
            raise Declined(reason.message, code=reason.code, provider=PROVIDER)
        return charge

    def _confirm(self, ref: str, request: ChargeRequest) -> Charge:
        """The intent's own state is the guard. The key has the try in it: Stripe repeats even a 500 for the same key."""
        confirm = self._stripe.api.payment_intents.confirm
        key = f"confirm-{request.id}-{request.attempt}"
        try:
            return charge_of(self._stripe.call(confirm, ref, params={"off_session": True}, key=key))
        except Declined as error:
            charge = self.read_charge(ref)
            if charge.state == ChargeState.PREPARED:  # refused before it was tried
                return Charge(ref, ChargeState.FAILED, reason=Reason(error.code, error.user_message))
            return charge
        except Refused as error:
            charge = self.read_charge(ref)
            if charge.state == ChargeState.PREPARED:
                raise _declined_by_stripe(error) from error
            return charge  # somebody else confirmed it meanwhile

    def read_charge(self, ref: str) -> Charge:
        return charge_of(self._stripe.call(self._stripe.api.payment_intents.retrieve, ref))

    def cancel_charge(self, ref: str) -> Charge:
        charge = self.read_charge(ref)
        if charge.state in {ChargeState.SUCCEEDED, ChargeState.CANCELLED, ChargeState.PROCESSING}:
            return charge
        try:
            answer = charge_of(self._stripe.call(self._stripe.api.payment_intents.cancel, ref, key=f"cancel-{ref}"))
        except Refused:
            answer = self.read_charge(ref)
        return answer

    # --- refunds ---

    def refund(self, request: RefundRequest) -> RefundAnswer:
        known = self._refund_made_before(request)
        params = {
            "payment_intent": request.charge,
            "amount": in_cents(request.amount, request.currency),
            "metadata": {"refund": str(request.id)},
        }
        create = self._stripe.api.refunds.create
        try:
            answer = known or self._stripe.call(create, params=params, key=f"refund-{request.id}")
        except Refused as error:
            return RefundAnswer("", RefundState.FAILED, Reason(error.code or "refused", error.user_message))
        state = REFUND_STATES.get(str(answer.get("status")), RefundState.PROCESSING)
        reason = reason_of(str(answer.get("failure_reason") or "")) if state == RefundState.FAILED else None
        return RefundAnswer(answer["id"], state, reason)

    def _refund_made_before(self, request: RefundRequest) -> Answer | None:
        """The key alone forgets after a day; the refund itself says whose it is."""
        params = {"payment_intent": request.charge, "limit": 100}
        made = self._stripe.call(self._stripe.api.refunds.list, params=params).get("data") or []
        return next((each for each in made if (each.get("metadata") or {}).get("refund") == str(request.id)), None)

    # --- what Stripe tells by itself ---

    def read_dispute(self, ref: str) -> DisputeAnswer:
        return dispute_of(self._stripe.call(self._stripe.api.disputes.retrieve, ref))

    def read_event(self, body: bytes, signature: str) -> GatewayEvent | None:
        return read_event(body, signature, self._webhook_secret)


def charge_of(intent: Answer) -> Charge:
    """A PaymentIntent in our words (https://docs.stripe.com/payments/paymentintents/lifecycle)."""
    status, error = str(intent.get("status")), intent.get("last_payment_error")
    state = CHARGE_STATES.get(status)
    reason = None
    if status == "requires_payment_method":
        is_asked = isinstance(error, Mapping) and error.get("code") == AUTHENTICATION
        state = ChargeState.NEEDS_AUTHENTICATION if is_asked else ChargeState.FAILED
        reason = None if is_asked else _reason(error)
    if state == ChargeState.CANCELLED and error:
        state, reason = ChargeState.FAILED, _reason(error)
    if state is None:
        raise TransientError(f"unreadable answer: status {status}", provider=PROVIDER)
    return Charge(intent["id"], state, client_secret=str(intent.get("client_secret") or ""), reason=reason)


def dispute_of(dispute: Answer) -> DisputeAnswer:
    status, currency = str(dispute.get("status")), str(dispute["currency"]).upper()
    state = DISPUTE_STATES.get(status)
    if state is None:
        raise TransientError(f"unreadable answer: status {status}", provider=PROVIDER)
    return DisputeAnswer(
        ref=dispute["id"],
        charge=_id_of(dispute.get("payment_intent") or ""),
        state=state,
        amount=Decimal(dispute["amount"]) / (1 if currency in WITHOUT_CENTS else 100),
        currency=currency,
        reason=str(dispute.get("reason") or ""),
    )


def card_of(method: Answer) -> Card:
    card = method["card"]
    return Card(
        ref=method["id"],
        brand=str(card.get("brand") or ""),
        last4=str(card["last4"]),
        exp_month=int(card["exp_month"]),
        exp_year=int(card["exp_year"]),
        fingerprint=str(card.get("fingerprint") or ""),
    )


def _reason(error: Any) -> Reason:
    error = error if isinstance(error, Mapping) else {}
    return reason_of(str(error.get("code") or ""), str(error.get("decline_code") or ""))


def _declined_by_stripe(error: Refused) -> Declined:
    """Stripe would not even ask the bank: no such card, too small an amount."""
    reason = reason_of(error.code or ("resource_missing" if error.is_missing else ""))
    return Declined(reason.message, code=reason.code, detail=error.detail, provider=PROVIDER)


def _id_of(value: Any) -> str:
    """Stripe gives the id, or the whole thing when it was asked to expand it."""
    return str(value["id"]) if isinstance(value, Mapping) else str(value)


def hash_of(params: Mapping[str, Any]) -> str:
    """Short and stable: the same data, the same hash."""
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16]

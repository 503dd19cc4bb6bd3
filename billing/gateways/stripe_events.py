"""Webhooks of Stripe: verified by their signature before anything in them is believed
(https://docs.stripe.com/webhooks#verify-official-libraries)."""

from __future__ import annotations

import json
from typing import Any

import stripe

from billing.gateways.base import GatewayEvent

TOLERANCE = 300  # seconds: an older copy may be somebody's replay. Stripe signs anew whenever it sends again
LONGEST_ID = 255
OURS = ("payment", "setup", "refund")  # what we write into metadata


def read_event(body: bytes, signature: str, secret: str) -> GatewayEvent | None:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
        event = json.loads(body)
        return _event_of(event)
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _event_of(event: dict[str, Any]) -> GatewayEvent:
    thing = event["data"]["object"]
    metadata = thing.get("metadata")
    marks = metadata if isinstance(metadata, dict) else {}
    return GatewayEvent(
        id=_text(event["id"]),
        kind=_text(event["type"]),
        object_kind=_text(thing.get("object") or ""),
        object_ref=_text(thing.get("id") or ""),
        ours=next((_text(marks[name]) for name in OURS if name in marks), ""),
    )


def _text(value: object) -> str:
    """Raises ValueError for what can be no name: then the event is not believed."""
    if not isinstance(value, str) or len(value) > LONGEST_ID or "\x00" in value:
        raise ValueError("not a name")
    value.encode()  # JSON may name half a sign, which no database keeps: UnicodeEncodeError is a ValueError
    return value

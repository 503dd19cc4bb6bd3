"""Webhooks: only what Stripe signed, lately, is believed."""

from __future__ import annotations

import json
import time

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from billing.gateways.stripe_events import read_event
from tests.billing.stripe_peer import WEBHOOK_SECRET

EVENT = {
    "id": "evt_1",
    "type": "payment_intent.succeeded",
    "data": {"object": {"object": "payment_intent", "id": "pi_1", "metadata": {"payment": "our-own"}}},
}


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    text = body.decode("utf-8", "replace")
    return stripe.WebhookSignature.generate_signature_header(text, secret, int(at or time.time()))


def test_a_signed_event_says_what_changed():
    body = json.dumps(EVENT).encode()
    event = read_event(body, signed(body), WEBHOOK_SECRET)
    assert event is not None
    assert (event.id, event.kind, event.object_ref, event.ours) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
        "our-own",
    )


@pytest.mark.parametrize("header", ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=é", ",,,", "t=,v1="])
def test_a_header_that_is_no_signature_is_refused(header):
    assert read_event(json.dumps(EVENT).encode(), header, WEBHOOK_SECRET) is None


def test_another_secret_another_body_or_an_old_copy_is_refused():
    body = json.dumps(EVENT).encode()
    assert read_event(body, signed(body, secret="whsec_other"), WEBHOOK_SECRET) is None
    assert read_event(body + b" ", signed(body), WEBHOOK_SECRET) is None
    assert read_event(body, signed(body, at=time.time() - 3600), WEBHOOK_SECRET) is None


@given(st.binary(max_size=300))
def test_whatever_bytes_are_signed_they_never_break_us(body):
    assert read_event(body, signed(body), WEBHOOK_SECRET) is None


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        {"id": "evt"},
        {"id": 5, "type": "x", "data": {"object": {}}},
        {"id": "e" * 999, "type": "x", "data": {"object": {}}},
        {"id": "e\x00", "type": "x", "data": {"object": {}}},
        {"id": "e", "type": "x", "data": {"object": "pi_1"}},
        {"id": "e", "type": "x", "data": []},
    ],
)
def test_a_signed_event_of_another_form_is_refused(event):
    body = json.dumps(event).encode()
    assert read_event(body, signed(body), WEBHOOK_SECRET) is None

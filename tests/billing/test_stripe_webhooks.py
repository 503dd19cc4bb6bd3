"""Webhooks: believed only when signed, noted once, in any order; the truth is asked of the gateway."""

from __future__ import annotations

import json
import time
import uuid
from decimal import Decimal
from types import SimpleNamespace

import pytest
import stripe
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import CardSetup, GatewayCustomer, Invoice, Payment, PaymentMethod, ReceivedEvent
from billing.services.charges import pay_with_card
from billing.services.ledger import balance_of
from billing.services.methods import secret_of, start_card_setup
from cloudpanel.provisioning.models import Job
from tests.billing.conftest import owe
from tests.billing.stripe_peer import ASKS, WEBHOOK_SECRET
from tests.examples import examples

pytestmark = pytest.mark.django_db
ADDRESS = "/pagos/stripe/"


def event(ref, *, kind="payment_intent.succeeded", thing="payment_intent", event_id=None, **metadata):
    return {
        "id": event_id or f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "type": kind,
        "data": {"object": {"object": thing, "id": ref, "metadata": metadata}},
    }


def send(data, *, secret=WEBHOOK_SECRET, at=None, body=None):
    body = json.dumps(data) if body is None else body
    header = stripe.WebhookSignature.generate_signature_header(body, secret, int(at or time.time()))
    return Client(enforce_csrf_checks=True).post(
        ADDRESS, body, content_type="application/json", headers={"Stripe-Signature": header}
    )


@pytest.fixture
def awaited(cards, add_card, actor, invoice, run_jobs):
    """The bank asked, the customer said yes, and the panel has not heard of it."""
    payment = pay_with_card(actor=actor, invoice=invoice, method=add_card(cards, ASKS), token="1")
    run_jobs()
    payment.refresh_from_db()
    cards.authenticate(payment.gateway_ref, secret_of(payment.card_charge))
    return payment


def test_a_webhook_has_the_gateway_asked(awaited, run_jobs):
    assert send(event(awaited.gateway_ref)).status_code == 200
    awaited.refresh_from_db()
    assert awaited.state == Payment.State.NEEDS_ACTION
    run_jobs()
    awaited.refresh_from_db()
    assert awaited.state == Payment.State.RECEIVED


def test_what_a_webhook_claims_is_not_believed(cards, add_card, actor, invoice, run_jobs):
    payment = pay_with_card(actor=actor, invoice=invoice, method=add_card(cards, ASKS), token="1")
    run_jobs()
    payment.refresh_from_db()
    send(event(payment.gateway_ref))
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == Payment.State.NEEDS_ACTION


def test_the_same_event_rings_once(awaited):
    same = event(awaited.gateway_ref)
    assert {send(same).status_code for _again in range(3)} == {200}
    assert ReceivedEvent.objects.count() == 1
    assert Job.objects.filter(operation="billing.read_charge").count() == 1


def test_our_own_mark_is_enough_while_the_name_is_lost(awaited):
    Payment.objects.filter(pk=awaited.pk).update(gateway_ref="")
    send(event("pi_not_yet_known", payment=str(awaited.public_id)))
    assert ReceivedEvent.objects.get().outcome == "rung"


@pytest.mark.parametrize("wrong", [{"secret": "whsec_other"}, {"at": 1_000_000_000}])
def test_a_wrong_signature_is_400_and_changes_nothing(awaited, wrong, caplog):
    assert send(event(awaited.gateway_ref), **wrong).status_code == 400
    assert not ReceivedEvent.objects.exists()
    assert "without a valid signature" in caplog.text


def test_nothing_signed_at_all_is_400(cards):
    client = Client()
    assert client.post(ADDRESS, b"\xff\xfe", content_type="application/json").status_code == 400
    assert client.post(ADDRESS, {"a": "b"}).status_code == 400
    assert client.get(ADDRESS).status_code == 405


@pytest.mark.parametrize("ref", ["pi_of_somebody_else", ""])
def test_an_unknown_object_is_200_and_said_in_the_log(cards, caplog, ref):
    assert send(event(ref)).status_code == 200
    assert ReceivedEvent.objects.get().outcome == "unknown"
    assert "which is not ours" in caplog.text


def test_a_name_that_no_database_keeps_is_400(cards):
    assert send(None, body=json.dumps(event("pi_1", event_id="evt_\ud800"))).status_code == 400


def test_what_concerns_nobody_is_noted_and_left_alone(cards):
    assert send(event("po_1", kind="payout.paid", thing="payout")).status_code == 200
    assert ReceivedEvent.objects.get().outcome == "ignored"


def test_without_keys_there_is_no_such_address(client):
    assert client.post(ADDRESS, b"{}", content_type="application/json").status_code == 404


def test_a_finished_form_is_told_too(cards, actor, account, run_jobs):
    setup = start_card_setup(actor=actor, account=account)
    run_jobs()
    setup.refresh_from_db()
    cards.type_card(SimpleNamespace(ref=setup.gateway_ref, client_secret=secret_of(setup)))
    send(event(setup.gateway_ref, kind="setup_intent.succeeded", thing="setup_intent"))
    run_jobs()
    setup.refresh_from_db()
    assert setup.state == CardSetup.State.DONE


steps = st.lists(
    st.sampled_from(
        ["succeeded", "again", "processing", "failed", "canceled", "old", "by our mark", "stranger", "work", "work"]
    ),
    max_size=12,
)


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_events_in_any_order_and_repeated_book_the_money_once(cards, add_card, actor, account, run_jobs, order):
    cards.forget_everything()
    invoice = owe(actor, account, Decimal(100))
    payment = pay_with_card(actor=actor, invoice=invoice, method=fresh_card(cards, add_card, account), token="1")
    run_jobs()
    payment.refresh_from_db()
    cards.authenticate(payment.gateway_ref, secret_of(payment.card_charge))
    for step in [*order, "succeeded", "work"]:
        do(step, payment, run_jobs)
    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.state, invoice.state) == (Payment.State.RECEIVED, Invoice.State.PAID)
    assert payment.allocated == payment.amount
    assert balance_of(account) == 0
    assert len(cards.charges()) == 1


def fresh_card(peer, add_card, account):
    """The gateway was emptied between two examples."""
    PaymentMethod.objects.filter(account=account).update(
        fingerprint="", is_default=False, removed_at="2020-01-01T00:00:00Z"
    )
    GatewayCustomer.objects.all().delete()
    return add_card(peer, ASKS)


def do(step, payment, run_jobs):
    if step == "work":
        run_jobs()
    elif step == "stranger":
        send(event("pi_other"))
    elif step == "by our mark":
        send(event("pi_other", payment=str(payment.public_id)))
    elif step == "old":
        assert send(event(payment.gateway_ref), at=1_000_000_000).status_code == 400
    else:
        event_id = f"evt_{payment.pk}" if step == "again" else None
        send(event(payment.gateway_ref, kind=f"payment_intent.{step}", event_id=event_id))

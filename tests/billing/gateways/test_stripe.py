"""The Stripe driver against localstripe: what it charges, and what it makes of every answer."""

from __future__ import annotations

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest

from billing.gateways.base import (
    ChargeRequest,
    ChargeState,
    CustomerSpec,
    Declined,
    NeedsAuthentication,
    RefundRequest,
    RefundState,
    SetupState,
)
from billing.gateways.stripe_gateway import StripeGateway, in_cents
from cloudpanel.provisioning.errors import ConfigurationError, TransientError
from tests.billing.stripe_peer import (
    ASKS,
    ASKS_AND_DECLINES,
    DECLINED_LATER,
    GOOD,
    SECRET_KEY,
    WEBHOOK_SECRET,
    Peer,
    Road,
)


@pytest.fixture
def gateway(stripe_peer: Peer) -> StripeGateway:
    return StripeGateway(SECRET_KEY, WEBHOOK_SECRET, api_url=stripe_peer.url)


@pytest.fixture
def bad_gateway(road: Road) -> StripeGateway:
    return StripeGateway(SECRET_KEY, WEBHOOK_SECRET, api_url=f"http://127.0.0.1:{road.port}", timeout=1.0)


def request_for(gateway: StripeGateway, peer: Peer, number: str = GOOD) -> ChargeRequest:
    customer = gateway.ensure_customer(CustomerSpec(uuid.uuid4(), "Empresa Demo SA de CV", "ana@empresa.example"))
    setup = gateway.start_card_setup(uuid.uuid4(), customer)
    peer.type_card(setup, number)
    card = gateway.read_card_setup(setup.ref).card
    assert card is not None
    return ChargeRequest(uuid.uuid4(), Decimal("1160.00"), "MXN", "Factura F-1", customer, card.ref)


def charge(gateway: StripeGateway, request: ChargeRequest):
    return gateway.confirm_charge(gateway.prepare_charge(request).ref, request)


def test_a_good_card_is_charged_to_the_cent(gateway, stripe_peer):
    request = replace(request_for(gateway, stripe_peer), amount=Decimal("1160.57"))
    assert charge(gateway, request).state == ChargeState.SUCCEEDED
    (charged,) = stripe_peer.charges()
    assert (charged["amount"], charged["currency"], charged["metadata"]) == (
        116057,
        "mxn",
        {"payment": str(request.id)},
    )


def test_preparing_charges_nothing(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer)
    assert gateway.prepare_charge(request).state == ChargeState.PREPARED
    assert stripe_peer.charges() == []


def test_everything_may_be_repeated_and_charges_once(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer)
    refs = {charge(gateway, replace(request, attempt=attempt)).ref for attempt in (1, 1, 2, 3)}
    assert len(refs) == len(stripe_peer.charges()) == 1


def test_a_declined_card_says_why_in_spanish_and_the_charge_is_closed(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer, DECLINED_LATER)
    ref = gateway.prepare_charge(request).ref
    for _again in range(2):
        with pytest.raises(Declined) as refusal:
            gateway.confirm_charge(ref, request)
        assert refusal.value.code == "card_declined"
        assert "banco" in refusal.value.user_message
    assert stripe_peer.ask(f"/v1/payment_intents/{ref}")["status"] == "canceled"
    assert gateway.read_charge(ref).state == ChargeState.FAILED


def test_a_card_that_needs_authentication_waits_for_the_customer(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer, ASKS)
    ref = gateway.prepare_charge(request).ref
    with pytest.raises(NeedsAuthentication) as question:
        gateway.confirm_charge(ref, request)
    assert stripe_peer.charges() == []
    stripe_peer.authenticate(ref, question.value.client_secret)
    assert gateway.confirm_charge(ref, request).state == ChargeState.SUCCEEDED
    assert len(stripe_peer.charges()) == 1


def test_an_authentication_that_fails_is_a_declined_charge(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer, ASKS)
    ref = gateway.prepare_charge(request).ref
    with pytest.raises(NeedsAuthentication) as question:
        gateway.confirm_charge(ref, request)
    stripe_peer.authenticate(ref, question.value.client_secret, success=False)
    with pytest.raises(Declined, match="autorización"):
        gateway.confirm_charge(ref, request)


def test_a_bank_may_ask_and_then_decline(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer, ASKS_AND_DECLINES)
    ref = gateway.prepare_charge(request).ref
    with pytest.raises(NeedsAuthentication) as question:
        gateway.confirm_charge(ref, request)
    with pytest.raises(Exception, match="402"):
        stripe_peer.authenticate(ref, question.value.client_secret)
    with pytest.raises(Declined):
        gateway.confirm_charge(ref, request)


def test_a_cancelled_charge_can_succeed_no_more(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer)
    ref = gateway.prepare_charge(request).ref
    assert gateway.cancel_charge(ref).state == ChargeState.CANCELLED
    assert gateway.confirm_charge(ref, request).state == ChargeState.CANCELLED
    assert stripe_peer.charges() == []


def test_cancelling_after_the_money_came_says_that_it_came(gateway, stripe_peer):
    ref = charge(gateway, request_for(gateway, stripe_peer)).ref
    assert gateway.cancel_charge(ref).state == ChargeState.SUCCEEDED


def test_money_goes_back_in_parts_and_each_part_once(gateway, stripe_peer):
    ref = charge(gateway, request_for(gateway, stripe_peer)).ref
    parts = [RefundRequest(uuid.uuid4(), ref, amount, "MXN") for amount in (Decimal("160.00"), Decimal("1000.00"))]
    answers = {gateway.refund(part).ref for part in parts for _again in range(2)}
    assert len(answers) == 2
    assert gateway.refund(parts[0]).state == RefundState.SUCCEEDED
    assert sum(each["amount"] for each in stripe_peer.ask("/v1/refunds")["data"]) == 116000


def test_a_charge_that_never_succeeded_cannot_be_sent_back(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer, DECLINED_LATER)
    ref = gateway.prepare_charge(request).ref
    with pytest.raises(Declined):
        gateway.confirm_charge(ref, request)
    answer = gateway.refund(RefundRequest(uuid.uuid4(), ref, Decimal("1.00"), "MXN"))
    assert answer.state == RefundState.FAILED
    assert answer.reason


def test_a_customer_is_made_once_and_anew_when_stripe_has_lost_it(gateway, stripe_peer):
    spec = CustomerSpec(uuid.uuid4(), "Ñandú y Asociados SC")
    first = gateway.ensure_customer(spec)
    assert gateway.ensure_customer(spec) == gateway.ensure_customer(spec, first) == first
    stripe_peer.ask(f"/v1/customers/{first}", method="DELETE")
    second = gateway.ensure_customer(spec, first)
    assert second != first
    assert gateway.ensure_customer(replace(spec, name="Ñandú SC"), second) == second


def test_a_card_is_kept_with_what_may_be_shown_of_it(gateway, stripe_peer):
    customer = gateway.ensure_customer(CustomerSpec(uuid.uuid4(), "Empresa"))
    setup = gateway.start_card_setup(uuid.uuid4(), customer)
    assert gateway.read_card_setup(setup.ref).state == SetupState.WAITING
    stripe_peer.type_card(setup, year=2031)
    card = gateway.read_card_setup(setup.ref).card
    assert card is not None
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "4242", 12, 2031)
    assert stripe_peer.ask(f"/v1/payment_methods/{card.ref}")["customer"] == customer


def test_a_card_that_is_gone_is_forgotten_without_a_word(gateway, stripe_peer):
    request = request_for(gateway, stripe_peer)
    for card in (request.card, request.card, "pm_unknown"):
        gateway.forget_card(card)
    assert stripe_peer.ask(f"/v1/payment_methods/{request.card}")["customer"] is None


def test_a_card_that_stripe_does_not_know_is_a_refusal_to_the_customer(gateway, stripe_peer):
    request = replace(request_for(gateway, stripe_peer), card="pm_unknown")
    with pytest.raises(Declined) as refusal:
        gateway.prepare_charge(request)
    assert "ya no está guardada" in refusal.value.user_message


def test_a_wrong_key_is_our_own_trouble(stripe_peer):
    gateway = StripeGateway("nonsense", WEBHOOK_SECRET, api_url=stripe_peer.url)
    with pytest.raises(ConfigurationError):
        gateway.ensure_customer(CustomerSpec(uuid.uuid4(), "Empresa"))


def test_a_gateway_that_is_down_is_a_passing_trouble(stripe_peer):
    gateway = StripeGateway(SECRET_KEY, WEBHOOK_SECRET, api_url="http://127.0.0.1:9", timeout=1.0)
    with pytest.raises(TransientError):
        gateway.read_charge("pi_1")


@pytest.mark.parametrize("fault", ["refuse", "hang", "garbage", "list", "null", "page", "empty", "half", "500", "429"])
def test_whatever_comes_back_a_broken_answer_may_be_asked_again(bad_gateway, gateway, road, stripe_peer, fault):
    request = request_for(gateway, stripe_peer)
    road.faults = [fault]
    with pytest.raises(TransientError):
        bad_gateway.prepare_charge(request)
    assert charge(bad_gateway, request).state == ChargeState.SUCCEEDED
    assert len(stripe_peer.charges()) == 1


@pytest.mark.parametrize("lost", [["lose"], ["ok", "lose"], ["ok", "ok", "lose"], ["ok", "ok", "half"]])
def test_an_answer_that_is_lost_costs_no_second_charge(bad_gateway, gateway, road, stripe_peer, lost):
    request = request_for(gateway, stripe_peer)
    road.faults = lost
    with pytest.raises(TransientError):
        charge(bad_gateway, request)
    assert charge(bad_gateway, replace(request, attempt=2)).state == ChargeState.SUCCEEDED
    assert len(stripe_peer.charges()) == 1


def test_a_refund_whose_answer_is_lost_is_made_once(bad_gateway, gateway, road, stripe_peer):
    ref = charge(gateway, request_for(gateway, stripe_peer)).ref
    refund = RefundRequest(uuid.uuid4(), ref, Decimal("10.00"), "MXN")
    road.faults = ["ok", "lose"]
    with pytest.raises(TransientError):
        bad_gateway.refund(refund)
    assert bad_gateway.refund(refund).state == RefundState.SUCCEEDED
    assert len(stripe_peer.ask("/v1/refunds")["data"]) == 1


@pytest.mark.parametrize(
    ("amount", "currency", "units"), [("0.01", "MXN", 1), ("19.99", "usd", 1999), ("500", "JPY", 500)]
)
def test_amounts_are_counted_in_the_smallest_unit(amount, currency, units):
    assert in_cents(Decimal(amount), currency) == units


def test_a_fraction_of_a_centavo_is_never_rounded_away():
    with pytest.raises(ValueError, match="fraction"):
        in_cents(Decimal("1.005"), "MXN")


def test_no_secret_is_shown_when_a_charge_is_printed(gateway, stripe_peer):
    prepared = gateway.prepare_charge(request_for(gateway, stripe_peer))
    assert prepared.client_secret
    assert prepared.client_secret not in repr(prepared)

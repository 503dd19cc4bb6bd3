"""A charge that its holder contests at their bank: recorded, booked, owed again, told; in any order and however often."""

from __future__ import annotations

import itertools
from decimal import Decimal
from types import SimpleNamespace

import pytest

from accounts.mail_models import OutgoingEmail
from accounts.models import ActionLogEntry, Notification
from billing.gateways.base import Card, DisputeAnswer, DisputeState
from billing.gateways.stripe_gateway import dispute_of
from billing.models import Dispute, Invoice, Payment, PaymentMethod
from billing.operations import cards as card_operations
from billing.operations import disputes as operations
from billing.services.collecting import collect
from billing.services.crediting import cancel_invoice
from billing.services.disputes import note_dispute
from billing.services.ledger import balance_of
from billing.services.refunding import finish_refund, refund_payment
from billing.services.verification import verify_ledger
from cloudpanel.provisioning.errors import TransientError
from tests.billing.test_stripe_webhooks import event, send

pytestmark = pytest.mark.django_db
State = Dispute.State


@pytest.fixture
def payment(pay, invoice):
    return pay(
        "1160.00", invoice=invoice, method=Payment.Method.CARD, gateway="stripe", gateway_ref="pi_1", reference="Visa"
    )


@pytest.fixture
def says(payment, actor):
    def says(state, amount="1160.00"):
        return note_dispute(
            actor=actor, payment=payment, ref="dp_1", state=State(state), amount=Decimal(amount), reason="fraudulent"
        )

    return says


@pytest.fixture
def gateway(monkeypatch):
    """What the gateway answers; localstripe knows no contested charges."""
    answers = SimpleNamespace(dispute=None, card=None)
    answers.read_dispute = lambda ref: answers.dispute
    answers.read_card = lambda ref: answers.card
    monkeypatch.setattr(operations, "card_gateway", lambda: answers)
    monkeypatch.setattr(card_operations, "card_gateway", lambda: answers)
    return answers


def test_money_that_the_bank_took_is_owed_again(says, invoice, account):
    says("open")
    invoice.refresh_from_db()
    assert (invoice.state, invoice.rest, invoice.paid_at) == (Invoice.State.OPEN, Decimal(1160), None)
    assert balance_of(account) == Decimal(1160)
    assert list(verify_ledger()) == []


def test_a_question_takes_nothing(says, invoice):
    says("question")
    invoice.refresh_from_db()
    assert invoice.state == Invoice.State.PAID


def test_won_pays_the_invoice_again(says, invoice, account):
    says("open")
    says("won")
    invoice.refresh_from_db()
    assert (invoice.state, balance_of(account)) == (Invoice.State.PAID, 0)
    assert list(verify_ledger()) == []


@pytest.mark.parametrize("order", list(itertools.permutations(["question", "open", "lost"])))
def test_whatever_the_order_a_decision_stays(says, invoice, account, order):
    for state in (*order, *order):
        says(state)
    assert Dispute.objects.get().state == State.LOST
    assert balance_of(account) == Decimal(1160)
    assert list(verify_ledger()) == []


def test_a_part_is_taken_as_a_part(says, invoice):
    says("open", "160.00")
    invoice.refresh_from_db()
    assert invoice.rest == Decimal(160)


def test_what_was_sent_back_before_is_not_taken_twice(says, account, actor, payment, invoice):
    cancel_invoice(actor=actor, invoice=invoice, reason="x")
    payment.refresh_from_db()
    finish_refund(
        actor=actor,
        refund=refund_payment(actor=actor, payment=payment, amount=payment.credit, idempotency_key="r"),
    )
    says("open")
    assert balance_of(account) == 0
    assert list(verify_ledger()) == []


def test_a_contested_invoice_is_not_charged_by_itself_again(says, invoice, cards, add_card, actor):
    add_card(cards)
    says("open")
    invoice.refresh_from_db()
    assert collect(actor=actor, invoice=invoice, attempt="dunning-1") is None


def test_the_webhook_has_the_gateway_asked(cards, gateway, payment, run_jobs):
    gateway.dispute = DisputeAnswer("dp_1", "pi_1", DisputeState.OPEN, Decimal(1160), "MXN", "fraudulent")
    told = event("dp_1", kind="charge.dispute.created", thing="dispute")
    assert [send(told).status_code for _again in range(2)] == [200, 200]
    run_jobs()
    assert Dispute.objects.get().withdrawal.amount == Decimal(1160)


def test_one_that_is_not_ours_is_said_in_the_log(cards, gateway, run_jobs, caplog):
    gateway.dispute = DisputeAnswer("dp_9", "pi_9", DisputeState.OPEN, Decimal(5), "MXN")
    send(event("dp_9", kind="charge.dispute.created", thing="dispute"))
    run_jobs()
    assert "not ours" in caplog.text
    assert not Dispute.objects.exists()


def test_support_and_the_customer_are_told(says, staff_client, administrator, administrator_client, invoice, payment):
    says("open")
    assert OutgoingEmail.objects.filter(kind="disputed").exists()
    assert Notification.objects.get(title__startswith="Aclaración bancaria").user == administrator
    assert ActionLogEntry.objects.filter(action="billing.dispute.open").exists()
    page = administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/").content.decode()
    assert "En disputa" in page
    assert "Pagar" in page
    shown = administrator_client.get(f"/cuenta/pagos/{payment.public_id}/").content.decode()
    assert "Retirado por el banco" in shown
    assert "dp_1" in staff_client.get("/admin/billing/dispute/").content.decode()


def test_stripes_words_are_understood():
    said = {"id": "dp_1", "payment_intent": "pi_1", "amount": 116000, "currency": "mxn", "reason": "fraudulent"}
    answer = dispute_of({**said, "status": "needs_response"})
    assert (answer.charge, answer.amount, answer.state) == ("pi_1", Decimal("1160.00"), DisputeState.OPEN)
    with pytest.raises(TransientError):
        dispute_of({**said, "status": "a word of next year"})


def test_a_card_that_the_bank_renewed_has_its_new_date(cards, account, gateway, run_jobs):
    card = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034, "fingerprint": "fp"}
    method = PaymentMethod.objects.create(account=account, gateway_ref="pm_1", **card)
    gateway.card = Card(method.gateway_ref, "visa", "1881", 5, 2039, "fp_new")
    told = event(method.gateway_ref, kind="payment_method.automatically_updated", thing="payment_method")
    send(told)
    run_jobs()
    method.refresh_from_db()
    assert (method.last4, method.expiry_text, method.fingerprint) == ("1881", "05/2039", "fp_new")
    assert ActionLogEntry.objects.filter(action="billing.method.renewed").count() == 1

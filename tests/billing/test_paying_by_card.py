"""An invoice is charged to a card: once, whatever happens in between, and every end is told."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.models import ActionLogEntry, Notification
from billing.gateways.stripe_gateway import StripeGateway
from billing.models import CardCharge, Invoice, Payment
from billing.services.charges import (
    ask_about_quiet_charges,
    ask_gateway,
    give_up_charge,
    note_answer,
    pay_with_card,
)
from billing.services.collecting import collect
from billing.services.crediting import cancel_invoice
from billing.services.ledger import balance_of
from billing.services.methods import remove_card, secret_of
from billing.services.paying import book_payment
from billing.services.refunding import refund_payment
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.sweep import sweep
from tests.billing.conftest import owe, use_gateway
from tests.billing.stripe_peer import ASKS, DECLINED_LATER

State = Payment.State


def pay(actor, invoice, card, token="1"):
    return pay_with_card(actor=actor, invoice=invoice, method=card, token=token)


def told(account):
    return list(Notification.objects.filter(account=account).order_by("pk").values_list("title", flat=True))


def test_a_card_pays_the_invoice(cards, add_card, actor, account, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards))
    assert payment.state == State.PROCESSING
    run_jobs()
    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.state, invoice.state) == (State.RECEIVED, Invoice.State.PAID)
    assert [charge["amount"] for charge in cards.charges()] == [116000]
    assert balance_of(account) == 0
    assert told(account) == ["Recibimos su pago de $1,160.00 MXN"]


def test_the_log_says_who_paid_what(cards, add_card, actor, account, invoice, run_jobs):
    pay(actor, invoice, add_card(cards))
    run_jobs()
    line = ActionLogEntry.objects.get(action="billing.payment.received")
    assert "ana@empresa.example" in line.actor_name
    assert line.after["amount"] == "1160.00"


def test_two_clicks_are_one_payment(cards, add_card, actor, invoice, run_jobs):
    card = add_card(cards)
    first = pay(actor, invoice, card)
    assert pay(actor, invoice, card) == pay(actor, invoice, card, token="another page") == first
    run_jobs()
    assert pay(actor, invoice, card) == first
    assert len(cards.charges()) == 1


def test_a_paid_invoice_is_not_paid_again(cards, add_card, actor, invoice, run_jobs):
    card = add_card(cards)
    pay(actor, invoice, card)
    run_jobs()
    with pytest.raises(BusinessError, match="ya no se debe"):
        pay(actor, invoice, card, token="later")


def test_a_declined_card_says_why_and_nothing_is_owed_less(cards, add_card, actor, account, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards, DECLINED_LATER))
    run_jobs()
    payment.refresh_from_db()
    invoice.refresh_from_db()
    assert (payment.state, invoice.state) == (State.FAILED, Invoice.State.OPEN)
    assert "banco" in payment.failure_message
    assert balance_of(account) == Decimal("1160.00")
    assert told(account) == ["No se pudo cobrar $1,160.00 MXN"]
    assert not Job.objects.filter(state=JobState.FAILED).exists()


def test_after_a_refusal_another_card_may_pay(cards, add_card, actor, invoice, run_jobs):
    pay(actor, invoice, add_card(cards, DECLINED_LATER))
    run_jobs()
    pay(actor, invoice, add_card(cards), token="2")
    run_jobs()
    invoice.refresh_from_db()
    assert invoice.state == Invoice.State.PAID


def test_a_bank_that_asks_is_answered_by_the_customer(cards, add_card, actor, account, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards, ASKS))
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.NEEDS_ACTION
    assert told(account) == ["Su banco pide que autorice un pago de $1,160.00 MXN"]
    cards.authenticate(payment.gateway_ref, secret_of(payment.card_charge))
    note_answer(actor=actor, payment=payment)
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.RECEIVED
    assert CardCharge.objects.get(payment=payment).client_secret is None


def test_the_browsers_key_is_encrypted_and_in_no_job(cards, add_card, actor, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards, ASKS))
    run_jobs()
    charge = CardCharge.objects.get(payment=payment)
    secret = secret_of(charge)
    assert secret.startswith("pi_")
    assert secret.encode() not in bytes(charge.client_secret)
    assert not any(secret in str(job.__dict__) for job in Job.objects.all())


def test_an_answer_of_no_is_a_failed_payment(cards, add_card, actor, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards, ASKS))
    run_jobs()
    payment.refresh_from_db()
    cards.authenticate(payment.gateway_ref, secret_of(payment.card_charge), success=False)
    note_answer(actor=actor, payment=payment)
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.FAILED
    assert "autorización" in payment.failure_message


def test_a_payment_that_waits_may_be_given_up(cards, add_card, actor, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards, ASKS))
    run_jobs()
    give_up_charge(actor=actor, payment=payment)
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.CANCELLED
    assert cards.ask(f"/v1/payment_intents/{payment.gateway_ref}")["status"] == "canceled"


def test_an_invoice_paid_by_transfer_meanwhile_is_not_charged(cards, add_card, actor, account, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards))
    book_payment(
        actor=actor,
        account=account,
        invoice=invoice,
        amount=invoice.rest,
        method=Payment.Method.TRANSFER,
        idempotency_key="x",
    )
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.CANCELLED
    assert cards.charges() == []


def test_an_invoice_cancelled_meanwhile_is_not_charged(cards, add_card, actor, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards))
    cancel_invoice(actor=actor, invoice=invoice, reason="Ya no lo quiero")
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.CANCELLED
    assert cards.charges() == []


def test_money_that_came_after_all_is_the_customers(cards, add_card, actor, account, invoice, run_jobs, differences):
    """We had called it failed and the invoice was paid otherwise: what the bank took is in the customer's favour."""
    payment = pay(actor, invoice, add_card(cards, ASKS))
    run_jobs()
    payment.refresh_from_db()
    Payment.objects.filter(pk=payment.pk).update(state=State.FAILED)
    pay(actor, invoice, add_card(cards), token="2")
    run_jobs()
    cards.authenticate(payment.gateway_ref, secret_of(payment.card_charge))
    ask_gateway(actor=SYSTEM, payment=payment)
    run_jobs()
    payment.refresh_from_db()
    assert (payment.state, payment.credit) == (State.RECEIVED, Decimal("1160.00"))
    assert balance_of(account) == Decimal("-1160.00")
    assert differences() == set()


@pytest.mark.parametrize(
    "faults",
    [
        ["refuse"],
        ["hang"],
        ["garbage"],
        ["500"],
        ["ok", "lose"],
        ["ok", "ok", "lose"],
        ["ok", "ok", "ok", "lose"],
        ["ok", "ok", "ok", "half"],
        ["ok", "ok", "lose", "lose", "500", "refuse"],
    ],
    ids=" ".join,
)
def test_whatever_the_gateway_does_the_card_is_charged_once(
    cards, add_card, actor, invoice, run_jobs, faulty_cards, settings, faults
):
    use_gateway(settings, cards.url)
    card = add_card(cards)
    use_gateway(settings, f"http://127.0.0.1:{faulty_cards.port}", timeout=0.5)
    payment = pay(actor, invoice, card)
    faulty_cards.faults = list(faults)
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.RECEIVED
    assert len(cards.charges()) == 1


def test_a_worker_killed_after_charging_charges_nothing_again(cards, add_card, actor, invoice, run_jobs, monkeypatch):
    payment = pay(actor, invoice, add_card(cards))
    confirm = StripeGateway.confirm_charge

    def killed(self, ref, request):
        confirm(self, ref, request)
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(StripeGateway, "confirm_charge", killed)
        run_jobs()
    assert len(cards.charges()) == 1
    Job.objects.filter(state=JobState.RUNNING).update(lease_until=timezone.now() - timedelta(minutes=5))
    sweep()
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.RECEIVED
    assert len(cards.charges()) == 1


def test_a_gateway_that_stays_away_costs_nothing_and_says_so(
    cards, add_card, actor, account, invoice, run_jobs, settings
):
    card = add_card(cards)
    use_gateway(settings, "http://127.0.0.1:9", timeout=0.5)
    payment = pay(actor, invoice, card)
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.FAILED
    assert "No se pudo cobrar $1,160.00 MXN" in told(account)


def test_a_charge_whose_fate_is_unknown_is_never_called_failed(cards, add_card, actor, invoice, run_jobs, settings):
    card = add_card(cards)
    payment = pay(actor, invoice, card)
    Payment.objects.filter(pk=payment.pk).update(gateway_ref="pi_somewhere")
    use_gateway(settings, "http://127.0.0.1:9", timeout=0.5)
    run_jobs()
    payment.refresh_from_db()
    assert payment.state == State.PROCESSING


def test_the_sweep_finds_out_what_became_of_a_quiet_charge(cards, add_card, actor, invoice, run_jobs):
    quiet = pay_and_forget(actor, invoice, cards, add_card, run_jobs)
    assert ask_about_quiet_charges() == 1
    run_jobs()
    quiet.refresh_from_db()
    assert quiet.state == State.RECEIVED


def pay_and_forget(actor, invoice, peer, add_card, run_jobs):
    """The bank said yes, and nobody told us: no job, no webhook."""
    payment = pay(actor, invoice, add_card(peer, ASKS))
    run_jobs()
    payment.refresh_from_db()
    peer.authenticate(payment.gateway_ref, secret_of(payment.card_charge))
    Payment.objects.filter(pk=payment.pk).update(state=State.PROCESSING, created_at="2020-01-01T00:00:00Z")
    return payment


def test_asking_twice_at_once_asks_once(cards, add_card, actor, invoice):
    payment = pay(actor, invoice, add_card(cards))
    ask_gateway(actor=SYSTEM, payment=payment)
    ask_gateway(actor=SYSTEM, payment=payment)
    assert Job.objects.filter(operation="billing.read_charge").count() == 1


def test_a_card_that_is_being_charged_cannot_be_removed(cards, add_card, actor, invoice, run_jobs):
    card = add_card(cards)
    pay(actor, invoice, card)
    with pytest.raises(BusinessError, match="cobro en curso"):
        remove_card(actor=actor, method=card)


def test_a_removed_or_expired_card_is_refused(cards, add_card, actor, invoice, run_jobs):
    card = add_card(cards)
    type(card).objects.filter(pk=card.pk).update(exp_year=2020)
    with pytest.raises(BusinessError, match="vencida"):
        pay(actor, invoice, card)
    remove_card(actor=actor, method=card)
    with pytest.raises(BusinessError, match="ya se quitó"):
        pay(actor, invoice, card)


def test_without_keys_no_card_is_charged(add_card, actor, invoice, cards, settings):
    card = add_card(cards)
    settings.DRIVERS = {name: entry for name, entry in settings.DRIVERS.items() if name != "stripe"}
    with pytest.raises(BusinessError, match="no está configurado"):
        pay(actor, invoice, card)


def test_money_goes_back_to_the_card_once(cards, add_card, actor, account, invoice, run_jobs):
    payment = pay(actor, invoice, add_card(cards))
    run_jobs()
    payment.refresh_from_db()
    cancel_invoice(actor=actor, invoice=invoice, reason="No lo quiero")
    payment.refresh_from_db()
    refund = refund_payment(actor=actor, payment=payment, amount=payment.amount, idempotency_key=str(uuid.uuid4()))
    run_jobs()
    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.state, payment.state) == ("done", State.REFUNDED)
    assert refund.gateway_ref.startswith("re_")
    assert [each["amount"] for each in cards.ask("/v1/refunds")["data"]] == [116000]
    assert balance_of(account) == 0
    assert "Le devolvimos $1,160.00 MXN" in told(account)


# --- collecting by itself ---


def test_collecting_uses_the_default_card(cards, add_card, actor, invoice, run_jobs):
    add_card(cards)
    assert collect(actor=SYSTEM, invoice=invoice) == collect(actor=SYSTEM, invoice=invoice)
    run_jobs()
    invoice.refresh_from_db()
    assert invoice.state == Invoice.State.PAID
    assert collect(actor=SYSTEM, invoice=invoice) is None
    assert len(cards.charges()) == 1


def test_collecting_again_the_same_day_does_not_ask_the_bank_again(cards, add_card, actor, invoice, run_jobs):
    add_card(cards, DECLINED_LATER)
    first = collect(actor=SYSTEM, invoice=invoice)
    run_jobs()
    assert collect(actor=SYSTEM, invoice=invoice) == first
    assert collect(actor=SYSTEM, invoice=invoice, attempt="dunning-2") != first


def test_collecting_uses_what_is_in_favour_first(cards, add_card, actor, account, run_jobs):
    add_card(cards)
    book_payment(
        actor=actor, account=account, amount=Decimal(160), method=Payment.Method.TRANSFER, idempotency_key="advance"
    )
    collect(actor=SYSTEM, invoice=owe(actor, account, Decimal(1000)))
    run_jobs()
    assert [charge["amount"] for charge in cards.charges()] == [100000]


def test_without_a_card_collecting_leaves_it_to_the_customer(actor, invoice):
    assert collect(actor=SYSTEM, invoice=invoice) is None
    invoice.refresh_from_db()
    assert invoice.state == Invoice.State.OPEN

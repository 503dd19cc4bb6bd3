"""Partial, exact, too much, twice, too late; taken back and sent back."""

from __future__ import annotations

import threading
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from accounts.actors import SYSTEM
from accounts.models import ActionLogEntry
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.services.allocation import use_credit
from billing.services.crediting import cancel_invoice, credit_invoice
from billing.services.ledger import balance_of
from billing.services.lines import LineData
from billing.services.paying import begin_payment, credit_of, fail_payment, move_payment, receive_payment
from billing.services.refunding import fail_refund, finish_refund, refund_payment
from billing.signals import invoice_paid
from cloudpanel.core.exceptions import BusinessError

pytestmark = pytest.mark.django_db
State = Invoice.State


@pytest.fixture
def told():
    """The invoices for which ``invoice_paid`` was sent."""
    heard = []

    def hear(invoice, **_signal):
        heard.append(invoice.pk)

    invoice_paid.connect(hear)
    yield heard
    invoice_paid.disconnect(hear)


@pytest.fixture(autouse=True)
def _all_agrees(differences):
    """Whatever happened, the books agree."""
    yield
    assert differences() == set()


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_the_exact_amount_pays_it_and_says_so_once(issue, pay, told, account):
    invoice = issue()
    pay("116.00", invoice=invoice)
    assert (fresh(invoice).state, told, balance_of(account)) == (State.PAID, [invoice.pk], 0)


def test_a_part_leaves_the_rest_owed(issue, pay, told, account):
    invoice = issue()
    pay("16.00", invoice=invoice)
    assert (fresh(invoice).state, fresh(invoice).rest, told) == (State.OPEN, Decimal("100.00"), [])
    pay("100.00", invoice=invoice)
    assert (fresh(invoice).state, told) == (State.PAID, [invoice.pk])


def test_too_much_is_kept_in_favour_and_used_by_the_next_invoice(issue, pay, told, account):
    pay("200.00", invoice=issue())
    assert (balance_of(account), credit_of(account)) == (Decimal("-84.00"), Decimal("84.00"))
    second = issue()
    assert (second.rest, credit_of(account), balance_of(account)) == (Decimal("32.00"), 0, Decimal("32.00"))
    third_pays = pay("32.00")
    assert third_pays.credit == 0
    assert told[-1] == second.pk


def test_money_without_an_invoice_pays_the_oldest_first(issue, pay):
    first, second = issue(), issue()
    pay("150.00")
    assert (fresh(first).state, fresh(second).rest) == (State.PAID, Decimal("82.00"))


def test_money_meant_for_one_invoice_pays_that_one_first(issue, pay):
    first, second = issue(), issue()
    pay("120.00", invoice=second)
    assert (fresh(first).rest, fresh(second).state) == (Decimal("112.00"), State.PAID)


def test_the_same_key_again_is_the_same_money(issue, pay, account):
    invoice = issue()
    assert pay("116.00", key="spei:1", invoice=invoice).pk == pay("116.00", key="spei:1", invoice=invoice).pk
    assert balance_of(account) == 0


def test_the_same_key_with_another_amount_is_refused(pay):
    pay("116.00", key="spei:1")
    with pytest.raises(BusinessError, match="otros datos"):
        pay("115.00", key="spei:1")


@pytest.mark.parametrize("total", ["0.00", "-5.00", "1.005"])
def test_a_senseless_amount_is_refused(pay, total):
    with pytest.raises(BusinessError):
        pay(total)


def begin(actor, account, invoice) -> Payment:
    return begin_payment(
        actor=actor,
        account=account,
        amount=Decimal("116.00"),
        method=Payment.Method.CARD,
        idempotency_key=str(uuid4()),
        invoice=invoice,
        gateway="stripe",
    )


def test_a_payment_that_is_tried_books_nothing(issue, actor, account):
    begin(actor, account, issue())
    assert balance_of(account) == Decimal("116.00")


@pytest.mark.parametrize("before", ["failed", "cancelled", "processing", "needs_action"])
def test_a_late_success_counts_whatever_was_said_before(issue, actor, account, before):
    invoice = issue()
    payment = begin(actor, account, invoice)
    assert move_payment(actor=actor, payment=payment, to=Payment.State(before), message="No.")
    assert receive_payment(actor=actor, payment=payment, gateway_ref="pi_1")
    assert (fresh(invoice).state, fresh(payment).failure_message) == (State.PAID, "")


def test_a_failure_after_the_success_changes_nothing(issue, actor, account):
    payment = begin(actor, account, issue())
    assert receive_payment(actor=actor, payment=payment)
    assert not fail_payment(actor=actor, payment=payment, message="No.")
    assert not receive_payment(actor=actor, payment=payment)
    assert fresh(payment).state == Payment.State.RECEIVED


@pytest.mark.django_db(transaction=True)
def test_webhook_and_poll_at_once_book_the_money_once(issue, actor, account):
    payment = begin(actor, account, issue())
    start, results = threading.Barrier(4), []

    def arrive() -> None:
        mine = Payment.objects.get(pk=payment.pk)
        start.wait(10)
        results.append(receive_payment(actor=SYSTEM, payment=mine))
        connection.close()

    threads = [threading.Thread(target=arrive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == [False, False, False, True]
    assert balance_of(account) == 0
    assert ActionLogEntry.objects.filter(action="billing.invoice.paid").count() == 1


def test_an_invoice_can_wait_for_its_credit(issue, pay, actor):
    pay("50.00")
    invoice = issue(uses_credit=False)
    assert invoice.paid == 0
    assert use_credit(actor=actor, invoice=invoice) == Decimal("50.00")
    assert use_credit(actor=actor, invoice=invoice) == 0


def test_cancelling_an_open_invoice_leaves_nothing_owed(issue, actor, account, told):
    invoice = issue("100.00", "33.33")
    note = cancel_invoice(actor=actor, invoice=invoice, reason="Pedido cancelado")
    assert (note.total, invoice.state, balance_of(account), told) == (invoice.total, State.CANCELLED, 0, [])
    assert note.number_text == "NC-1"
    with pytest.raises(BusinessError, match="ya está cancelada"):
        cancel_invoice(actor=actor, invoice=invoice, reason="otra vez")


def test_cancelling_a_paid_invoice_turns_the_money_into_credit(issue, pay, actor, account):
    invoice = issue()
    payment = pay("116.00", invoice=invoice)
    cancel_invoice(actor=actor, invoice=invoice, reason="x")
    assert (fresh(payment).credit, balance_of(account)) == (Decimal("116.00"), Decimal("-116.00"))


def credit(actor, invoice, price, source="") -> CreditNote:
    lines = [LineData("Días no usados", Decimal(price))]
    return credit_invoice(actor=actor, invoice=invoice, lines=lines, reason="Ajuste", source=source or str(uuid4()))


def test_a_partial_credit_of_an_open_invoice_lowers_what_is_owed(issue, actor, account):
    invoice = issue()
    assert credit(actor, invoice, "25.00").total == Decimal("29.00")
    assert (fresh(invoice).rest, balance_of(account)) == (Decimal("87.00"), Decimal("87.00"))


def test_a_credit_that_covers_the_rest_of_a_part_paid_invoice_settles_it(issue, pay, actor, told):
    invoice = issue()
    pay("58.00", invoice=invoice)
    credit(actor, invoice, "50.00")
    assert (fresh(invoice).state, told) == (State.PAID, [invoice.pk])


def test_a_credit_of_a_paid_invoice_gives_money_back_in_favour(issue, pay, actor, account):
    invoice = issue()
    pay("116.00", invoice=invoice)
    credit(actor, invoice, "10.00")
    assert (fresh(invoice).state, credit_of(account)) == (State.PAID, Decimal("11.60"))


def test_the_same_credit_again_is_the_same_note(issue, actor):
    invoice = issue()
    assert credit(actor, invoice, "10.00", "change:1").pk == credit(actor, invoice, "10.00", "change:1").pk


def test_partial_credits_come_to_the_invoice_exactly(issue, actor, account):
    invoice = issue("10.01")
    for price in ("3.33", "3.33", "3.35"):
        credit(actor, fresh(invoice), price)
    assert (fresh(invoice).state, balance_of(account)) == (State.CANCELLED, 0)


@pytest.mark.parametrize("price", ["100.01", "0.00", "-1.00"])
def test_more_than_the_invoice_or_nothing_cannot_be_credited(issue, actor, price):
    with pytest.raises(BusinessError):
        credit(actor, issue(), price)


def test_what_was_credited_in_part_is_cancelled_for_the_rest(issue, actor, account):
    invoice = issue("100.00", "0.03")
    credit(actor, invoice, "40.01")
    note = cancel_invoice(actor=actor, invoice=invoice, reason="x")
    assert (note.lines.count(), fresh(invoice).state, balance_of(account)) == (1, State.CANCELLED, 0)


def refund(actor, payment, total, key="r1") -> Refund:
    return refund_payment(actor=actor, payment=payment, amount=Decimal(total), idempotency_key=key)


def test_money_that_an_invoice_uses_cannot_be_sent_back(issue, pay, actor):
    payment = pay("120.00", invoice=issue())
    with pytest.raises(BusinessError, match="ninguna factura usa"):
        refund(actor, payment, "4.01")


def test_promised_money_pays_nothing_and_leaves_the_books_when_it_goes(issue, pay, actor, account):
    payment = pay("120.00", invoice=issue())
    promised = refund(actor, payment, "4.00")
    assert (credit_of(account), fresh(payment).state) == (0, Payment.State.REFUND_DUE)
    assert balance_of(account) == Decimal("-4.00")
    assert finish_refund(actor=actor, refund=promised)
    assert not finish_refund(actor=actor, refund=promised)
    assert (balance_of(account), fresh(payment).state) == (0, Payment.State.RECEIVED)


def test_a_refund_that_fails_is_credit_again(pay, actor, account):
    payment = pay("50.00")
    assert fail_refund(actor=actor, refund=refund(actor, payment, "50.00"), message="Cuenta cerrada")
    assert (credit_of(account), fresh(payment).state) == (Decimal("50.00"), Payment.State.RECEIVED)
    assert refund(actor, payment, "50.00", key="r2").state == Refund.State.DUE


def test_all_of_a_payment_sent_back_ends_it(pay, actor):
    payment = pay("50.00")
    again = [refund(actor, payment, "50.00"), refund(actor, payment, "50.00")]
    assert again[0].pk == again[1].pk
    finish_refund(actor=actor, refund=again[0])
    assert fresh(payment).state == Payment.State.REFUNDED


def test_money_of_one_account_never_pays_anothers_invoice(issue, pay, other_account):
    invoice = issue()
    pay("116.00", invoice=invoice, to=other_account)
    assert fresh(invoice).state == State.OPEN

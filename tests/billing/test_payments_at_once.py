"""Real threads on PostgreSQL: however many hear of the same money, it is taken and booked once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actors import SYSTEM, Actor
from billing.models import BankFileRow, BankMovement, Invoice, LedgerTransaction, Payment, ReceivedEvent
from billing.services.charges import pay_with_card, settle_charge
from billing.services.collecting import collect
from billing.services.ledger import balance_of
from billing.services.methods import secret_of
from billing.services.reconciling import assign_movement, book_some_rows, upload_bank_file
from billing.services.webhooks import receive_event
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from tests.billing.stripe_peer import ASKS

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own, all let loose together; what they gave, or the BusinessError."""
    gate, answers = threading.Barrier(len(works)), [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        gate.wait(10)
        try:
            answers[index] = work()
        except BusinessError as error:
            answers[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_two_clicks_at_once_are_one_charge(cards, add_card, actor, invoice, run_jobs):
    card = add_card(cards)
    clicks = [
        lambda token=token: pay_with_card(actor=actor, invoice=invoice, method=card, token=token) for token in "11122"
    ]
    assert len({payment.pk for payment in at_once(*clicks)}) == 1
    run_jobs()
    assert len(cards.charges()) == 1


def test_a_click_and_the_renewal_at_once_are_one_charge(cards, add_card, actor, invoice, run_jobs):
    card = add_card(cards)
    at_once(
        lambda: pay_with_card(actor=actor, invoice=invoice, method=card, token="1"),
        lambda: collect(actor=SYSTEM, invoice=Invoice.objects.get(pk=invoice.pk)),
        lambda: collect(actor=SYSTEM, invoice=Invoice.objects.get(pk=invoice.pk)),
    )
    run_jobs()
    assert len(cards.charges()) == 1
    assert Payment.objects.count() == 1


def test_a_webhook_and_the_poll_at_once_book_once(cards, add_card, actor, account, invoice, run_jobs):
    payment = pay_with_card(actor=actor, invoice=invoice, method=add_card(cards, ASKS), token="1")
    run_jobs()
    payment.refresh_from_db()
    cards.authenticate(payment.gateway_ref, secret_of(payment.card_charge))
    mine = [Payment.objects.get(pk=payment.pk) for _each in range(4)]
    settling = [
        lambda each=each: settle_charge(actor=SYSTEM, payment=each, outcome={"state": "succeeded"}) for each in mine
    ]
    at_once(*settling)
    assert LedgerTransaction.objects.filter(kind="payment").count() == 1
    assert balance_of(account) == 0


def test_an_event_that_arrives_twice_at_once_is_noted_once(cards, add_card, actor, invoice, run_jobs):
    payment = pay_with_card(actor=actor, invoice=invoice, method=add_card(cards, ASKS), token="1")
    run_jobs()
    payment.refresh_from_db()
    event = {"gateway": "stripe", "event_id": "evt_1", "kind": "payment_intent.succeeded"}
    event |= {"object_kind": "payment_intent", "object_ref": payment.gateway_ref}
    answers = at_once(*[lambda: receive_event(**event)] * 4)
    assert sorted(map(str, answers)) == ["None", "None", "None", "rung"]
    assert ReceivedEvent.objects.count() == Job.objects.filter(operation="billing.read_charge").count() == 1


def test_the_same_bank_file_reconciled_twice_at_once_books_each_movement_once(
    staff, invoice, account, run_jobs, differences
):
    support = Actor(user=staff)
    day = f"{timezone.localdate():%d/%m/%Y}"
    rows = [f"{day},pago {n},{n}.00" for n in range(1, 20)]
    content = "\n".join(["Fecha,Concepto,Abono", f"{day},{invoice.reference},1160.00", *rows]).encode()
    files = [upload_bank_file(actor=support, content=content, filename=f"{n}.csv") for n in range(3)]
    at_once(*[lambda file=file: book_some_rows(file, actor=support, most=100) for file in files])
    assert BankMovement.objects.count() == 20
    assert BankFileRow.objects.filter(outcome="booked").count() == 20
    assert BankFileRow.objects.filter(outcome="repeated").count() == 40
    assert Payment.objects.count() == 1
    assert (balance_of(account), differences()) == (0, set())


def test_two_people_assign_the_same_deposit_at_once(staff, account, other_account, run_jobs, differences):
    support = Actor(user=staff)
    day = f"{timezone.localdate():%d/%m/%Y}"
    upload_bank_file(actor=support, content=f"Fecha,Abono\n{day},500\n".encode(), filename="x.csv")
    run_jobs()
    movement = BankMovement.objects.get()
    owners = (account, other_account)
    answers = at_once(
        *[lambda owner=owner: assign_movement(actor=support, movement=movement, account=owner) for owner in owners]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["BusinessError", "NoneType"]
    assert Payment.objects.count() == 1
    assert differences() == set()

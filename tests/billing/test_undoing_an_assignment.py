"""Support assigned a deposit to the wrong customer: undone, it pays nothing any more and waits for its owner."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.actors import Actor
from billing.models import BankMovement, Invoice
from billing.services.ledger import balance_of
from billing.services.reconciling import assign_movement, undo_assignment
from billing.services.refunding import refund_payment
from billing.services.verification import verify_ledger
from cloudpanel.core.exceptions import BusinessError
from tests.billing.conftest import owe
from tests.billing.test_reconciling_in_the_admin import table, upload
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def movement(staff_client, run_jobs):
    upload(staff_client, table(("transferencia", "1160.00")))
    run_jobs()
    return BankMovement.objects.get()


def test_its_invoice_is_owed_again_and_the_right_one_can_be_paid(movement, invoice, actor, account):
    right = owe(Actor(user=None), AccountFactory(), Decimal(1000))
    for _wrongly in range(2):
        assign_movement(actor=actor, movement=movement, invoice=invoice)
        undo_assignment(actor=actor, movement=movement)
    invoice.refresh_from_db()
    assert (invoice.state, balance_of(account)) == (Invoice.State.OPEN, Decimal(1160))
    assign_movement(actor=actor, movement=movement, invoice=right)
    right.refresh_from_db()
    assert right.state == Invoice.State.PAID
    assert list(verify_ledger()) == []


def test_support_does_it_in_the_list(staff_client, administrator_client, movement, invoice, actor):
    assign_movement(actor=actor, movement=movement, invoice=invoice)
    action = {"action": "undo", "_selected_action": [movement.pk]}
    page = staff_client.post("/admin/billing/bankmovement/", action, follow=True).content.decode()
    assert "esperan de nuevo a su dueño" in page
    movement.refresh_from_db()
    assert movement.state == BankMovement.State.TO_REVIEW
    assert "no era de su cuenta" in administrator_client.get("/cuenta/estado-de-cuenta/").content.decode()


def test_what_is_nobodys_cannot_be_undone(movement, actor):
    with pytest.raises(BusinessError, match="no está asignado"):
        undo_assignment(actor=actor, movement=movement)


def test_what_was_partly_sent_back_cannot_be_undone(movement, actor, account):
    assign_movement(actor=actor, movement=movement, account=account)
    movement.refresh_from_db()
    refund_payment(actor=actor, payment=movement.payment, amount=Decimal(1), idempotency_key="r")
    with pytest.raises(BusinessError, match="ya se devolvió"):
        undo_assignment(actor=actor, movement=movement)

"""Asking for what is overdue, and what paying does at every step."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import ActionLogEntry, Notification
from billing.models import CreditNote, Invoice
from marketplace.models import Dunning, Order, Subscription
from marketplace.services.dunning import ask_for_overdue

pytestmark = pytest.mark.django_db


@pytest.fixture
def renewed(life, catalogue):
    """Its renewal, due on the first of December, is not paid."""
    subscription = life.buy(catalogue.plan)
    life.pay_all()
    life.days(20)
    Notification.objects.all().delete()
    return subscription


def titles() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("title", flat=True))


def test_every_step_comes_on_its_day_and_is_told_once(life, renewed, administrator):
    told = {}
    for _ in range(60):
        life.days(1)
        life.runs()  # again on the same day
        for title in titles()[len(told) :]:
            told[title + str(len(told))] = life.fresh(renewed).today()
    assert [(day.isoformat(), title[:-1]) for title, day in told.items()][:7] == [
        ("2026-11-28", "Pronto vence una factura"),
        ("2026-12-01", "Tiene una factura por pagar"),
        ("2026-12-04", "Tiene una factura por pagar"),
        ("2026-12-06", "Último aviso antes de suspender su servicio"),
        ("2026-12-09", "Suspendimos su servicio por falta de pago"),
        ("2026-12-24", "Su servicio suspendido está por borrarse"),
        ("2027-01-08", "Dimos de baja su servicio por falta de pago"),
    ]
    assert life.fresh(renewed).state == Subscription.State.TERMINATED


def test_suspended_after_eight_days_and_back_on_payment(life, renewed, lifecycle):
    life.days(17)
    assert life.fresh(renewed).state == "active"
    life.days(1)
    now = life.fresh(renewed)
    assert (now.state, now.suspended_for, now.is_switched_off) == ("suspended", "non_payment", True)
    assert now.terminates_on == date(2027, 1, 8)
    assert lifecycle.calls[-1] == ("suspend", None)
    life.pay_all()
    now = life.fresh(renewed)
    assert (now.state, now.suspended_for) == ("active", "")
    assert lifecycle.calls[-1] == ("resume", None)
    assert not now.is_switched_off
    assert not Dunning.objects.filter(is_open=True).exists()


def test_half_of_the_money_changes_nothing(life, renewed):
    life.days(19)
    life.pay("100.00")
    assert life.fresh(renewed).state == "suspended"


def test_money_in_favour_is_taken_before_anybody_is_bothered(life, renewed):
    life.pay("1000.00")
    life.days(30)
    assert not any("falta de pago" in title or "por pagar" in title for title in titles())


def test_a_renewal_after_the_resumption_starts_on_the_day_of_return(life, renewed):
    life.days(41)  # 1 January: the paid time is over, and the suspended service was not renewed
    assert len(life.open_invoices()) == 1
    life.pay_all()
    life.runs()
    now = life.fresh(renewed)
    assert (now.state, now.period_start) == ("active", now.today())
    (invoice,) = life.open_invoices()
    assert invoice.due_date == now.today() + timedelta(days=10)


def test_the_end_takes_the_suspended_days_off_what_is_owed(life, renewed):
    life.days(50)
    assert life.fresh(renewed).state == "terminated"
    note = CreditNote.objects.get()
    assert note.subtotal == Decimal("147.65")  # 23 of 31 days of 199.00
    (invoice,) = life.open_invoices()
    assert invoice.rest == invoice.total - note.total
    assert life.balance == invoice.rest
    assert life.ledger_sum() == 0


def test_a_panel_that_was_off_warns_before_it_suspends(life, renewed):
    life.forward(days=60)
    seen = []
    for _ in range(30):
        life.runs()
        seen.append(life.fresh(renewed).state)
        life.forward(days=1)
    assert seen[:10] == ["active"] * 10
    assert "suspended" in seen


def test_running_twice_on_one_day_takes_one_step(life, renewed):
    life.days(10)
    before = Dunning.objects.get().step
    ask_for_overdue()
    ask_for_overdue()
    assert Dunning.objects.get().step == before


def test_what_was_never_paid_for_in_advance_is_cancelled_and_not_suspended(life, catalogue):
    catalogue.product.is_charged_when_ready = False
    catalogue.product.save()
    subscription = life.buy(catalogue.plan)
    assert subscription.state == "pending"
    life.days(18)
    assert Order.objects.get().state == Order.State.CANCELLED
    assert Invoice.objects.get().state == Invoice.State.CANCELLED
    assert life.fresh(subscription).state == "terminated"


def test_one_paid_invoice_of_two_does_not_bring_it_back(life, renewed, bigger):
    life.days(1)
    life.change(renewed, bigger)  # a second invoice
    life.days(30)
    first, second = life.open_invoices()
    life.pay(first.rest)
    assert life.fresh(renewed).state == "suspended"
    life.pay(second.rest)
    assert life.fresh(renewed).state == "active"


def test_the_log_says_who_suspended_it_and_why(life, renewed):
    life.days(19)
    entry = ActionLogEntry.objects.get(action="marketplace.subscription.suspended")
    assert entry.actor_name == "Sistema"
    assert "sin pagar" in entry.after["reason"]

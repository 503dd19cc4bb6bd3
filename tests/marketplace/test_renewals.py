"""The next period: invoiced ahead, begun on its day, once, whoever runs it and however late."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections

from accounts.mail_models import OutgoingEmail
from accounts.models import Notification
from billing.models import Invoice
from cloudpanel.provisioning.errors import PermanentError
from marketplace.models import Order, Subscription, SubscriptionDiscount
from marketplace.services.cancellations import set_auto_renew
from marketplace.services.renewal_run import invoice_due_periods, roll_periods
from tests.factories import AccountFactory, PlanFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def renewals() -> list[Invoice]:
    return list(Invoice.objects.filter(source__startswith="renewal:").order_by("pk"))


@pytest.fixture
def bought(life, catalogue):
    subscription = life.buy(catalogue.plan, {catalogue.mailboxes: 2})
    life.pay_all()
    return subscription


def test_ten_days_before_the_next_period_its_invoice_is_issued_and_due_on_its_first_day(life, bought):
    life.days(19)
    assert renewals() == []
    life.days(1)
    (invoice,) = renewals()
    assert (invoice.total, invoice.due_date) == (Decimal("404.84"), date(2026, 12, 1))  # (199 + 150) and IVA
    assert {(line.period_start, line.period_end) for line in invoice.lines.all()} == {
        (date(2026, 12, 1), date(2027, 1, 1))
    }
    order = Order.objects.get(kind=Order.Kind.RENEWAL)
    assert (order.state, order.invoice, order.total) == (Order.State.PENDING_PAYMENT, invoice, invoice.total)


def test_the_new_period_begins_on_its_day_whether_it_is_paid_or_not(life, bought):
    life.days(30)
    now = life.fresh(bought)
    assert (now.period_start, now.period_end, now.billed_until) == (
        date(2026, 12, 1),
        date(2027, 1, 1),
        date(2027, 1, 1),
    )


def test_paying_completes_the_order_of_the_renewal(life, bought):
    life.days(20)
    life.pay_all()
    assert Order.objects.get(kind=Order.Kind.RENEWAL).state == Order.State.COMPLETED


def test_money_in_favour_pays_the_renewal_at_once(life, bought):
    life.pay("1000.00")
    life.days(20)
    assert renewals()[0].state == Invoice.State.PAID
    assert Order.objects.get(kind=Order.Kind.RENEWAL).state == Order.State.COMPLETED
    assert life.balance == Decimal("-595.16")


def test_running_again_and_again_invoices_once(life, bought):
    life.days(20)
    for _ in range(3):
        life.runs()
    assert len(renewals()) == 1


def test_a_year_of_months_is_twelve_invoices_on_the_last_days(life, catalogue):
    life.clock.move_to(datetime(2027, 1, 31, 18, tzinfo=UTC))
    subscription = life.buy(catalogue.plan)
    ends = []
    for _ in range(12):
        life.pay_all()
        life.clock.move_to(
            datetime.combine(life.fresh(subscription).period_end, datetime.min.time(), UTC) + timedelta(hours=18)
        )
        life.runs()
        ends.append(life.fresh(subscription).period_end)
    assert ends[:4] == [date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31), date(2027, 6, 30)]
    assert len(renewals()) == 12


def test_after_months_of_silence_each_service_gets_one_invoice_for_the_period_it_is_in(life, bought):
    life.forward(days=160)  # 10 April
    life.runs()
    life.runs()
    (invoice,) = renewals()
    assert invoice.lines.first().period_start == date(2027, 4, 1)
    assert invoice.due_date == date(2027, 4, 20)  # nobody gets an invoice that is overdue already
    now = life.fresh(bought)
    assert (now.state, now.period_start, now.period_end) == ("active", date(2027, 4, 1), date(2027, 5, 1))


def test_a_coupon_runs_out_and_a_package_goes_on(life, bought):
    SubscriptionDiscount.objects.create(subscription=bought, description="Cupón", percent=50, periods_left=1)
    SubscriptionDiscount.objects.create(subscription=bought, description="Paquete", amount=Decimal("49.00"))
    life.days(30)
    life.pay_all()
    life.days(31)
    assert [invoice.subtotal for invoice in renewals()[:2]] == [Decimal("125.50"), Decimal("300.00")]


def test_what_is_not_renewed_ends_and_is_kept_for_the_grace_period(life, bought, lifecycle):
    set_auto_renew(actor=life.actor, subscription=bought, auto_renew=False)
    life.days(30)
    now = life.fresh(bought)
    assert (now.state, now.suspended_for, now.terminates_on) == ("suspended", "cancelled", date(2026, 12, 31))
    assert renewals() == []
    assert lifecycle.calls[-1] == ("suspend", None)
    life.days(30)
    assert life.fresh(bought).state == Subscription.State.TERMINATED
    assert lifecycle.calls[-1] == ("terminated", None)


def test_switching_renewal_off_takes_the_next_invoice_back_and_on_issues_another(life, bought):
    life.days(22)
    set_auto_renew(actor=life.actor, subscription=life.fresh(bought), auto_renew=False)
    assert [invoice.state for invoice in renewals()] == [Invoice.State.CANCELLED]
    assert life.balance == 0
    set_auto_renew(actor=life.actor, subscription=life.fresh(bought), auto_renew=True)
    life.runs()
    assert [invoice.state for invoice in renewals()] == [Invoice.State.CANCELLED, Invoice.State.OPEN]


def test_a_change_after_the_next_period_was_invoiced_covers_both(life, bought, bigger):
    life.days(20)  # ten days of November and all of December are invoiced
    order = life.change(bought, bigger)
    assert order.subtotal == Decimal("200.00") + Decimal("66.67")
    life.days(10)
    assert life.fresh(bought).price == Decimal("549.00")


def test_a_trial_is_free_and_turns_into_a_paid_period(life, catalogue):
    catalogue.plan.trial_days = 14
    catalogue.plan.save()
    PlanFactory(product=catalogue.product)
    trial = life.buy(catalogue.plan)
    assert (trial.is_trial, trial.period_end) == (True, date(2026, 11, 15))
    paid_for_setup = len(life.invoices())
    life.days(13)
    assert len(life.invoices()) == paid_for_setup
    life.days(1)
    now = life.fresh(trial)
    assert (now.is_trial, now.period_start, now.period_end) == (False, date(2026, 11, 15), date(2026, 12, 15))
    assert renewals()[0].due_date == date(2026, 11, 25)


def test_an_account_is_told_once_for_all_its_services(life, bought, catalogue, administrator):
    life.buy(catalogue.plan)
    life.pay_all()
    Notification.objects.all().delete()
    life.days(20)
    titles = [row.title for row in Notification.objects.filter(user=administrator, title__startswith="Emitimos")]
    assert titles == ["Emitimos 2 facturas de sus renovaciones"]


def test_the_day_is_that_of_the_customer(life, catalogue, account):
    account.time_zone = "America/Tijuana"  # UTC-8
    account.save()
    subscription = life.buy(catalogue.plan)
    set_auto_renew(actor=life.actor, subscription=subscription, auto_renew=False)
    life.clock.move_to(datetime(2026, 12, 1, 7, 59, tzinfo=UTC))
    roll_periods()
    assert life.fresh(subscription).state == "active"
    life.clock.move_to(datetime(2026, 12, 1, 8, 1, tzinfo=UTC))
    roll_periods()
    assert life.fresh(subscription).state == "suspended"


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_the_same_moment_invoice_each_period_once(catalogue, clock):
    for _ in range(6):
        account = AccountFactory()
        for _ in range(5):
            SubscriptionFactory(
                account=account,
                plan=catalogue.plan,
                period_start=date(2026, 10, 5),
                period_end=date(2026, 11, 5),
                billed_until=date(2026, 11, 5),
                anchor_day=5,
            )
    start = threading.Barrier(3)

    def run() -> None:
        start.wait()
        invoice_due_periods()
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    invoice_due_periods()
    assert len(renewals()) == 30
    assert sorted(invoice.number for invoice in renewals()) == list(range(1, 31))
    assert set(Subscription.objects.values_list("billed_until", flat=True)) == {date(2026, 12, 5)}
    connection.close()


def test_as_many_statements_for_thirty_as_for_three(catalogue, clock, django_assert_max_num_queries):
    account = AccountFactory()
    for _ in range(30):
        SubscriptionFactory(
            account=account,
            plan=catalogue.plan,
            period_start=date(2026, 10, 5),
            period_end=date(2026, 11, 5),
            billed_until=date(2026, 11, 5),
            anchor_day=5,
        )
    with django_assert_max_num_queries(45):
        invoice_due_periods()
    assert len(renewals()) == 30


def test_a_change_that_is_stuck_is_dropped_on_the_last_day_and_the_renewal_comes(life, bought, lifecycle):
    bigger = PlanFactory(product=bought.product, code="grande", name="Grande", price=Decimal("399.00"))
    lifecycle.failure = PermanentError("No.")
    order = life.change(bought, bigger)
    lifecycle.failure = None
    life.days(29)
    order.refresh_from_db()
    assert (order.state, renewals()) == (Order.State.NEEDS_ATTENTION, [])
    life.days(1)
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    assert [str(invoice.subtotal) for invoice in renewals()] == ["349.00"]
    assert Notification.objects.filter(title__startswith="Cancelamos un cambio").exists()


def test_a_renewal_is_one_email_the_invoice_itself(life, bought, administrator):
    life.days(20)
    assert Notification.objects.filter(title__startswith="Emitimos").exists()
    assert not OutgoingEmail.objects.filter(params__title__startswith="Emitimos").exists()

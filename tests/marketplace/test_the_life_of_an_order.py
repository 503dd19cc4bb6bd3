"""From *En proceso* to *Completado*, *Requiere atención* or *Cancelado*; each job carried out by the real worker."""

from __future__ import annotations

import contextlib
import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import ActionLogEntry, Notification
from billing.models import Invoice, Payment
from billing.services.ledger import balance_of
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning import worker
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import cancel_job, retry_job
from marketplace.models import Order, PaymentState, Subscription
from marketplace.periods import add_months
from marketplace.services.orders import ALLOWED_MOVES, cancel_order, move, retry_order
from marketplace.services.purchases import confirm_purchase
from tests.marketplace.conftest import job_of, owned_units, pay, sale, service_of

pytestmark = pytest.mark.django_db
REFUSAL = PermanentError("El servidor de correo no aceptó el dominio.")


@pytest.fixture
def failed(order, lifecycle, run_job) -> Order:
    lifecycle.failure = REFUSAL
    found = run_job(order)
    lifecycle.failure = None
    return found


def test_the_worker_completes_the_order_and_activates_the_subscription(order, run_job, lifecycle):
    done = run_job(order)
    assert done.state == Order.State.COMPLETED
    assert done.provisioning_at <= done.completed_at
    assert service_of(done).state == Subscription.State.ACTIVE
    today = service_of(done).today()
    assert service_of(done).period_end == add_months(today, 1, today.day)
    assert [call for call, _ in lifecycle.calls] == ["prepare", "activate", "activated"]


def test_what_was_bought_becomes_what_the_subscription_has(order, run_job):
    done = run_job(order)
    assert owned_units(service_of(done)) == {"buzones-extra": 2}
    assert service_of(done).resources.get(resource="mailboxes").included == 20


def test_the_second_of_the_same_plan_is_told_apart(order, run_job, catalogue, actor, account):
    run_job(order)
    quote = sale(account, catalogue.plan)
    second = confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4())
    assert service_of(run_job(second)).name == "Exchange Administrado Básico 2"


def test_completed_does_not_mean_paid(order, run_job):
    assert run_job(order).payment_state == PaymentState.OPEN


def test_whoever_bought_is_told(order, run_job, administrator):
    run_job(order)
    notice = Notification.objects.get()
    assert (notice.user, notice.title) == (administrator, "Exchange Administrado Básico está listo")
    assert notice.url == f"/cuenta/pedidos/{order.public_id}/"


def test_each_step_leaves_its_line_in_the_action_log(order, run_job):
    run_job(order)
    actions = set(ActionLogEntry.objects.values_list("action", flat=True))
    assert {
        "marketplace.order.placed",
        "billing.invoice.issued",
        "marketplace.order.completed",
        "marketplace.subscription.activated",
    } <= actions


def test_a_refusal_makes_it_need_attention_and_says_why(failed):
    assert failed.state == Order.State.NEEDS_ATTENTION
    assert failed.failure_message == "El servidor de correo no aceptó el dominio."
    assert service_of(failed).state == Subscription.State.PENDING


def test_a_failure_is_told_once(failed, administrator):
    assert Notification.objects.filter(user=administrator).count() == 1


def test_reintentar_runs_the_same_job_again_and_charges_nothing(failed, actor, run_job):
    retry_order(actor=actor, order=failed)
    assert Order.objects.get().state == Order.State.IN_PROGRESS
    assert run_job(failed).state == Order.State.COMPLETED
    assert (Job.objects.count(), Invoice.objects.count(), Subscription.objects.count()) == (1, 1, 1)


def test_reintentar_twice_is_refused_the_second_time(failed, actor):
    retry_order(actor=actor, order=failed)
    with pytest.raises(BusinessError, match="ya no espera un reintento"):
        retry_order(actor=actor, order=Order.objects.get())


def test_support_retrying_the_job_moves_the_order_too(failed, actor, run_job):
    retry_job(actor=actor, job=job_of(failed))
    assert Order.objects.get().state == Order.State.IN_PROGRESS
    assert run_job(failed).state == Order.State.COMPLETED


def test_support_cancelling_the_job_leaves_an_order_that_can_be_retried(order, actor, run_job):
    cancel_job(actor=actor, job=job_of(order))
    stopped = Order.objects.get()
    assert stopped.state == Order.State.NEEDS_ATTENTION
    retry_order(actor=actor, order=stopped)
    assert run_job(stopped).state == Order.State.COMPLETED


def test_cancelling_before_the_work_began_leaves_nothing_owed(order, actor, account):
    cancel_order(actor=actor, order=order)
    assert Order.objects.get().state == Order.State.CANCELLED
    assert not Invoice.objects.open().exists()
    assert balance_of(account) == 0
    assert Subscription.objects.get().state == Subscription.State.TERMINATED
    assert job_of(order).state == JobState.CANCELLED


def test_cancelling_removes_what_was_half_made(failed, actor, lifecycle):
    cancel_order(actor=actor, order=failed)
    worker.run_due()
    assert [call for call, _ in lifecycle.calls][-2:] == ["terminate", "terminated"]
    assert not Job.objects.active().exists()


def test_cancelling_what_was_paid_owes_the_money_back(failed, actor):
    pay(actor, failed)
    cancel_order(actor=actor, order=failed)
    assert Payment.objects.get().state == Payment.State.REFUND_DUE


def test_while_a_worker_is_at_it_the_order_cannot_be_cancelled(order, actor):
    Order.objects.update(state=Order.State.PROVISIONING)
    with pytest.raises(BusinessError, match="ya no se puede cancelar"):
        cancel_order(actor=actor, order=order)
    assert Invoice.objects.get().state == Invoice.State.OPEN


def test_a_job_claimed_a_moment_ago_is_not_pulled_from_under_its_worker(order, actor):
    soon = timezone.now()
    Job.objects.update(state=JobState.RUNNING, lease_until=soon, lease_token=order.token)
    with pytest.raises(BusinessError, match="en este momento"):
        cancel_order(actor=actor, order=order)
    assert Order.objects.get().state == Order.State.IN_PROGRESS
    assert Job.objects.get().cancel_requested_at is None


@pytest.mark.django_db(transaction=True)
def test_cancelled_and_carried_out_at_the_same_moment_it_ends_as_one_of_both(order, actor):
    start = threading.Barrier(2)

    def cancel() -> None:
        start.wait(10)
        with contextlib.suppress(BusinessError):
            cancel_order(actor=actor, order=Order.objects.get())
        connection.close()

    def carry_out() -> None:
        start.wait(10)
        worker.run(job_of(order).pk)
        connection.close()

    threads = [threading.Thread(target=cancel), threading.Thread(target=carry_out)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    end = Order.objects.select_related("invoice").get()
    assert (end.state, end.invoice.state, service_of(end).state) in {
        ("completed", "open", "active"),
        ("cancelled", "cancelled", "terminated"),
    }


@pytest.mark.parametrize("end", [Order.State.COMPLETED, Order.State.CANCELLED])
def test_what_is_over_stays_over(end, order, run_job, actor):
    run_job(order) if end == Order.State.COMPLETED else cancel_order(actor=actor, order=order)
    over = Order.objects.get()
    for act in (cancel_order, retry_order):
        with pytest.raises(BusinessError):
            act(actor=actor, order=over)
    assert Order.objects.get().state == end


@pytest.mark.parametrize("start", Order.State.values)
@pytest.mark.parametrize("to", Order.State.values)
def test_only_the_listed_moves_are_made(start, to, order):
    done = {"completed_at": timezone.now()}
    Order.objects.update(state=start, **done)
    allowed = Order.State(to) in ALLOWED_MOVES[Order.State(start)]
    assert move(order, Order.State(to), **done) is allowed
    assert Order.objects.get().state == (to if allowed else start)

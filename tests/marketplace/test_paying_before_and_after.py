"""*No se cobra hasta que funcione* against *primero se paga*: what is charged, and when, and what comes back."""

from __future__ import annotations

import contextlib
import threading
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import ActionLogEntry
from billing.models import CardCharge, CreditNote, Invoice, Payment, PaymentMethod, Refund
from billing.services.paying import book_payment, credit_of
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job, JobState
from marketplace.models import Order, PaymentState, Product, Subscription
from marketplace.services.orders import cancel_order, retry_order
from marketplace.services.purchases import confirm_purchase
from tests.marketplace.conftest import job_of, pay, sale, service_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pay_first(catalogue) -> None:
    Product.objects.update(is_charged_when_ready=False)


@pytest.fixture
def waiting(pay_first, catalogue, actor, account) -> Order:
    catalogue.plan.product.refresh_from_db()
    return confirm_purchase(actor=actor, account=account, quote=sale(account, catalogue.plan), token=uuid4())


@pytest.fixture
def card(account, settings) -> PaymentMethod:
    settings.STRIPE_SECRET_KEY = settings.STRIPE_PUBLISHABLE_KEY = settings.STRIPE_WEBHOOK_SECRET = "x"
    fields = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2090, "is_default": True}
    return PaymentMethod.objects.create(account=account, gateway_ref="pm_1", **fields)


@pytest.fixture(autouse=True)
def _cards(monkeypatch, request):
    if "card" in request.fixturenames:
        for place in ("marketplace.services.collection", "billing.services.charges"):
            monkeypatch.setattr(f"{place}.cards_offered", lambda: True)


def test_what_is_paid_first_waits_and_nothing_is_set_up(waiting, lifecycle):
    assert waiting.state == Order.State.PENDING_PAYMENT
    assert not Job.objects.exists()
    assert lifecycle.calls == []


def test_the_payment_starts_it_and_it_gets_ready_by_itself(waiting, actor, run_job, lifecycle):
    pay(actor, waiting)
    started = Order.objects.get()
    assert started.state == Order.State.IN_PROGRESS
    assert started.started_at is not None
    assert run_job(started).state == Order.State.COMPLETED
    assert [call for call, _ in lifecycle.calls] == ["prepare", "activate", "activated"]


def test_a_part_of_the_payment_does_not_start_it(waiting, actor, account):
    book_payment(
        actor=actor,
        account=account,
        amount=waiting.total - 1,
        method=Payment.Method.TRANSFER,
        idempotency_key="parte",
        invoice=waiting.invoice,
    )
    order = Order.objects.select_related("invoice").get()
    assert (order.state, order.payment_state) == (Order.State.PENDING_PAYMENT, PaymentState.PARTLY)


def test_what_is_in_the_customers_favour_pays_it_at_once(pay_first, catalogue, actor, account):
    book_payment(
        actor=actor, account=account, amount=Decimal(1000), method=Payment.Method.TRANSFER, idempotency_key="adelanto"
    )
    catalogue.plan.product.refresh_from_db()
    confirm_purchase(actor=actor, account=account, quote=sale(account, catalogue.plan), token=uuid4())
    order = Order.objects.select_related("invoice").get()
    assert (order.state, order.payment_state) == (Order.State.IN_PROGRESS, PaymentState.PAID)


def test_the_page_says_that_it_waits_and_how_to_pay(waiting, administrator_client):
    text = administrator_client.get(f"/cuenta/pedidos/{waiting.public_id}/").content.decode()
    for words in (
        "Pendiente de pago",
        "Empieza cuando llegue su pago",
        f"/cuenta/facturas/{waiting.invoice.public_id}/pagar/",
    ):
        assert words in text


def test_an_order_that_waits_can_be_cancelled_and_nothing_is_owed(waiting, actor):
    cancel_order(actor=actor, order=waiting)
    assert Invoice.objects.get().state == Invoice.State.CANCELLED
    assert CreditNote.objects.get().total == waiting.total
    assert service_of(waiting).state == Subscription.State.TERMINATED


def test_money_that_comes_after_all_is_the_customers(waiting, actor, account):
    invoice = waiting.invoice
    cancel_order(actor=actor, order=waiting)
    book_payment(
        actor=actor,
        account=account,
        amount=invoice.total,
        method=Payment.Method.TRANSFER,
        idempotency_key="tarde",
        invoice=invoice,
    )
    assert Order.objects.get().state == Order.State.CANCELLED
    assert credit_of(account) == invoice.total


def test_what_was_paid_goes_back_and_the_page_says_so(order, actor, run_job, lifecycle, administrator_client):
    lifecycle.failure = PermanentError("No.")
    failed = run_job(order)
    pay(actor, failed)
    asked = administrator_client.get(f"/cuenta/pedidos/{order.public_id}/cancelar/").content.decode()
    assert "lo que pagó por ella se le devuelve" in asked
    cancel_order(actor=actor, order=failed)
    assert Refund.objects.get().amount == order.total
    text = administrator_client.get(f"/cuenta/pedidos/{order.public_id}/").content.decode()
    assert "Le devolveremos $462.84 MXN" in text
    assert ActionLogEntry.objects.get(action="marketplace.order.cancelled").after["refund_due"] == str(order.total)


def test_what_credit_had_paid_is_credit_again(pay_first, catalogue, actor, account):
    book_payment(
        actor=actor, account=account, amount=Decimal(1000), method=Payment.Method.TRANSFER, idempotency_key="adelanto"
    )
    catalogue.plan.product.refresh_from_db()
    order = confirm_purchase(actor=actor, account=account, quote=sale(account, catalogue.plan), token=uuid4())
    cancel_order(actor=actor, order=Order.objects.get(pk=order.pk))
    assert credit_of(account) == 1000
    assert not Refund.objects.exists()


def test_the_card_is_charged_when_the_service_works_and_not_before(card, catalogue, actor, account, run_job, lifecycle):
    quote = sale(account, catalogue.plan)
    order = confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4(), method=card)
    lifecycle.failure = PermanentError("No.")
    run_job(order)
    assert not CardCharge.objects.exists()
    lifecycle.failure = None
    retry_order(actor=actor, order=Order.objects.get())
    run_job(order)
    assert CardCharge.objects.get().payment.amount == order.total


def test_a_card_is_charged_at_once_where_one_pays_first(card, pay_first, catalogue, actor, account):
    catalogue.plan.product.refresh_from_db()
    quote = sale(account, catalogue.plan)
    order = confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4(), method=card)
    assert CardCharge.objects.get().payment.invoice == order.invoice
    assert order.state == Order.State.PENDING_PAYMENT


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("processing", ["Estamos cobrando", "mientras tanto no haga una transferencia"]),
        ("needs_action", ["Su banco quiere que usted autorice", "Autorizar el pago"]),
        ("failed", ["No se pudo cobrar: Visa terminada en 4242", "Sin fondos.", "Pagar de otra forma", "CLABE"]),
    ],
)
def test_the_order_says_what_became_of_the_card(
    state, words, card, pay_first, catalogue, actor, account, administrator_client
):
    catalogue.plan.product.refresh_from_db()
    quote = sale(account, catalogue.plan)
    order = confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4(), method=card)
    Payment.objects.update(state=state, failure_message="Sin fondos." if state == "failed" else "")
    page = administrator_client.get(f"/cuenta/pedidos/{order.public_id}/").content.decode()
    assert [word for word in words if word not in page] == []


def test_a_card_removed_meanwhile_stops_nothing(card, catalogue, actor, account, run_job):
    quote = sale(account, catalogue.plan)
    order = confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4(), method=card)
    card.delete() if not order.payment_method_id else PaymentMethod.objects.update(exp_year=2020)
    done = run_job(order)
    assert done.state == Order.State.COMPLETED
    assert done.invoice.state == Invoice.State.OPEN


def test_the_summary_offers_the_cards_and_the_order_keeps_the_choice(card, purchase):
    page = purchase.confirmation()
    assert "Visa terminada en 4242" in page.content.decode()
    data = {"mostrado": page.context["sealed"], "acepto": "on", "pago": str(card.public_id)}
    purchase.send(data)
    assert Order.objects.get().payment_method == card


def test_a_card_that_is_not_theirs_is_refused_in_words(card, purchase):
    page = purchase.confirmation()
    answer = purchase.send({"mostrado": page.context["sealed"], "acepto": "on", "pago": str(uuid4())})
    assert "Esa tarjeta ya no se puede usar" in answer.content.decode()
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_cancelled_and_paid_at_the_same_moment_it_ends_as_one_of_both(waiting, actor, account):
    start = threading.Barrier(2)

    def run(act) -> None:
        start.wait(10)
        with contextlib.suppress(BusinessError):
            act()
        connection.close()

    acts = [lambda: cancel_order(actor=actor, order=Order.objects.get()), lambda: pay(actor, waiting)]
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    order = Order.objects.select_related("invoice").get()
    assert order.state == Order.State.CANCELLED  # before its payment, or after: its job had not begun
    assert order.invoice.state == Invoice.State.CANCELLED
    refunded = sum(refund.amount for refund in Refund.objects.all())
    assert refunded + credit_of(account) == sum(payment.amount for payment in Payment.objects.all())
    assert not order.items.exclude(job=None).exists() or job_of(order).state == JobState.CANCELLED

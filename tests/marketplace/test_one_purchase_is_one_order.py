"""Double click, Back, reload, two tabs, two people: one token, one order, one charge, one job."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from billing.models import Invoice
from cloudpanel.provisioning.models import Job
from marketplace.models import Order, Price, Subscription
from marketplace.services.changing import confirm_change
from marketplace.services.purchases import confirm_purchase
from tests.conftest import signed_in
from tests.marketplace.conftest import change, sale

pytestmark = pytest.mark.django_db
STEPS = ["", "recursos/", "confirmar/"]


def everything_once() -> bool:
    return [model.objects.count() for model in (Order, Invoice, Job, Subscription)] == [1, 1, 1, 1]


def test_confirmar_twice_gives_the_same_order(purchase):
    page = purchase.confirmation()
    first, second = purchase.confirm(page), purchase.confirm(page)
    assert first.url == second.url
    assert everything_once()


@pytest.mark.parametrize("step", STEPS)
def test_back_at_any_step_leads_to_the_order_and_says_so(step, purchase):
    purchase.confirm()
    answer = purchase.client.get(purchase.address(step, plan="basico"), follow=True)
    text = answer.content.decode()
    assert f"Esta compra ya está confirmada: es el pedido {Order.objects.get().number}" in text
    assert "No se cobró de nuevo" in text


def test_steps_are_never_kept_by_the_browser(purchase):
    assert "no-store" in purchase.confirmation()["Cache-Control"]


def test_back_after_the_price_changed_still_leads_to_the_order(purchase, catalogue):
    page = purchase.confirmation()
    first = purchase.confirm(page)
    Price.objects.update(amount=200)
    assert purchase.confirm(page).url == first.url
    assert everything_once()


def test_a_new_purchase_is_a_new_order(purchase):
    purchase.confirm()
    purchase.token = uuid4()
    purchase.confirm()
    assert Order.objects.count() == 2
    assert len(set(Order.objects.values_list("number", flat=True))) == 2


def test_the_same_token_in_another_account_is_another_purchase(purchase, stranger_client):
    purchase.confirm()
    purchase.client = stranger_client
    purchase.confirm()
    assert Order.objects.values("account").distinct().count() == 2


def at_once(count: int, act) -> list[object]:
    barrier, results = threading.Barrier(count), []

    def run() -> None:
        barrier.wait(10)
        try:
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_confirmar_eight_times_at_the_same_moment(purchase, administrator):
    page = purchase.confirmation()
    address = purchase.address("confirmar/", plan="basico")
    data = {"mostrado": page.context["sealed"], "acepto": "on"}
    clients = [signed_in(administrator) for _ in range(8)]

    def click() -> str:
        client: Client = clients.pop()
        return client.post(address, data).url

    addresses = at_once(8, click)
    assert len(addresses) == 8
    assert len(set(addresses)) == 1
    assert everything_once()


@pytest.mark.django_db(transaction=True)
def test_a_change_confirmed_at_the_same_moment_is_one_order(catalogue, subscription, actor, account):
    quote = change(subscription, {catalogue.mailboxes: 1})
    token = uuid4()
    orders = at_once(4, lambda: confirm_change(actor=actor, quote=quote, token=token).pk)
    assert len(orders) == 4
    assert len(set(orders)) == 1
    assert (Order.objects.count(), Invoice.objects.count(), Job.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_different_purchases_at_the_same_moment_get_different_numbers(catalogue, actor, account):
    quote = sale(account, catalogue.plan)
    at_once(6, lambda: confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4()))
    assert Order.objects.count() == 6
    assert len(set(Invoice.objects.values_list("reference", flat=True))) == 6

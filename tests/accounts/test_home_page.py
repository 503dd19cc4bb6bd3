"""Inicio: tiles, what is owed, what is in progress, what needs attention; each role sees its own."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.actors import SYSTEM
from billing.models import Invoice
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from marketplace.models import Order, OrderItem, ServiceDelegation, Subscription
from tests.factories import MailboxFactory, MailDomainFactory, SubscriptionFactory, TermsFactory

NUMBERS = iter(range(1, 10_000))


def order(subscription, state=Order.State.PROVISIONING, due: date | None = None, **more) -> Order:
    number = next(NUMBERS)
    invoice = issue_invoice(
        actor=SYSTEM,
        account=subscription.account,
        source=f"order:{number}",
        lines=[LineData("Correo", Decimal("199.00"))],
        concept="x",
        due_date=due,
    )
    made = Order.objects.create(
        number=number,
        account=subscription.account,
        token=uuid4(),
        state=state,
        description=subscription.name,
        invoice=invoice,
        subtotal=Decimal("199.00"),
        tax_rate=Decimal("0.16"),
        tax=Decimal("31.84"),
        total=Decimal("230.84"),
        recurring_total=Decimal("230.84"),
        terms=TermsFactory(),
        terms_accepted_by="Ana",
        **more,
    )
    OrderItem.objects.create(order=made, subscription=subscription)
    return made


@pytest.fixture
def service(account) -> Subscription:
    return SubscriptionFactory(account=account, name="Correo Ventas")


def page(client) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_new_customer_sees_what_to_do_first(administrator_client):
    shown = page(administrator_client)
    assert "Empiece aquí" in shown
    assert 'href="/mercado/"' in shown


def test_an_active_service_is_a_tile_that_leads_to_its_panel(administrator_client, service):
    shown = page(administrator_client)
    assert f'<a class="tile-link" href="{service.get_absolute_url()}">Correo Ventas</a>' in shown
    assert "Empiece aquí" not in shown


def test_a_tile_shows_the_use_of_the_plan(administrator_client, service):
    service.resources.filter(resource="mailboxes").update(used=3)
    assert "3 de 10" in page(administrator_client)


def test_what_is_owed_is_added_up(administrator_client, service):
    order(service)
    order(service)
    shown = page(administrator_client)
    assert "$461.68 MXN" in shown
    assert "2 pedidos sin pagar" in shown


def test_each_currency_is_owed_by_itself(administrator_client, account):
    for currency in ("MXN", "USD"):
        issue_invoice(
            actor=SYSTEM,
            account=account,
            source=currency,
            lines=[LineData("x", Decimal(100))],
            concept="x",
            currency=currency,
        )
    shown = page(administrator_client)
    assert "$116.00 MXN" in shown
    assert "116.00 USD" in shown


def test_an_order_in_progress_shows_both_its_states(administrator_client, service):
    number = order(service).number
    shown = page(administrator_client)
    assert f"Pedido {number}" in shown
    assert "Aprovisionando" in shown
    assert "Por pagar" in shown


def test_a_finished_order_stays_until_it_is_paid(administrator_client, service):
    number = order(service, state=Order.State.COMPLETED, completed_at=timezone.now()).number
    assert f"Pedido {number}<" in page(administrator_client)
    Invoice.objects.update(state=Invoice.State.PAID, paid=Decimal("230.84"), paid_at=timezone.now())
    assert f"Pedido {number}<" not in page(administrator_client)


def test_a_failed_order_asks_for_attention(administrator_client, service):
    failed = order(service, state=Order.State.NEEDS_ATTENTION)
    shown = page(administrator_client)
    assert "requiere atención." in shown
    assert f"/cuenta/pedidos/{failed.public_id}/" in shown


def test_an_overdue_payment_asks_for_attention(administrator_client, service):
    order(service, due=timezone.localdate() - timedelta(days=1))
    assert "Tiene un pago vencido" in page(administrator_client)


def test_a_service_that_ends_soon_says_when(administrator_client, service):
    day = timezone.localdate() + timedelta(days=5)
    Subscription.objects.update(auto_renew=False, period_end=day, billed_until=day)
    assert "no se renueva" in page(administrator_client)


def test_a_suspended_service_asks_for_attention(administrator_client, service):
    Subscription.objects.update(state=Subscription.State.SUSPENDED)
    assert "Correo Ventas está suspendido" in page(administrator_client)


def test_a_delegate_sees_the_delegated_services_and_nothing_of_the_account(delegate_client, delegate, service):
    order(service)
    ServiceDelegation.objects.create(subscription=service, user=delegate)
    shown = page(delegate_client)
    assert "Correo Ventas" in shown
    assert "Por pagar" not in shown
    assert "Su cuenta" not in shown


def test_a_delegate_without_services_learns_who_can_delegate(delegate_client, service):
    shown = page(delegate_client)
    assert "Todavía no le han delegado servicios" in shown
    assert "Correo Ventas" not in shown


def test_a_service_user_sees_their_mailboxes(service_user_client, service_user, service):
    domain = MailDomainFactory(subscription=service)
    MailboxFactory(mail_domain=domain, user=service_user, address="sofia@empresa0.example")
    MailboxFactory(mail_domain=domain, address="otra@empresa0.example")
    shown = page(service_user_client)
    assert "sofia@empresa0.example" in shown
    assert "otra@empresa0.example" not in shown


def test_a_stranger_sees_nothing_of_it(stranger_client, service):
    number = order(service).number
    shown = page(stranger_client)
    assert "Correo Ventas" not in shown
    assert f"Pedido {number}" not in shown


def test_the_page_costs_the_same_with_one_service_and_with_many(
    administrator_client, account, service, django_assert_max_num_queries
):
    for n in range(11):
        order(SubscriptionFactory(account=account, name=f"Servicio {n}"))
    administrator_client.get("/")
    with django_assert_max_num_queries(8):  # session, user; memberships, menu; resources, orders, owed, people
        administrator_client.get("/")

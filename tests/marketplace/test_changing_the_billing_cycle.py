"""From monthly to yearly and back: what is not used is given back, and a whole new period begins the same day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import CreditNote, Invoice
from billing.services.verification import verify_ledger
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import BillingPeriod, Order, Price, SubscriptionDiscount
from marketplace.services.billing_cycle import change_cycle
from marketplace.services.changing import confirm_change
from tests.factories import PriceFactory

pytestmark = pytest.mark.django_db
YEARLY = Decimal("1990.00")


@pytest.fixture
def sold_by_the_year(catalogue):
    PriceFactory(plan=catalogue.plan, period=BillingPeriod.YEARLY, amount=YEARLY)


@pytest.fixture
def bought(life, catalogue, sold_by_the_year):
    subscription = life.buy(catalogue.plan, {catalogue.mailboxes: 1})
    life.pay_all()
    life.forward(days=15)
    return life.fresh(subscription)


@pytest.fixture
def page(bought) -> str:
    return f"/cuenta/suscripciones/{bought.public_id}/periodo/?compra={uuid4()}"


def test_half_a_month_is_given_back_and_a_year_begins_today(life, bought):
    order = life.change_cycle(bought)
    assert (order.kind, order.state, order.total) == (Order.Kind.CHANGE, Order.State.COMPLETED, Decimal("-158.92"))
    now = life.fresh(bought)
    assert (now.billing_period, now.price) == (BillingPeriod.YEARLY, YEARLY + 12 * Decimal("75.00"))
    assert (now.period_start, now.period_end, now.billed_until) == (
        date(2026, 11, 16),
        date(2027, 11, 16),
        date(2027, 11, 16),
    )
    (invoice,) = life.open_invoices()
    assert (invoice.total, invoice.rest) == (Decimal("3352.40"), Decimal("3352.40") - Decimal("158.92"))
    assert list(verify_ledger()) == []


def test_back_on_the_same_day_gives_back_all_of_the_year(life, bought):
    life.change_cycle(bought)
    life.pay_all()
    life.change_cycle(bought)
    now = life.fresh(bought)
    assert (now.billing_period, now.price, now.period_end) == (
        BillingPeriod.MONTHLY,
        Decimal("274.00"),
        date(2026, 12, 16),
    )
    assert life.balance == Decimal("317.84") - Decimal("3352.40")
    assert list(verify_ledger()) == []


def test_what_is_not_paid_yet_is_taken_off_the_bill(life, catalogue, sold_by_the_year):
    subscription = life.buy(catalogue.plan)
    life.change_cycle(subscription)
    assert [invoice.rest for invoice in life.open_invoices()] == [
        Decimal("58.00"),
        Decimal("2308.40"),
    ]  # the set-up stays


def test_the_next_month_that_is_invoiced_already_is_given_back_too(life, bought):
    life.days(7)
    assert len(life.open_invoices()) == 1
    life.change_cycle(bought)
    assert [invoice.source.split(":")[2] for invoice in life.open_invoices()] == ["2026-11-23"]


def test_the_year_is_renewed_as_a_year(life, bought):
    life.change_cycle(bought)
    life.pay_all()
    life.forward(days=356)
    life.runs()
    (invoice,) = life.open_invoices()
    assert (invoice.total, invoice.due_date) == (Decimal("3352.40"), date(2027, 11, 16))


def test_a_discount_for_some_months_ends_and_one_for_ever_stays(life, bought):
    SubscriptionDiscount.objects.create(subscription=bought, description="Tres meses", percent=50, periods_left=2)
    SubscriptionDiscount.objects.create(subscription=bought, description="Del paquete", amount=20)
    SubscriptionDiscount.objects.create(subscription=bought, description="Siempre", percent=10)
    assert [each.description for each in life.quote_cycle(bought).ending] == ["Tres meses", "Del paquete"]
    life.change_cycle(bought)
    assert Invoice.objects.last().subtotal == Decimal("2601.00")
    left = SubscriptionDiscount.objects.filter(subscription=bought).values_list("periods_left", flat=True)
    assert list(left) == [0, 0, None]


def test_the_second_click_charges_nothing(life, bought, actor):
    quote, token = life.quote_cycle(bought), uuid4()
    assert change_cycle(actor=actor, quote=quote, token=token) == change_cycle(actor=actor, quote=quote, token=token)
    assert (Invoice.objects.count(), CreditNote.objects.count()) == (2, 1)


def test_what_was_shown_before_another_change_is_not_carried_out(life, bought, catalogue, actor):
    quote = life.quote_cycle(bought)
    life.change(bought, units={catalogue.mailboxes: 2})
    with pytest.raises(BusinessError, match="cambió mientras tanto"):
        change_cycle(actor=actor, quote=quote, token=uuid4())


def test_a_change_that_is_not_finished_goes_first(life, bought, catalogue, actor):
    quote = life.quote(bought, units={catalogue.mailboxes: 2})
    confirm_change(actor=actor, quote=quote, token=uuid4())
    with pytest.raises(BusinessError, match="sin terminar"):
        change_cycle(actor=actor, quote=life.quote_cycle(bought), token=uuid4())


def test_a_trial_is_finished_first(life, catalogue, sold_by_the_year):
    catalogue.plan.trial_days = 14
    catalogue.plan.save(update_fields=["trial_days"])
    with pytest.raises(BusinessError, match="periodo de prueba"):
        life.quote_cycle(life.buy(catalogue.plan))


def test_what_is_not_sold_by_the_year_does_not_offer_it(administrator_client, life, catalogue):
    subscription = life.buy(catalogue.plan)
    assert (
        "Cambiar a pago anual"
        not in administrator_client.get(f"/cuenta/suscripciones/{subscription.public_id}/").content.decode()
    )
    answer = administrator_client.get(
        f"/cuenta/suscripciones/{subscription.public_id}/periodo/?compra={uuid4()}", follow=True
    )
    assert "no se vende con el otro periodo" in answer.content.decode()


def test_everything_is_shown_before_it_is_agreed_to(administrator_client, bought, page):
    assert (
        "Cambiar a pago anual"
        in administrator_client.get(f"/cuenta/suscripciones/{bought.public_id}/").content.decode()
    )
    text = administrator_client.get(page).content.decode()
    for words in (
        "del 16 de noviembre de 2026 al 15 de noviembre de 2027",
        "-$158.92",
        "$3,352.40",
        "$3,193.48",
        "Ahorro",
    ):
        assert words in text


def test_confirmed_without_the_terms_it_says_what_is_missing(administrator_client, page):
    sealed = administrator_client.get(page).context["sealed"]
    answer = administrator_client.post(page, {"mostrado": sealed}, follow=True)
    assert answer.context["form"].errors
    done = administrator_client.post(page, {"mostrado": sealed, "acepto": "on"}, follow=True)
    assert "a pago anual: hecho" in done.content.decode()
    assert (done.context["order"].kind, done.context["order"].total) == (Order.Kind.RENEWAL, Decimal("3352.40"))


def test_a_price_that_changed_meanwhile_is_shown_again(administrator_client, page):
    sealed = administrator_client.get(page).context["sealed"]
    Price.objects.filter(period=BillingPeriod.YEARLY).update(amount=2500)
    answer = administrator_client.post(page, {"mostrado": sealed, "acepto": "on"}, follow=True)
    assert "El importe de hoy era $3,193.48 MXN y ahora es" in answer.content.decode()
    assert not CreditNote.objects.exists()


def test_a_delegate_sees_it_and_does_not_confirm(delegate_client, delegate, bought, page):
    bought.delegations.create(user=delegate)
    answer = delegate_client.get(page)
    assert "Solo un administrador" in answer.content.decode()
    assert delegate_client.post(page, {"mostrado": answer.context["sealed"], "acepto": "on"}).status_code == 403


def test_a_stranger_gets_404(stranger_client, page):
    assert stranger_client.get(page).status_code == 404


def test_a_service_user_gets_403(service_user_client, page):
    assert service_user_client.get(page).status_code == 403

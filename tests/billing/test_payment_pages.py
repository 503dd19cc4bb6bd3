"""*Métodos de pago*, *Pagar esta factura* and the page of a payment."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal

import pytest
from django.conf import settings as panel
from django.urls import reverse
from django.utils import timezone

from billing.models import CardSetup, Payment, PaymentMethod
from billing.services.charges import pay_with_card
from billing.services.methods import secret_of, start_card_setup, tell_of_expiring_cards
from tests.billing.conftest import owe, use_gateway
from tests.billing.stripe_peer import ASKS, DECLINED_LATER

pytestmark = pytest.mark.django_db
METHODS = "/cuenta/metodos-de-pago/"


def card(account, **facts):
    number = uuid.uuid4().hex
    defaults = {"gateway_ref": f"pm_{number}", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2034}
    return PaymentMethod.objects.create(account=account, **{**defaults, **facts})


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def pay_address(invoice):
    return reverse("billing:pay", args=[invoice.public_id])


# --- the methods ---


def test_without_keys_the_page_says_why_there_are_no_cards(administrator_client):
    shown = text(administrator_client.get(METHODS))
    assert "no está configurado" in shown
    assert panel.TRANSFER_CLABE in shown


def test_a_new_customer_is_told_what_a_card_does(administrator_client, cards):
    assert "No tiene tarjetas" in text(administrator_client.get(METHODS))


def test_cards_are_shown_with_what_is_wrong_with_them(administrator_client, account, cards):
    card(account, is_default=True)
    card(account, last4="1111", exp_year=2020, exp_month=1)
    shown = text(administrator_client.get(METHODS))
    for words in ("Visa terminada en 4242", "Predeterminada", "Vence 12/2034", "Visa terminada en 1111", "Vencida"):
        assert words in shown


def test_what_is_owed_is_shown_with_its_reference(administrator_client, invoice):
    shown = text(administrator_client.get(METHODS))
    assert invoice.reference in shown
    assert pay_address(invoice) in shown


def test_the_page_costs_the_same_with_many_cards(administrator_client, account, cards, django_assert_max_num_queries):
    for _each in range(9):
        card(account)
    with django_assert_max_num_queries(12):
        administrator_client.get(METHODS)


def test_adding_a_card_opens_stripes_form_with_a_policy_of_its_own(administrator_client, account, cards, run_jobs):
    address = administrator_client.post(f"{METHODS}tarjeta/")["Location"]
    waiting = administrator_client.get(address)
    assert "Preparando" in text(waiting)
    assert cards.url not in waiting["Content-Security-Policy"]
    run_jobs()
    form = administrator_client.get(address)
    setup = CardSetup.objects.get()
    assert secret_of(setup) in form.content.decode()
    assert f"script-src 'self' {cards.url}" in form["Content-Security-Policy"]
    assert "no-store" in form["Cache-Control"]
    assert panel.DRIVERS["stripe"]["options"]["secret_key"] not in form.content.decode()


def test_the_other_pages_keep_the_strict_policy(administrator_client, cards, invoice):
    for address in (METHODS, pay_address(invoice), "/"):
        assert cards.url not in administrator_client.get(address)["Content-Security-Policy"]


def test_in_production_only_stripes_own_hosts_are_allowed(administrator_client, cards, run_jobs, settings):
    address = administrator_client.post(f"{METHODS}tarjeta/")["Location"]
    run_jobs()
    settings.STRIPE_JS_URL, settings.STRIPE_API_URL = "https://js.stripe.com/v3/", "https://api.stripe.com"
    policy = administrator_client.get(address)["Content-Security-Policy"]
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com" in policy
    assert "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com" in policy
    assert "connect-src 'self' https://api.stripe.com" in policy
    assert "frame-ancestors 'none'" in policy


def test_two_clicks_on_add_are_one_form(administrator_client, cards):
    first, second = (administrator_client.post(f"{METHODS}tarjeta/")["Location"] for _each in range(2))
    assert first == second


def test_whoever_tries_card_after_card_is_stopped(administrator_client, account, cards):
    CardSetup.objects.bulk_create(CardSetup(account=account, state="failed") for _each in range(20))
    response = administrator_client.post(f"{METHODS}tarjeta/", follow=True)
    assert "muchas tarjetas hoy" in text(response)


def test_the_page_asks_again_by_itself_and_is_fetched_anew_when_something_changed(
    administrator_client, cards, run_jobs
):
    address = administrator_client.post(f"{METHODS}tarjeta/")["Location"]
    ask = {"headers": {"HX-Request": "true"}}
    assert administrator_client.get(f"{address}?estado=preparing", **ask).status_code == 204
    run_jobs()
    assert administrator_client.get(f"{address}?estado=preparing", **ask)["HX-Refresh"] == "true"


def test_a_typed_card_is_kept_and_leads_back_to_the_invoice(administrator_client, cards, invoice, run_jobs):
    address = administrator_client.post(f"{METHODS}tarjeta/", {"factura": str(invoice.public_id)})["Location"]
    run_jobs()
    setup = CardSetup.objects.get()
    setup.ref = setup.gateway_ref
    setup.client_secret = secret_of(setup)
    cards.type_card(setup)
    administrator_client.post(f"{address}listo/")
    run_jobs()
    assert administrator_client.get(address)["Location"] == pay_address(invoice)
    assert "Visa terminada en 4242" in text(administrator_client.get(pay_address(invoice)))


def test_a_form_that_failed_offers_another(administrator_client, account, cards):
    setup = CardSetup.objects.create(account=account, state="failed", failure_message="La tarjeta está vencida.")
    shown = text(administrator_client.get(f"{METHODS}tarjeta/{setup.public_id}/"))
    assert "La tarjeta está vencida." in shown
    assert "Intentar de nuevo" in shown


def test_a_gateway_that_is_away_is_said_on_the_form(administrator_client, cards, run_jobs, settings):
    use_gateway(settings, "http://127.0.0.1:9", timeout=0.5)
    address = administrator_client.post(f"{METHODS}tarjeta/")["Location"]
    run_jobs()
    assert "La tarjeta no se guardó" in text(administrator_client.get(address))


def test_the_default_is_chosen_and_the_heir_of_a_removed_one_is_said(administrator_client, account, cards, run_jobs):
    first, second = card(account, is_default=True), card(account, last4="1111")
    administrator_client.post(f"{METHODS}{second.public_id}/predeterminada/")
    assert PaymentMethod.objects.get(is_default=True) == second
    assert "se cobrarán a Visa terminada en 4242" in text(
        administrator_client.get(f"{METHODS}{second.public_id}/quitar/")
    )
    administrator_client.post(f"{METHODS}{second.public_id}/quitar/")
    assert PaymentMethod.objects.get(is_default=True) == first
    assert administrator_client.get(f"{METHODS}{second.public_id}/quitar/").status_code == 404
    run_jobs()


def test_the_same_card_again_renews_the_one_that_is_there(add_card, cards, account):
    first = add_card(cards, year=2030)
    again = add_card(cards, year=2036)
    assert (again, again.exp_year) == (first, 2036)
    assert PaymentMethod.objects.filter(account=account).count() == 1
    assert cards.ask(f"/v1/payment_methods/{first.gateway_ref}")["customer"] is None


def test_a_card_that_expires_soon_is_told_once(administrator, account, cards):
    today = timezone.localdate()
    card(account, exp_year=today.year, exp_month=today.month)
    card(account, last4="1111", exp_year=today.year + 3)
    assert (tell_of_expiring_cards(), tell_of_expiring_cards()) == (1, 0)
    assert "está por vencer" in administrator.notifications.get().title


# --- paying ---


def test_the_page_says_what_is_owed_and_how_to_pay_it(administrator_client, cards, account, invoice):
    card(account, is_default=True)
    shown = text(administrator_client.get(pay_address(invoice)))
    for words in (
        "$1,160.00",
        invoice.reference,
        panel.TRANSFER_CLABE,
        "Visa terminada en 4242",
        "Pagar $1,160.00 MXN",
    ):
        assert words in shown


def test_without_keys_only_the_transfer_is_offered_and_it_says_why(administrator_client, invoice):
    shown = text(administrator_client.get(pay_address(invoice)))
    assert "no está configurado" in shown
    assert invoice.reference in shown


def form_of(client, invoice):
    page = client.get(pay_address(invoice)).content.decode()
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    method = re.search(r'name="method" value="([^"]+)"', page)[1]
    return {"token": token, "method": method}


def test_paying_twice_with_one_page_is_one_payment(administrator_client, cards, add_card, invoice, run_jobs):
    add_card(cards)
    data = form_of(administrator_client, invoice)
    address = f"{pay_address(invoice)}tarjeta/"
    first, second = (administrator_client.post(address, data)["Location"] for _each in range(2))
    assert first == second
    run_jobs()
    assert administrator_client.post(address, data)["Location"] == first
    assert len(cards.charges()) == 1
    assert "Recibimos su pago" in text(administrator_client.get(first))


@pytest.mark.parametrize(
    "data",
    [{}, {"method": "x", "token": "y"}, {"method": "", "token": str(uuid.uuid4())}, {"method": str(uuid.uuid4())}],
)
def test_a_form_that_makes_no_sense_is_shown_again(administrator_client, cards, add_card, invoice, data):
    add_card(cards)
    response = administrator_client.post(f"{pay_address(invoice)}tarjeta/", data)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert not Payment.objects.exists()


def test_an_invoice_that_was_paid_meanwhile_says_so(administrator_client, cards, add_card, actor, invoice, pay):
    add_card(cards)
    data = form_of(administrator_client, invoice)
    pay("1160.00", invoice=invoice)
    shown = text(administrator_client.post(f"{pay_address(invoice)}tarjeta/", data))
    assert "ya no se debe" in shown
    assert not Payment.objects.filter(method="card").exists()


def test_a_refused_charge_says_why_and_what_else_can_be_done(administrator_client, cards, add_card, invoice, run_jobs):
    add_card(cards, DECLINED_LATER)
    data = form_of(administrator_client, invoice)
    address = administrator_client.post(f"{pay_address(invoice)}tarjeta/", data)["Location"]
    assert "Estamos cobrando" in text(administrator_client.get(address))
    run_jobs()
    shown = text(administrator_client.get(address))
    assert "No se pudo cobrar" in shown
    assert "llame a su banco" in shown
    assert pay_address(invoice) in shown


def test_a_bank_that_asks_is_answered_on_the_payments_page(administrator_client, cards, add_card, invoice, run_jobs):
    add_card(cards, ASKS)
    data = form_of(administrator_client, invoice)
    address = administrator_client.post(f"{pay_address(invoice)}tarjeta/", data)["Location"]
    run_jobs()
    page = administrator_client.get(address)
    payment = Payment.objects.get()
    assert secret_of(payment.card_charge) in page.content.decode()
    assert cards.url in page["Content-Security-Policy"]
    cards.authenticate(payment.gateway_ref, secret_of(payment.card_charge))
    assert administrator_client.post(f"{address}autorizado/")["Location"] == address
    run_jobs()
    assert "Recibimos su pago" in text(administrator_client.get(address))


def test_who_will_not_authorise_gives_up(administrator_client, cards, add_card, actor, invoice, run_jobs):
    payment = pay_with_card(actor=actor, invoice=invoice, method=add_card(cards, ASKS), token="1")
    run_jobs()
    address = reverse("billing:payment", args=[payment.public_id])
    administrator_client.post(f"{address}cancelar/")
    run_jobs()
    assert "Este pago se canceló" in text(administrator_client.get(address))
    administrator_client.post(f"{address}cancelar/")


def test_a_charge_under_way_is_led_to_instead_of_another(administrator_client, cards, add_card, actor, invoice):
    payment = pay_with_card(actor=actor, invoice=invoice, method=add_card(cards), token="1")
    assert reverse("billing:payment", args=[payment.public_id]) in text(administrator_client.get(pay_address(invoice)))


def test_somebody_elses_card_cannot_pay(administrator_client, cards, add_card, other_account, invoice):
    add_card(cards)
    theirs = card(other_account)
    data = {**form_of(administrator_client, invoice), "method": str(theirs.public_id)}
    assert "Esa tarjeta ya no está" in text(administrator_client.post(f"{pay_address(invoice)}tarjeta/", data))


# --- who may ---


def test_a_stranger_gets_404(stranger_client, actor, account, cards, invoice):
    payment = Payment.objects.create(account=account, amount=Decimal(1), invoice=invoice)
    setup = start_card_setup(actor=actor, account=account)
    for address in (
        pay_address(invoice),
        reverse("billing:payment", args=[payment.public_id]),
        f"{METHODS}{card(account).public_id}/quitar/",
        f"{METHODS}tarjeta/{setup.public_id}/",
    ):
        assert stranger_client.get(address).status_code == 404
    assert stranger_client.post(f"{METHODS}tarjeta/", {"factura": str(invoice.public_id)}).status_code == 404


def test_a_lesser_role_gets_403(delegate_client, service_user_client, actor, account):
    mine = owe(actor, account, Decimal(1))
    for client in (delegate_client, service_user_client):
        assert client.get(METHODS).status_code == 403
        assert client.get(pay_address(mine)).status_code == 403

"""What a person reads and clicks: the change and its price, the end and what it does, the way back."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from cloudpanel.core.exceptions import BusinessError
from marketplace.models import Order, Subscription, SubscriptionDiscount
from marketplace.services.cancellations import cancel_now, quote_cancellation
from marketplace.services.resources import reserve
from marketplace.services.suspension import suspend_subscription
from tests.conftest import drain_jobs

pytestmark = pytest.mark.django_db
Why = Subscription.SuspendedFor


@pytest.fixture
def bought(life, catalogue):
    subscription = life.buy(catalogue.plan)
    life.pay_all()
    life.forward(days=15)
    return life.fresh(subscription)


@pytest.fixture
def page(bought):
    token = uuid4()

    def address(step: str = "", **choices: object) -> str:
        query = f"?{urlencode({'compra': token, **choices})}" if choices else ""
        return f"/cuenta/suscripciones/{bought.public_id}/{step}{query}"

    return address


def read(client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def test_the_page_says_period_renewal_and_what_it_costs(administrator_client, page):
    text = read(administrator_client, page())
    assert "del 1 de noviembre de 2026 al 30 de noviembre de 2026" in text
    assert "1 de diciembre de 2026: $230.84 MXN" in text


def test_an_upgrade_is_shown_to_the_cent_and_confirmed_once(administrator_client, page, bigger):
    chosen = {"plan": "profesional", "siguiente": 1}
    text = read(administrator_client, page("cambiar/", **chosen))
    for amount in ("-$99.50 MXN", "$199.50 MXN", "$100.00 MXN", "$16.00 MXN", "$116.00 MXN", "$462.84 MXN"):
        assert amount in text
    confirm = page("cambiar/confirmar/", plan="profesional")
    sealed = administrator_client.get(confirm).context["sealed"]
    for _ in range(2):
        administrator_client.post(confirm, {"mostrado": sealed, "acepto": "on"})
    drain_jobs()
    assert Order.objects.get(kind=Order.Kind.CHANGE).state == Order.State.COMPLETED


def test_a_day_later_the_price_is_shown_again_and_nothing_is_charged(administrator_client, page, bigger, life):
    confirm = page("cambiar/confirmar/", plan="profesional")
    sealed = administrator_client.get(confirm).context["sealed"]
    life.forward(days=1)
    answer = administrator_client.post(confirm, {"mostrado": sealed, "acepto": "on"}, follow=True)
    assert "El importe de hoy era $116.00 MXN y ahora es" in answer.content.decode()
    assert not Order.objects.filter(kind=Order.Kind.CHANGE).exists()


def test_without_accepting_the_terms_nothing_is_placed(administrator_client, page, bigger):
    confirm = page("cambiar/confirmar/", plan="profesional")
    sealed = administrator_client.get(confirm).context["sealed"]
    answer = administrator_client.post(confirm, {"mostrado": sealed}, follow=True)
    assert "acepte los términos y condiciones" in answer.content.decode()


def test_a_smaller_plan_that_would_not_hold_what_is_used_says_what_to_free(
    administrator_client, life, page, bigger, bought
):
    life.change(bought, bigger)
    reserve(bought, "mailboxes", 12)
    text = read(administrator_client, page("cambiar/", plan="basico", siguiente=1))
    assert "Libere 2 buzones en el panel del servicio" in text


def test_the_present_state_is_no_change(administrator_client, page):
    text = read(administrator_client, page("cambiar/", plan="basico", siguiente=1))
    assert "no hay nada que cambiar" in text


@pytest.mark.parametrize("typed", ["dos", "-1", "9" * 400, "<b>"])
def test_wrong_units_are_pointed_out_and_kept(administrator_client, page, typed):
    text = read(administrator_client, page("cambiar/", plan="basico", siguiente=1, **{"recurso-buzones-extra": typed}))
    assert 'aria-invalid="true"' in text


def test_the_end_shows_its_price_effect_and_what_happens_to_the_data(administrator_client, page):
    text = read(administrator_client, page("cancelar/"))
    assert "se le abonan <strong>$115.42 MXN</strong>" in text
    assert "todo se conserva 30 días" in text
    assert "hasta el 1 de diciembre de 2026" in text


def test_cancelling_now_by_the_form(administrator_client, page, life, bought):
    form = administrator_client.get(page("cancelar/")).context
    data = {"compra": form["token"], "mostrado": form["shown"], "cuando": "ahora", "entiendo": "on", "motivo": "Prueba"}
    assert administrator_client.post(page("cancelar/"), {**data, "mostrado": "sNaN"}).status_code == 200
    for _ in range(2):
        administrator_client.post(page("cancelar/"), data)
    assert life.fresh(bought).suspended_for == Why.CANCELLED
    order = Order.objects.get(kind=Order.Kind.CANCELLATION)
    assert "Hecho por el panel" not in read(administrator_client, f"/cuenta/pedidos/{order.public_id}/")


@pytest.mark.parametrize(
    "data", [{}, {"cuando": "nunca"}, {"cuando": "ahora"}, {"cuando": "ahora", "entiendo": "on", "compra": "x"}]
)
def test_a_form_that_is_not_complete_ends_nothing(administrator_client, page, life, bought, data):
    answer = administrator_client.post(page("cancelar/"), data)
    assert 'role="alert"' in answer.content.decode()
    assert life.fresh(bought).state == "active"


def test_what_changed_at_the_same_moment_is_shown_as_it_is_now(administrator_client, page, bought, monkeypatch):
    def changes_first(**facts):
        Subscription.objects.filter(pk=bought.pk).update(name="Otro nombre")
        raise BusinessError("El importe cambió")

    monkeypatch.setattr("marketplace.views.cancellation.cancel_now", changes_first)
    data = {"compra": uuid4(), "mostrado": "1", "cuando": "ahora", "entiendo": "on"}
    assert "Otro nombre" in administrator_client.post(page("cancelar/"), data).content.decode()


def test_the_switch(administrator_client, page, life, bought):
    for value, expected in (("no", False), ("si", True)):
        administrator_client.post(page("renovacion/"), {"renovar": value})
        assert life.fresh(bought).auto_renew is expected


def test_reactivating_says_the_price_first(administrator_client, page, life, bought):
    cancel_now(actor=life.actor, subscription=bought, token=uuid4(), shown=quote_cancellation(bought).today.total)
    text = read(administrator_client, page("reactivar/"))
    assert "$230.84 MXN" in text
    SubscriptionDiscount.objects.create(subscription=bought, description="Amigos", amount=Decimal("9.00"))
    assert "−$9.00 MXN" in read(administrator_client, page("reactivar/"))
    administrator_client.post(page("reactivar/"))
    administrator_client.post(page("reactivar/"))
    assert life.fresh(bought).state == "active"
    assert Order.objects.filter(kind=Order.Kind.RENEWAL).count() == 1


def test_a_suspended_one_says_why_and_leads_to_the_invoice_to_pay(administrator_client, life, page, bought):
    life.days(30)
    text = read(administrator_client, page())
    assert "Suspendida por falta de pago" in text
    (invoice,) = life.open_invoices()
    assert f"/cuenta/facturas/{invoice.public_id}/" in text


def test_support_suspends_and_resumes_with_a_reason(staff_client, life, bought, administrator):
    address = f"/admin/marketplace/subscription/{bought.pk}"
    assert staff_client.get(f"{address}/suspender/").status_code == 200
    assert "role=" in staff_client.post(f"{address}/suspender/", {"reason": ""}).content.decode()
    staff_client.post(f"{address}/suspender/", {"reason": "Abuso comprobado"})
    assert life.fresh(bought).suspended_for == Why.STAFF
    staff_client.post(f"{address}/reactivar/", {"reason": "Aclarado"})
    assert life.fresh(bought).state == "active"
    titles = set(administrator.notifications.values_list("title", flat=True))
    assert {f"Soporte suspendió {bought.name}", f"Soporte reactivó {bought.name}"} <= titles


def test_support_ends_one_for_good(staff_client, life, bought):
    staff_client.post(f"/admin/marketplace/subscription/{bought.pk}/dar-de-baja/", {"reason": "Fraude"})
    drain_jobs()
    assert life.fresh(bought).state == "terminated"


def test_paying_does_not_bring_back_what_support_suspended(life, bought):
    life.days(6)
    suspend_subscription(actor=life.actor, subscription=life.fresh(bought), why=Why.STAFF, reason="Abuso")
    life.pay_all()
    assert life.fresh(bought).state == "suspended"


STEPS = ["cambiar/", "cambiar/confirmar/", "cancelar/", "reactivar/"]


@pytest.mark.parametrize("step", STEPS)
def test_a_stranger_gets_404(step, stranger_client, page):
    assert stranger_client.get(page(step, plan="basico")).status_code == 404


@pytest.mark.parametrize("step", ["cancelar/", "reactivar/", "renovacion/"])
def test_a_delegate_may_look_after_it_but_not_end_it(step, delegate, delegate_client, bought, page):
    bought.delegations.create(user=delegate)
    assert delegate_client.post(page(step)).status_code == 403


@pytest.mark.parametrize("step", ["cambiar/", "cambiar/confirmar/"])
def test_a_service_user_gets_403(step, service_user_client, page):
    assert service_user_client.get(page(step, plan="basico")).status_code == 403

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cloudpanel.provisioning.errors import PermanentError
from marketplace.models import Order
from marketplace.services.progress import describe_wait
from marketplace.services.purchases import confirm_purchase
from tests.marketplace.conftest import pay, sale
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(order) -> str:
    return f"/cuenta/pedidos/{order.public_id}/"


def test_it_tells_payment_from_provisioning(address, administrator_client, order, run_job):
    run_job(order)
    text = administrator_client.get(address).content.decode()
    assert "Completado" in text
    assert "Por pagar" in text
    assert "Pagado" not in text


def test_it_says_how_to_pay(address, administrator_client, order, settings):
    text = administrator_client.get(address).content.decode()
    for fact in (settings.TRANSFER_CLABE, order.invoice.reference, "$462.84 MXN"):
        assert fact in text


def test_a_transfer_that_support_booked_shows_at_once(address, administrator_client, order, actor):
    pay(actor, order)
    text = administrator_client.get(address).content.decode()
    assert "Pagado" in text
    assert "Cómo pagar" not in text


def test_it_shows_the_accepted_terms(address, administrator_client):
    text = administrator_client.get(address).content.decode()
    for fact in ("Términos aceptados", "2026-01", "ana@empresa.example"):
        assert fact in text


def test_it_asks_again_by_itself_only_while_something_is_to_come(address, administrator_client, order, run_job):
    assert 'hx-trigger="every 3s"' in administrator_client.get(address).content.decode()
    run_job(order)
    assert "hx-trigger" not in administrator_client.get(address).content.decode()


def test_htmx_gets_only_the_state(address, administrator_client):
    page = administrator_client.get(address, headers={"HX-Request": "true"})
    text = page.content.decode()
    assert text.lstrip().startswith('<div id="estado-del-pedido"')
    assert "<h1" not in text


def test_asking_again_while_nothing_changed_moves_nothing_on_the_page(address, administrator_client, order, run_job):
    page = administrator_client.get(address)
    again = {"path": f"{address}?estado={page.context['progress'].mark}", "headers": {"HX-Request": "true"}}
    assert administrator_client.get(**again).status_code == 204
    run_job(order)
    assert "Completado" in administrator_client.get(**again).content.decode()


def test_without_javascript_there_is_actualizar(address, administrator_client):
    assert f'href="{address}"' in administrator_client.get(address).content.decode()


def test_an_order_that_takes_far_longer_than_usual_says_so(administrator_client, order):
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    text = administrator_client.get(f"/cuenta/pedidos/{order.public_id}/").content.decode()
    assert "Está tardando más de lo normal" in text
    assert "Suele tardar" not in text


def test_the_expected_time_is_the_median_of_earlier_orders(
    address, administrator_client, order, catalogue, actor, account
):
    for minutes in (1, 4, 90):
        quote = sale(account, catalogue.plan)
        done = confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4())
        finished = done.created_at + timedelta(minutes=minutes)
        done.items.update(completed_at=finished)
    assert "Suele tardar alrededor de 4 minutos." in administrator_client.get(address).content.decode()


def test_without_history_it_promises_nothing(address, administrator_client):
    assert "Suele tardar" not in administrator_client.get(address).content.decode()


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(seconds=4), "menos de un minuto"),
        (timedelta(seconds=61), "alrededor de 1 minuto"),
        (timedelta(hours=2), "alrededor de 2 horas"),
        (None, ""),
    ],
)
def test_waits_are_said_in_words(wait, words):
    assert describe_wait(wait) == words


def test_a_failed_order_says_why_and_what_can_be_done(address, administrator_client, order, lifecycle, run_job):
    lifecycle.failure = PermanentError("El servidor de correo no aceptó el dominio.")
    run_job(order)
    text = administrator_client.get(address).content.decode()
    for words in ("El servidor de correo no aceptó el dominio.", "Reintentar", "Cancelar pedido", "no se debe nada"):
        assert words in text


def test_reintentar_on_the_page(address, administrator_client, order, lifecycle, run_job):
    lifecycle.failure = PermanentError("No.")
    run_job(order)
    lifecycle.failure = None
    answer = administrator_client.post(f"{address}reintentar/", follow=True)
    assert "El pedido se está intentando de nuevo." in answer.content.decode()
    assert run_job(order).state == Order.State.COMPLETED


def test_reintentar_what_does_not_wait_for_it_says_so(address, administrator_client, order):
    answer = administrator_client.post(f"{address}reintentar/", follow=True)
    assert "ya no espera un reintento" in answer.content.decode()


def test_cancelling_asks_first_and_says_what_happens_to_the_money(address, administrator_client, order):
    text = administrator_client.get(f"{address}cancelar/").content.decode()
    assert "dejará de deber $462.84 MXN" in text
    assert Order.objects.get().state == Order.State.IN_PROGRESS
    administrator_client.post(f"{address}cancelar/")
    assert Order.objects.get().state == Order.State.CANCELLED


def test_cancelling_twice_says_that_it_is_over(address, administrator_client, order):
    administrator_client.post(f"{address}cancelar/")
    answer = administrator_client.post(f"{address}cancelar/", follow=True)
    assert "ya no se puede cancelar" in answer.content.decode()
    assert "ya no se puede cancelar" in administrator_client.get(f"{address}cancelar/").content.decode()


def test_while_it_is_set_up_cancelling_is_shown_but_explained(address, administrator_client, order):
    Order.objects.update(state=Order.State.PROVISIONING, provisioning_at=timezone.now())
    text = administrator_client.get(address).content.decode()
    assert "espere a que termine" in text
    assert "cancelar/" not in text


def test_the_page_costs_six_statements(address, administrator_client):
    assert (
        len(own_statements(lambda: administrator_client.get(address))) == 6
    )  # order, services, lines, history, card, menu


ADDRESSES = [("get", ""), ("post", "reintentar/"), ("get", "cancelar/"), ("post", "cancelar/")]


@pytest.mark.parametrize(("method", "tail"), ADDRESSES)
def test_a_stranger_gets_404(method, tail, address, stranger_client):
    assert getattr(stranger_client, method)(address + tail).status_code == 404
    assert Order.objects.get().state == Order.State.IN_PROGRESS


@pytest.mark.parametrize(("method", "tail"), ADDRESSES)
@pytest.mark.parametrize("role", ["delegate_client", "service_user_client"])
def test_a_lesser_role_gets_403(role, method, tail, address, request):
    assert getattr(request.getfixturevalue(role), method)(address + tail).status_code == 403

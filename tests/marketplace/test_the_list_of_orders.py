from __future__ import annotations

from uuid import uuid4

import pytest

from cloudpanel.provisioning.errors import PermanentError
from marketplace.models import Order
from marketplace.services.purchases import confirm_purchase
from tests.marketplace.conftest import pay, sale
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db
ADDRESS = "/cuenta/pedidos/"
HISTORY = {"ver": "historial"}


def buy(catalogue, actor, account) -> Order:
    quote = sale(account, catalogue.plan)
    return confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4())


def test_an_empty_list_says_what_to_do(administrator_client):
    assert "No hay pedidos pendientes" in administrator_client.get(ADDRESS).content.decode()
    assert "Ir al Mercado" in administrator_client.get(ADDRESS, HISTORY).content.decode()


def test_a_completed_order_is_pending_until_it_is_paid(administrator_client, order, run_job, actor):
    run_job(order)
    assert str(order.number) in administrator_client.get(ADDRESS).content.decode()
    pay(actor, order)
    assert not administrator_client.get(ADDRESS).context["listing"].page
    assert str(order.number) in administrator_client.get(ADDRESS, HISTORY).content.decode()


def test_each_row_has_both_states(administrator_client, order, run_job):
    run_job(order)
    text = administrator_client.get(ADDRESS).content.decode()
    assert "Completado" in text
    assert "Por pagar" in text


def test_the_history_is_paged_newest_first(administrator_client, catalogue, actor, account):
    numbers = [buy(catalogue, actor, account).number for _ in range(55)]
    first = administrator_client.get(ADDRESS, HISTORY).context["listing"].page
    assert [row["number"] for row in first.rows] == numbers[:4:-1]
    second = administrator_client.get(ADDRESS, {**HISTORY, "cursor": first.next_cursor}).context["listing"].page
    assert [row["number"] for row in second.rows] == numbers[4::-1]


def test_ten_times_the_orders_cost_no_more_statements(administrator_client, catalogue, actor, account):
    for _ in range(3):
        buy(catalogue, actor, account)
    few = own_statements(lambda: administrator_client.get(ADDRESS, HISTORY))
    for _ in range(27):
        buy(catalogue, actor, account)
    more = own_statements(lambda: administrator_client.get(ADDRESS, HISTORY))
    assert len(more) == len(few) == 2  # the page with its count, and the menu


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        ({"tipo": "sale"}, True),
        ({"tipo": "change"}, False),
        ({"estado": "in_progress"}, True),
        ({"estado": "completed"}, False),
        ({"pago": "por-pagar", "tipo": "sale"}, True),
        ({"pago": "pagado"}, False),
        ({"q": "no es un número"}, False),
        ({"q": "9" * 40}, False),
        ({"tipo": "<script>", "estado": "x", "pago": "y"}, True),
    ],
)
@pytest.mark.parametrize("list_of", [{}, HISTORY])
def test_filters(list_of, wanted, is_found, administrator_client, order):
    answer = administrator_client.get(ADDRESS, {**list_of, **wanted})
    assert bool(answer.context["listing"].page) is is_found
    assert ("Nada coincide" in answer.content.decode()) is not is_found


def test_an_order_is_found_by_its_number(administrator_client, order, catalogue, actor, account):
    buy(catalogue, actor, account)
    rows = administrator_client.get(ADDRESS, {**HISTORY, "q": str(order.number)}).context["listing"].page.rows
    assert [row["number"] for row in rows] == [order.number]


def test_what_has_to_go_back_is_pending(administrator_client, order, actor, run_job, lifecycle):
    lifecycle.failure = PermanentError("No.")
    failed = run_job(order)
    pay(actor, failed)
    administrator_client.post(f"{ADDRESS}{order.public_id}/cancelar/")
    assert str(order.number) in administrator_client.get(ADDRESS).content.decode()


def test_what_people_typed_is_escaped(administrator_client, order):
    Order.objects.update(description="<b>negritas</b> & más")
    assert "&lt;b&gt;negritas&lt;/b&gt; &amp; más" in administrator_client.get(ADDRESS).content.decode()


def test_a_stranger_sees_none_of_them(stranger_client, order):
    assert not stranger_client.get(ADDRESS, HISTORY).context["listing"].page


@pytest.mark.parametrize("role", ["delegate_client", "service_user_client"])
def test_a_lesser_role_gets_403(role, request):
    assert request.getfixturevalue(role).get(ADDRESS).status_code == 403

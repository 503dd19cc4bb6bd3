"""*Agregar recursos*: the limit is really raised once the order is completed, and the way back is kept."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning import worker
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from marketplace.models import Order, Subscription
from marketplace.services.changing import confirm_change
from marketplace.services.orders import cancel_order
from marketplace.services.resources import available, reserve
from tests.marketplace.conftest import change as more_of
from tests.marketplace.conftest import owned_units, service_of

pytestmark = pytest.mark.django_db
WAY_BACK = "/exchange/abc/buzones/nuevo/?paso=plantilla"
TWO = {"recurso-buzones-extra": 2}


@pytest.fixture
def address(subscription):
    token = uuid4()

    def build(step: str = "", **choices: object) -> str:
        query = urlencode({"compra": token, "volver": WAY_BACK, **choices})
        return f"/cuenta/suscripciones/{subscription.public_id}/recursos/{step}?{query}"

    return build


def confirm(client, address, **choices):
    sealed = client.get(address("confirmar/", **choices)).context["sealed"]
    return client.post(address("confirmar/", **choices), {"mostrado": sealed, "acepto": "on"}, follow=True)


@pytest.fixture
def change(catalogue, subscription, actor) -> Order:
    quote = more_of(subscription, {catalogue.mailboxes: 2})
    return confirm_change(actor=actor, quote=quote, token=uuid4(), return_path=WAY_BACK)


def test_finalizar_leads_to_the_confirmation_with_its_price_effect(administrator_client, address):
    answer = administrator_client.get(address(finalizar=1, **TWO), follow=True)
    text = answer.content.decode()
    assert "se facturan <strong>$404.84 MXN</strong> cada periodo" in text
    assert "$174.00 MXN" in text  # of today
    assert "10 buzones" in text  # what it adds


@pytest.mark.parametrize(
    ("state", "reason"), [("pending", "se está preparando"), ("suspended", "suspendida"), ("terminated", "de baja")]
)
@pytest.mark.parametrize("step", ["", "confirmar/"])
def test_one_that_is_not_active_says_why_nothing_can_be_added(administrator_client, address, state, reason, step):
    Subscription.objects.update(state=state)
    answer = administrator_client.get(address(step, **TWO), follow=True)
    assert answer.redirect_chain[-1][0] == address().split("recursos")[0]
    assert reason in answer.content.decode()


def test_its_page_shows_the_button_with_the_reason(administrator_client, subscription):
    Subscription.objects.update(state=Subscription.State.SUSPENDED)
    page = administrator_client.get(f"/cuenta/suscripciones/{subscription.public_id}/").content.decode()
    assert "Agregar recursos" in page
    assert "La suscripción está suspendida" in page


def test_confirmar_makes_an_order_of_kind_change(administrator_client, address, subscription):
    confirm(administrator_client, address, **TWO)
    order = Order.objects.get()
    assert (order.kind, service_of(order), order.total) == (Order.Kind.CHANGE, subscription, Decimal("174.00"))
    assert Job.objects.get().operation == "marketplace.change_subscription"


def test_the_limit_is_raised_when_the_order_is_completed(subscription, change, run_job, lifecycle):
    reserve(subscription, "mailboxes", 10)
    with pytest.raises(BusinessError):
        reserve(subscription, "mailboxes")
    assert run_job(change).state == Order.State.COMPLETED
    reserve(subscription, "mailboxes", 10)
    assert available(subscription, "mailboxes") == 0
    assert ("change", {"mailboxes": 20, "storage_gb": 50}) in lifecycle.calls


def test_units_and_price_add_up_with_what_there_was(subscription, change, run_job, catalogue, actor):
    run_job(change)
    quote = more_of(subscription, {catalogue.mailboxes: 1, catalogue.storage: 1})
    run_job(confirm_change(actor=actor, quote=quote, token=uuid4()))
    now = Subscription.objects.get(pk=subscription.pk)
    assert owned_units(now) == {"buzones-extra": 3, "espacio": 1}
    assert now.price == Decimal("199.00") + 3 * Decimal("75.00") + Decimal("145.00")
    assert dict(now.resources.values_list("resource", "included")) == {"mailboxes": 25, "storage_gb": 100}


def test_a_resource_that_the_plan_did_not_include_is_new(subscription, catalogue, actor, run_job):
    subscription.resources.filter(resource="mailboxes").delete()
    run_job(confirm_change(actor=actor, quote=more_of(subscription, {catalogue.mailboxes: 2}), token=uuid4()))
    assert available(subscription, "mailboxes") == 10


def test_the_order_page_leads_back_to_where_one_was(administrator_client, address, run_job):
    page = confirm(administrator_client, address, **TWO)
    assert "Volver a donde estaba" in page.content.decode()
    order = Order.objects.get()
    run_job(order)
    text = administrator_client.get(f"/cuenta/pedidos/{order.public_id}/").content.decode()
    assert f'class="btn btn-primary" href="{WAY_BACK}"' in text


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://malo.example/",
        "//malo.example/x",
        "/\\malo.example",
        "javascript:alert(1)",
        "exchange/",
        "/" + "x" * 600,
    ],
)
def test_the_way_back_never_leaves_the_panel(elsewhere, administrator_client, address):
    page = administrator_client.get(address(volver=elsewhere))
    assert page.context["back"].startswith("/cuenta/suscripciones/")
    confirm(administrator_client, address, volver=elsewhere, **TWO)
    assert Order.objects.get().return_path == ""


def test_confirmar_twice_is_one_order(administrator_client, address):
    sealed = administrator_client.get(address("confirmar/", **TWO)).context["sealed"]
    for _ in range(2):
        administrator_client.post(address("confirmar/", **TWO), {"mostrado": sealed, "acepto": "on"})
    assert Order.objects.count() == 1


def test_a_second_change_waits_for_the_first(administrator_client, address, change):
    page = confirm(administrator_client, address, **TWO)
    assert "Hay un pedido de esta suscripción sin terminar" in page.content.decode()
    assert Order.objects.count() == 1


def test_nothing_chosen_is_pointed_out(administrator_client, address):
    text = administrator_client.get(address(finalizar=1)).content.decode()
    assert "Indique cuántas unidades quiere de al menos un recurso." in text


def test_no_more_than_the_catalogue_allows_counting_what_there_is(administrator_client, address, change, run_job):
    run_job(change)
    text = administrator_client.get(address(finalizar=1, **{"recurso-buzones-extra": 19})).content.decode()
    assert "Puede agregar hasta 18 unidades." in text


@pytest.mark.parametrize("typed", ["dos", "-1", "9" * 400, "<b>"])
def test_wrong_units_lead_back_to_their_field(typed, administrator_client, address):
    answer = administrator_client.get(address("confirmar/", **{"recurso-buzones-extra": typed}), follow=True)
    assert 'aria-invalid="true"' in answer.content.decode()


def test_cancelling_a_change_that_failed_restores_what_is_paid_for(change, subscription, actor, lifecycle, run_job):
    lifecycle.failure = PermanentError("No.")
    failed = run_job(change)
    lifecycle.failure = None
    cancel_order(actor=actor, order=failed)
    worker.run_due()
    assert lifecycle.calls[-1] == ("change", {"mailboxes": 10, "storage_gb": 50})
    assert Subscription.objects.get().state == Subscription.State.ACTIVE
    assert available(subscription, "mailboxes") == 10


@pytest.mark.parametrize("step", ["", "confirmar/"])
def test_a_stranger_gets_404(step, stranger_client, address):
    assert stranger_client.get(address(step, **TWO)).status_code == 404
    assert stranger_client.post(address("confirmar/", **TWO), {"acepto": "on"}).status_code == 404


def test_a_delegate_sees_it_with_the_reason_but_gets_403_on_confirmar(delegate, delegate_client, subscription, address):
    subscription.delegations.create(user=delegate)
    assert "Solo un administrador de la cuenta" in delegate_client.get(address()).content.decode()
    answer = delegate_client.post(address("confirmar/", **TWO), {"mostrado": "x", "acepto": "on"})
    assert answer.status_code == 403
    assert not Order.objects.exists()


@pytest.mark.parametrize("step", ["", "confirmar/"])
def test_a_service_user_gets_403(step, service_user_client, address):
    assert service_user_client.get(address(step, **TWO)).status_code == 403

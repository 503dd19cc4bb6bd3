"""The admin: catalogue in and out, orders moved by actions, states and accepted terms never edited by hand."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from billing.models import Payment
from cloudpanel.provisioning.errors import PermanentError
from marketplace.models import Order, TermsVersion
from tests.marketplace.conftest import pay

pytestmark = pytest.mark.django_db
PAGES = ["servicefamily", "product", "plan", "addon", "termsversion", "order", "subscription"]


def run(client, model: str, action: str, row) -> str:
    app = "billing" if model == "payment" else "marketplace"
    address = reverse(f"admin:{app}_{model}_changelist")
    return client.post(address, {"action": action, "_selected_action": row.pk}, follow=True).content.decode()


@pytest.mark.parametrize("model", PAGES)
def test_every_list_and_page_opens(model, staff_client, order):
    page = staff_client.get(reverse(f"admin:marketplace_{model}_changelist"))
    assert page.status_code == 200
    row = page.context["cl"].result_list[0]
    assert staff_client.get(reverse(f"admin:marketplace_{model}_change", args=[row.pk])).status_code == 200


def test_money_to_be_returned_is_booked_as_returned(staff_client, order, actor):
    payment = pay(actor, order)
    run(staff_client, "order", "cancel", order)
    assert Payment.objects.get().state == Payment.State.REFUND_DUE
    run(staff_client, "payment", "book_refund", payment)
    assert Payment.objects.get().state == Payment.State.REFUNDED


def test_support_retries_an_order(staff_client, order, lifecycle, run_job):
    lifecycle.failure = PermanentError("No.")
    run_job(order)
    lifecycle.failure = None
    run(staff_client, "order", "retry", order)
    assert run_job(order).state == Order.State.COMPLETED


def test_states_are_not_typed_by_hand(staff_client, order):
    staff_client.post(reverse("admin:marketplace_order_change", args=[order.pk]), {"state": "completed"})
    assert Order.objects.get().state == Order.State.IN_PROGRESS


def test_accepted_terms_stay_as_they_were(staff_client, order):
    staff_client.post(reverse("admin:marketplace_termsversion_change", args=[order.terms_id]), {"body": "Otra cosa"})
    with pytest.raises(IntegrityError), transaction.atomic():
        TermsVersion.objects.update(body="Otra cosa")
    assert TermsVersion.objects.get().body == "Texto de los términos."


def test_terms_that_nobody_accepted_can_be_corrected(catalogue):
    TermsVersion.objects.update(body="Mejor dicho")
    assert TermsVersion.objects.get().body == "Mejor dicho"


def test_customers_have_no_business_here(administrator_client, order):
    for model in PAGES:
        answer = administrator_client.get(reverse(f"admin:marketplace_{model}_changelist"))
        assert answer.status_code in (302, 403)

"""The admin: catalogue in and out, orders moved by actions, states and accepted terms never edited by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tablib import Dataset

from accounts.models import ActionLogEntry
from billing.models import Payment
from cloudpanel.provisioning.errors import PermanentError
from marketplace.admin import AddOnResource, PlanResource
from marketplace.models import Order, Plan, TermsVersion

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


def test_a_received_transfer_is_booked_with_the_name_of_who_did_it(staff_client, order):
    assert "1 transferencias registradas" in run(staff_client, "payment", "book_transfer", order.payment)
    assert Payment.objects.get().state == Payment.State.RECEIVED
    assert "soporte@" in ActionLogEntry.objects.get(action="billing.payment.received").actor_name


def test_booking_it_again_changes_nothing_and_says_so(staff_client, order):
    run(staff_client, "payment", "book_transfer", order.payment)
    assert "ya cambió de estado" in run(staff_client, "payment", "book_transfer", order.payment)
    assert ActionLogEntry.objects.filter(action="billing.payment.received").count() == 1


def test_money_to_be_returned_is_booked_as_returned(staff_client, order):
    run(staff_client, "payment", "book_transfer", order.payment)
    run(staff_client, "order", "cancel", order)
    assert Payment.objects.get().state == Payment.State.REFUND_DUE
    run(staff_client, "payment", "book_refund", order.payment)
    assert Payment.objects.get().state == Payment.State.REFUNDED


def test_support_retries_an_order(staff_client, order, lifecycle, run_job):
    lifecycle.failure = PermanentError("No.")
    run_job(order)
    lifecycle.failure = None
    run(staff_client, "order", "retry", order)
    assert run_job(order).state == Order.State.COMPLETED


def test_states_are_not_typed_by_hand(staff_client, order):
    staff_client.post(reverse("admin:marketplace_order_change", args=[order.pk]), {"state": "completed"})
    staff_client.post(reverse("admin:billing_payment_change", args=[order.payment.pk]), {"state": "received"})
    assert Order.objects.get().state == Order.State.IN_PROGRESS
    assert Payment.objects.get().state == Payment.State.PENDING


def test_accepted_terms_stay_as_they_were(staff_client, order):
    staff_client.post(reverse("admin:marketplace_termsversion_change", args=[order.terms_id]), {"body": "Otra cosa"})
    with pytest.raises(IntegrityError), transaction.atomic():
        TermsVersion.objects.update(body="Otra cosa")
    assert TermsVersion.objects.get().body == "Texto de los términos."


def test_terms_that_nobody_accepted_can_be_corrected(catalogue):
    TermsVersion.objects.update(body="Mejor dicho")
    assert TermsVersion.objects.get().body == "Mejor dicho"


def test_what_was_exported_can_be_imported(catalogue):
    for resource in (PlanResource(), AddOnResource()):
        again = Dataset().load(resource.export().csv, format="csv")
        result = resource.import_data(again, raise_errors=True)
        assert result.totals["skip"] == len(again)


def test_an_import_changes_prices_by_service_and_code(catalogue):
    file = Dataset(["correo/exchange-administrado", "basico", "219.00"], headers=["product", "code", "price"])
    PlanResource().import_data(file, raise_errors=True)
    assert Plan.objects.get().price == Decimal("219.00")


@pytest.mark.parametrize(
    ("product", "price", "resources"),
    [
        ("nada/nada", "1.00", "{}"),
        ("correo/exchange-administrado", "-1", "{}"),
        ("correo/exchange-administrado", "1.00", '{"mailboxes": "diez"}'),
    ],
)
def test_an_import_with_mistakes_changes_nothing(product, price, resources, catalogue):
    headers = ["product", "code", "name", "price", "resources"]
    result = PlanResource().import_data(Dataset([product, "basico", "Otro", price, resources], headers=headers))
    assert result.has_errors() or result.has_validation_errors()
    assert Plan.objects.get().name == "Básico"


def test_customers_have_no_business_here(administrator_client, order):
    for model in PAGES:
        answer = administrator_client.get(reverse(f"admin:marketplace_{model}_changelist"))
        assert answer.status_code in (302, 403)

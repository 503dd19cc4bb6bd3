"""*Nuevo dominio* to its end: the order, the payment, the registry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domains.models import Domain
from domains.sandbox.samples import COMPETITOR
from marketplace.models import Order
from tests.domains.registry.conftest import pay, run_jobs


def test_a_paid_order_makes_the_domain_ours(panel, registry):
    domain = panel.buy("muebles-pena.com.mx", years=2)
    held = registry.registry.state.domains["muebles-pena.com.mx"]
    assert domain.state == Domain.State.ACTIVE
    assert held.sponsor == "panel"
    assert domain.expires_at.date() == held.expires_at.date()
    assert held.expires_at.year == datetime.now(UTC).year + 2


def test_what_is_paid_ends_on_the_day_on_which_the_domain_expires(panel):
    domain = panel.buy("muebles.mx", years=3)
    subscription = domain.subscription
    assert subscription.billed_until.year == domain.expires_at.year
    assert subscription.period_end < subscription.billed_until
    order = Order.objects.get(kind="sale")
    assert order.subtotal == 3 * subscription.price


def test_before_the_payment_nothing_is_asked_of_the_registry(panel, registry):
    panel.order("muebles.mx")
    run_jobs()
    assert "muebles.mx" not in registry.registry.state.domains
    assert Domain.objects.get(name="muebles.mx").state == Domain.State.PENDING


def test_a_name_that_somebody_else_took_meanwhile_is_paid_back(panel, registry, competitor_takes):
    order = panel.order("muebles.mx")
    competitor_takes("muebles.mx")
    pay(order)
    run_jobs()
    order.refresh_from_db()
    assert order.state == Order.State.CANCELLED
    assert "ya está registrado" in order.failure_message
    assert order.invoice.credited == order.invoice.total
    domain = Domain.objects.get(name="muebles.mx")
    assert (domain.state, registry.registry.state.domains["muebles.mx"].sponsor) == (Domain.State.FAILED, COMPETITOR)
    _is_taken_off_the_list(panel, domain)


def _is_taken_off_the_list(panel, domain):
    """By whoever asked for it; its order stays."""
    page = panel.client.get(f"/dominios/{domain.public_id}/").content.decode()
    assert "Quitar de mi lista" in page
    assert "?buscar=muebles.mx" in page
    assert "cuando llega el pago" not in page
    panel.client.post(f"/dominios/{domain.public_id}/quitar/")
    assert f'href="/dominios/{domain.public_id}/"' not in panel.client.get("/dominios/").content.decode()
    assert Order.objects.filter(description__contains="muebles.mx").exists()


def test_what_we_hold_is_not_taken_off_the_list(panel):
    order = panel.order("muebles.mx")
    pay(order)
    run_jobs()
    domain = Domain.objects.get(name="muebles.mx")
    panel.client.post(f"/dominios/{domain.public_id}/quitar/")
    domain.refresh_from_db()
    assert domain.state == Domain.State.ACTIVE


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "Иван Петров", "letras latinas"),
        ("street", "Calle\x01 1", "U+0001"),
        ("country", "ÑÑ", "No hay un país"),
        ("postal_code", "0600", "cinco cifras"),
    ],
)
def test_what_registries_refuse_of_a_holder_is_said_beside_its_field(panel, field, typed, words):
    data = {
        "titular": "nuevo",
        "name": "Nguyễn Łoś",
        "email": "ana@empresa.example",
        "phone": "+34 912 345 678",
        "street": "Calle 5 N° 3 – “A”",
        "city": "México",
        "postal_code": "06000",
        "country": "MX",
        "anios": "1",
    }
    page = panel.client.post("/dominios/nuevo/titular/?dominio=muebles.mx", {**data, field: typed}).content.decode()
    assert words in page
    assert f"id_{field}_error" in page
    assert panel.client.post("/dominios/nuevo/titular/?dominio=muebles.mx", data).status_code == 302

"""*Confirmar* with the real lifecycle: what its two local rows cost on top of ``tests/marketplace/test_confirming_is_cheap``."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest

from marketplace.catalogue import seed_catalogue
from marketplace.models import Order
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db


def test_nineteen_statements(administrator_client):
    seed_catalogue()
    step = "/mercado/correo-y-colaboracion/exchange-administrado/confirmar/"
    address = f"{step}?compra={uuid4()}&plan=profesional&recurso-buzones-5=2"
    sealed = administrator_client.get(address).context["sealed"]
    statements = own_statements(lambda: administrator_client.post(address, {"mostrado": sealed, "acepto": "on"}))
    assert len(statements) == 19  # prices in lists, promotions, services of the order, and the invoice with its ledger
    assert Order.objects.get().total == Decimal("4628.40")

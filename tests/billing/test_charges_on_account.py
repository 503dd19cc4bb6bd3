from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import ActionLogEntry
from billing.models import Invoice, Payment
from billing.services.ledger import balance_of
from billing.services.lines import LineData
from billing.services.on_account import book_charge, record_transfer
from billing.tax import with_tax
from cloudpanel.core.exceptions import BusinessError

pytestmark = pytest.mark.django_db


def charge(actor, account, source="order:1", price="100.00") -> Payment:
    return book_charge(
        actor=actor, account=account, source=source, lines=[LineData("Correo", Decimal(price))], concept="Pedido 1001"
    )


@pytest.fixture
def payment(actor, account) -> Payment:
    return charge(actor, account)


def test_a_charge_is_owed_until_the_transfer_arrives(payment, account, actor):
    assert balance_of(account) == Decimal("116.00")
    record_transfer(actor=actor, payment=payment)
    assert balance_of(account) == 0
    assert Invoice.objects.get().state == Invoice.State.PAID


def test_a_transfer_is_received_only_once(payment, actor):
    record_transfer(actor=actor, payment=payment)
    with pytest.raises(BusinessError):
        record_transfer(actor=actor, payment=payment)
    assert ActionLogEntry.objects.filter(action="billing.payment.received").count() == 1


def test_references_differ_and_carry_a_check_digit(payment, actor, account):
    other = charge(actor, account, source="order:2")
    assert other.reference != payment.reference
    for reference in (payment.reference, other.reference):
        digits = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(reference))]
        assert sum(value // 10 + value % 10 for value in digits) % 10 == 0


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(["0.16", "0.08", "0"]))
def test_total_is_always_subtotal_plus_tax_in_whole_cents(subtotal, rate):
    total = with_tax(subtotal, Decimal(rate))
    assert total.total == total.subtotal + total.tax
    assert total.tax == total.tax.quantize(Decimal("0.01"))
    assert abs(total.tax - subtotal * Decimal(rate)) <= Decimal("0.005")

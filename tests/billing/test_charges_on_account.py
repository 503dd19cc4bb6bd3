from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import ActionLogEntry
from billing.models import Payment
from billing.services import cancel_payment, charge_on_account, record_transfer
from billing.tax import with_tax
from cloudpanel.core.exceptions import BusinessError

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(actor, account) -> Payment:
    return charge_on_account(actor=actor, account=account, amount=Decimal("116.00"), concept="Pedido 1001")


def test_a_charge_is_owed_until_the_transfer_arrives(payment, account, actor):
    assert Payment.objects.filter(account=account).owed().total() == Decimal("116.00")
    record_transfer(actor=actor, payment=payment)
    assert Payment.objects.filter(account=account).owed().total() == 0


def test_a_transfer_is_received_only_once(payment, actor):
    record_transfer(actor=actor, payment=payment)
    with pytest.raises(BusinessError):
        record_transfer(actor=actor, payment=payment)
    assert ActionLogEntry.objects.filter(action="billing.payment.received").count() == 1


def test_what_was_received_cannot_be_cancelled(payment, actor):
    record_transfer(actor=actor, payment=payment)
    with pytest.raises(BusinessError):
        cancel_payment(actor=actor, payment=payment)


def test_references_differ_and_carry_a_check_digit(payment, actor, account):
    other = charge_on_account(actor=actor, account=account, amount=Decimal("1.00"), concept="x")
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

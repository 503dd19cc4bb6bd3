from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.references import is_reference, reference_of
from billing.tax import with_tax


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(["0.16", "0.08", "0"]))
def test_total_is_always_subtotal_plus_tax_in_whole_cents(subtotal, rate):
    total = with_tax(subtotal, Decimal(rate))
    assert total.total == total.subtotal + total.tax
    assert total.tax == total.tax.quantize(Decimal("0.01"))
    assert abs(total.tax - subtotal * Decimal(rate)) <= Decimal("0.005")


@given(st.integers(0, 10**10 - 1), st.integers(0, 10), st.integers(0, 9))
def test_a_mistyped_digit_of_a_reference_is_noticed(number, place, digit):
    reference = reference_of(number)
    assert is_reference(reference)
    mistyped = reference[:place] + str(digit) + reference[place + 1 :]
    assert is_reference(mistyped) is (mistyped == reference)


@pytest.mark.parametrize("text", ["", "1", "0000001001x", "000000100²9", "0" * 12])
def test_what_is_no_reference_is_none(text):
    assert not is_reference(text)

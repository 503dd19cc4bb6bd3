"""For any prices, set-up fees, units and tax rate."""

from __future__ import annotations

from decimal import Decimal

from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from marketplace.models import AddOn, Order, Plan, Product, ServiceFamily, TermsVersion
from marketplace.services.pricing import Quote, differences, quote_sale

prices = st.decimals(min_value=0, max_value=10**6, places=2)
CENT = Decimal("0.01")


@st.composite
def quotes(draw) -> Quote:
    product = Product(name="Servicio", family=ServiceFamily(name="Familia"))
    plan = Plan(product=product, code="p", name="P", price=draw(prices), setup_fee=draw(prices), resources={"a": 1})
    units = {}
    for number in range(draw(st.integers(0, 4))):
        add_on = AddOn(
            pk=number + 1, code=f"e{number}", name="E", resource="a", price=draw(prices), setup_fee=draw(prices)
        )
        units[add_on] = draw(st.integers(0, 500))
    return quote_sale(plan=plan, units=units, terms=TermsVersion(version="1"))


@given(quotes(), st.sampled_from(["0.16", "0.08", "0", "0.1234"]))
def test_the_total_is_the_lines_plus_their_tax_rounded_once(quote, rate):
    with override_settings(VAT_RATE=rate):
        today = quote.today
    subtotal = sum(line.units * (line.unit_price + line.setup_fee) for line in quote.lines)
    assert today.subtotal == subtotal
    assert today.total == today.subtotal + today.tax
    assert today.tax == today.tax.quantize(CENT)
    assert abs(today.tax - subtotal * Decimal(rate)) <= CENT / 2


@given(quotes())
def test_today_is_the_first_month_and_the_setup(quote):
    assert quote.today.subtotal == quote.monthly.subtotal + quote.setup


@given(quotes())
def test_order_lines_carry_the_same_amounts(quote):
    lines = [line.as_order_line(Order()) for line in quote.lines]
    assert sum(line.amount for line in lines) == quote.today.subtotal
    assert all(line.amount == line.units * (line.unit_price + line.setup_fee) for line in lines)
    assert all((line.plan is None) != (line.add_on is None) for line in lines)


@given(quotes())
def test_what_is_granted_is_the_plan_and_each_unit(quote):
    assert quote.grants == {"a": 1 + sum(line.units for line in quote.lines[1:])}


@given(quotes())
def test_what_was_shown_is_recognised(quote):
    assert differences(quote.seal(), quote) == []


@given(quotes(), quotes())
def test_anything_else_is_not(shown, now):
    same = shown.as_shown() == now.as_shown()
    assert (differences(shown.seal(), now) == []) is same

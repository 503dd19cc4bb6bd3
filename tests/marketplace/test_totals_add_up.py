"""For any prices, set-up fees, units, discounts and tax rate: nothing is lost between lines and totals."""

from __future__ import annotations

from decimal import Decimal

from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from billing.services.lines import taxes_of
from marketplace.models import AddOn, BillingPeriod, Coupon, Order, OrderItem, Package, Plan, Product, TermsVersion
from marketplace.services.agreement import differences, seal
from marketplace.services.price_book import PriceBook, PriceTag
from marketplace.services.pricing import Quote, quote_sale, service_of, with_coupon, with_package_price
from marketplace.services.promotions import discounts_of
from marketplace.services.purchases import order_line
from marketplace.services.splitting import split

prices = st.decimals(min_value=0, max_value=10**6, places=2)
amounts = st.decimals(min_value=Decimal("0.01"), max_value=10**6, places=2)
tags = st.builds(PriceTag, prices, prices)
CENT = Decimal("0.01")
MONTHLY = BillingPeriod.MONTHLY


@st.composite
def wishes(draw, first: int = 0) -> tuple[Plan, dict[AddOn, int], dict]:
    product = Product(pk=first + 1, name="Servicio")
    plan = Plan(pk=first + 1, product=product, code="p", name="P", resources={"a": 1})
    units, found = {}, {(Plan, plan.pk, MONTHLY): draw(tags)}
    for number in range(first + 1, first + 1 + draw(st.integers(0, 4))):
        add_on = AddOn(pk=number, code=f"e{number}", name="E", resource="a", included_units=draw(st.integers(0, 3)))
        units[add_on] = draw(st.integers(0, 500))
        found[AddOn, number, MONTHLY] = draw(tags)
    return plan, units, found


@st.composite
def quotes(draw) -> Quote:
    plan, units, found = draw(wishes())
    trial_days = draw(st.sampled_from([0, 0, 30]))
    book = PriceBook("MXN", found)
    return quote_sale(plan=plan, units=units, terms=TermsVersion(version="1"), book=book, trial_days=trial_days)


@st.composite
def packages(draw) -> tuple[Quote, PriceTag]:
    wanted = [draw(wishes(first=10 * number)) for number in range(draw(st.integers(1, 3)))]
    services = [service_of(plan, units, PriceBook("MXN", found), MONTHLY) for plan, units, found in wanted]
    price = draw(tags)
    quote = Quote(services, TermsVersion(version="1"), package=Package(name="Paquete"))
    return with_package_price(quote, price), price


coupons = st.one_of(
    st.builds(Coupon, name=st.just("C"), percent=st.decimals(min_value=Decimal("0.01"), max_value=100, places=2)),
    st.builds(Coupon, name=st.just("C"), amount=amounts, periods=st.sampled_from([None, 1, 3])),
)


@given(quotes(), st.sampled_from(["0.16", "0.08", "0", "0.1234"]))
def test_the_total_is_the_lines_plus_their_tax_rounded_once(quote, rate):
    with override_settings(VAT_RATE=rate):
        today = quote.today
    subtotal = sum(line.first_period + line.setup for line in quote.lines)
    assert today.subtotal == subtotal
    assert today.total == today.subtotal + today.tax
    assert today.tax == today.tax.quantize(CENT)
    assert abs(today.tax - subtotal * Decimal(rate)) <= CENT / 2


@given(quotes())
def test_today_is_the_first_period_and_the_setup(quote):
    first = Decimal(0) if quote.trial_days else quote.recurring.subtotal
    assert quote.today.subtotal == first + quote.setup


@given(quotes())
def test_units_that_are_included_cost_nothing(quote):
    for line in quote.lines:
        assert line.recurring == max(line.units - line.included_units, 0) * line.price.amount


@given(st.one_of(quotes(), packages().map(lambda made: made[0])), st.one_of(st.none(), coupons))
def test_order_and_invoice_carry_the_same_amounts(quote, coupon):
    quote = with_coupon(quote, coupon)
    order = Order()
    lines = [order_line(order, OrderItem(order=order), line) for line in quote.lines]
    billed = quote.billed()
    assert sum(line.amount for line in lines) == quote.today.subtotal == sum(line.amount for line in billed)
    assert quote.today.tax == sum(taxes_of(billed))
    assert all(line.amount >= 0 and line.discount >= 0 for line in lines)
    assert all((line.plan is None) != (line.add_on is None) for line in lines)


@given(packages())
def test_a_package_costs_its_price_or_its_parts_whichever_is_less(made):
    quote, price = made
    parts = sum(line.recurring for line in quote.lines)
    assert quote.recurring.subtotal == min(price.amount, parts)
    assert quote.setup == min(price.setup_fee, sum(line.setup for line in quote.lines))
    assert all(0 <= line.package_off <= line.recurring for line in quote.lines)


@given(st.one_of(quotes(), packages().map(lambda made: made[0])), coupons)
def test_a_coupon_is_spread_without_losing_a_centavo(quote, coupon):
    base = quote.recurring.subtotal
    after = with_coupon(quote, coupon)
    off = sum(line.coupon_off for line in after.lines)
    assert abs(off - coupon.off(base)) <= CENT / 2
    assert all(0 <= line.coupon_off <= line.recurring - line.package_off for line in after.lines)
    assert all(line.coupon_off == line.coupon_off.quantize(CENT) for line in after.lines)


@given(packages())
def test_what_a_package_saves_goes_on_with_its_subscriptions(made):
    quote, _price = made
    kept = [discount.amount for service in quote.services for discount in discounts_of(quote, service)]
    assert sum(kept, Decimal(0)) == sum(line.package_off for line in quote.lines)


@given(amounts, st.lists(prices, min_size=1, max_size=8))
def test_parts_sum_to_the_whole(total, weights):
    parts = split(total, weights)
    assert sum(parts) == (total if sum(weights) else 0)
    assert all(part == part.quantize(CENT) for part in parts)
    if total <= sum(weights):
        assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@given(quotes())
def test_what_is_granted_is_the_plan_and_each_unit(quote):
    assert quote.services[0].grants == {"a": 1 + sum(line.units for line in quote.lines[1:])}


@given(quotes())
def test_what_was_shown_is_recognised(quote):
    assert differences(seal(quote), quote) == []


@given(quotes(), quotes())
def test_anything_else_is_not(shown, now):
    same = shown.as_shown() == now.as_shown()
    assert (differences(seal(shown), now) == []) is same

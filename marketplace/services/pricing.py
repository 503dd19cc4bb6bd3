"""What a purchase costs: worked out once, shown, and worked out again at *Confirmar* to see that nothing changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from billing.services.lines import LineData
from billing.tax import Total, with_tax
from cloudpanel.core.money import ZERO, format_money
from marketplace.models import AddOn, Order, OrderLine, Plan, Subscription, TermsVersion

_SALT = "marketplace.shown"


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A plan or some units of an add-on. Amounts before tax, in the panel's currency."""

    item: Plan | AddOn
    description: str
    units: int = 1

    @property
    def code(self) -> str:
        return f"{'plan' if isinstance(self.item, Plan) else 'add_on'}:{self.item.code}"

    @property
    def unit_price(self) -> Decimal:
        return self.item.price

    @property
    def setup_fee(self) -> Decimal:
        return self.item.setup_fee

    @property
    def monthly(self) -> Decimal:
        return self.units * self.unit_price

    @property
    def setup(self) -> Decimal:
        return self.units * self.setup_fee

    @property
    def amount(self) -> Decimal:
        """What this line adds to today's total: the first month and the set-up."""
        return self.monthly + self.setup

    @property
    def grants(self) -> Mapping[str, int]:
        """Resource code → amount that the line brings."""
        if isinstance(self.item, Plan):
            return dict(self.item.resources)
        return {self.item.resource: self.item.quantity * self.units}

    def as_order_line(self, order: Order) -> OrderLine:
        return OrderLine(
            order=order,
            plan=self.item if isinstance(self.item, Plan) else None,
            add_on=self.item if isinstance(self.item, AddOn) else None,
            description=self.description[:200],
            units=self.units,
            unit_price=self.unit_price,
            setup_fee=self.setup_fee,
            amount=self.amount,
        )


@dataclass(frozen=True, slots=True)
class Quote:
    """One purchase: a plan with add-ons (``subscription`` is None), or add-ons for a subscription that runs."""

    plan: Plan
    lines: Sequence[QuoteLine]
    terms: TermsVersion
    subscription: Subscription | None = None

    @property
    def kind(self) -> Order.Kind:
        return Order.Kind.CHANGE if self.subscription else Order.Kind.SALE

    @property
    def description(self) -> str:
        if self.subscription is None:
            return str(self.plan)
        return _("Recursos adicionales para %(name)s") % {"name": self.subscription.name}

    @property
    def today(self) -> Total:
        return with_tax(sum((line.amount for line in self.lines), ZERO))

    @property
    def monthly(self) -> Total:
        """What the lines add to every month from the next one on."""
        return with_tax(sum((line.monthly for line in self.lines), ZERO))

    @property
    def setup(self) -> Decimal:
        return sum((line.setup for line in self.lines), ZERO)

    @property
    def grants(self) -> dict[str, int]:
        granted: dict[str, int] = {}
        for line in self.lines:
            for resource, amount in line.grants.items():
                granted[resource] = granted.get(resource, 0) + amount
        return granted

    def invoice_lines(self) -> list[LineData]:
        """Today's total as it is invoiced: the first month, and the set-up on lines of its own."""
        months = [LineData(line.description, line.unit_price, line.units, kind="period") for line in self.lines]
        setups = [
            LineData(_("Alta: %(name)s") % {"name": line.description}, line.setup_fee, line.units, kind="setup")
            for line in self.lines
            if line.setup_fee
        ]
        return months + setups

    def as_shown(self) -> dict[str, Any]:
        """Everything that the customer agrees to, in plain values."""
        return {
            "lines": {
                line.code: [
                    line.description,
                    line.units,
                    str(line.unit_price),
                    str(line.setup_fee),
                    [list(pair) for pair in sorted(line.grants.items())],
                ]
                for line in self.lines
            },
            "total": str(self.today.total),
            "tax_rate": str(self.today.tax_rate),
            "terms": self.terms.version,
        }

    def seal(self) -> str:
        """``as_shown`` for a hidden field: signed, so that nobody agrees to a price of their own making."""
        return signing.dumps(self.as_shown(), salt=_SALT, compress=True)


def quote_sale(*, plan: Plan, units: Mapping[AddOn, int], terms: TermsVersion) -> Quote:
    """``plan`` (with its product loaded) and the chosen add-ons; add-ons with 0 units are left out."""
    return Quote(plan=plan, lines=[QuoteLine(plan, str(plan)), *_add_on_lines(units)], terms=terms)


def quote_change(*, subscription: Subscription, units: Mapping[AddOn, int], terms: TermsVersion) -> Quote:
    """More add-ons for ``subscription`` (with its plan loaded)."""
    return Quote(plan=subscription.plan, lines=_add_on_lines(units), terms=terms, subscription=subscription)


def _add_on_lines(units: Mapping[AddOn, int]) -> list[QuoteLine]:
    return [QuoteLine(add_on, add_on.name, count) for add_on, count in units.items() if count]


def differences(sealed: str, quote: Quote) -> list[str]:
    """What changed since the customer saw ``sealed``, in sentences; empty when ``quote`` is exactly that."""
    try:
        shown = signing.loads(sealed, salt=_SALT)
    except signing.BadSignature:
        return [_("No reconocemos lo que se le mostró. Revise el pedido y confírmelo de nuevo.")]
    now = quote.as_shown()
    if shown == now:
        return []
    sentences = _line_differences(shown["lines"], now["lines"])
    if shown["tax_rate"] != now["tax_rate"]:
        sentences.append(_("Cambió la tasa de IVA."))
    if shown["terms"] != now["terms"]:
        sentences.append(
            _("Cambiaron los términos y condiciones: ahora rige la versión %(version)s.") % {"version": now["terms"]}
        )
    if shown["total"] != now["total"]:
        totals = {"before": _money(shown["total"]), "after": _money(now["total"])}
        sentences.append(_("El total de hoy era %(before)s y ahora es %(after)s.") % totals)
    return sentences


def _line_differences(shown: Mapping[str, list[Any]], now: Mapping[str, list[Any]]) -> list[str]:
    gone = [
        _("%(name)s ya no está a la venta y salió del pedido.") % {"name": shown[c][0]} for c in shown if c not in now
    ]
    new = [_("%(name)s se agregó al pedido.") % {"name": now[code][0]} for code in now if code not in shown]
    changed = [text for code in shown if code in now for text in _changes_of(shown[code], now[code])]
    return [*gone, *new, *changed]


def _changes_of(before: list[Any], after: list[Any]) -> list[str]:
    sentences = []
    name = {"name": after[0]}
    if before[1] != after[1]:
        texts = {**name, "before": before[1], "after": after[1]}
        sentences.append(_("%(name)s: eran %(before)s unidades y ahora son %(after)s.") % texts)
    if before[2] != after[2]:
        texts = {**name, "before": _money(before[2]), "after": _money(after[2])}
        sentences.append(_("%(name)s: el precio mensual era %(before)s y ahora es %(after)s.") % texts)
    if before[3] != after[3]:
        texts = {**name, "before": _money(before[3]), "after": _money(after[3])}
        sentences.append(_("%(name)s: el costo de alta era %(before)s y ahora es %(after)s.") % texts)
    if before[4] != after[4]:
        sentences.append(_("%(name)s: cambió lo que incluye.") % name)
    if before[0] != after[0]:
        sentences.append(_("%(before)s ahora se llama %(name)s.") % {**name, "before": before[0]})
    return sentences


def _money(text: str) -> str:
    return format_money(Decimal(text))

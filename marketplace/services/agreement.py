"""What the customer saw before *Confirmar*, sealed, and in which words it is not so any more."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from cloudpanel.core.money import format_money
from marketplace.models import BillingPeriod
from marketplace.services.pricing import Quote

_SALT = "marketplace.shown"


def seal(quote: Quote) -> str:
    """``as_shown`` for a hidden field: signed, so that nobody agrees to a price of their own making."""
    return signing.dumps(quote.as_shown(), salt=_SALT, compress=True)


def differences(sealed: str, quote: Quote) -> list[str]:
    """What changed since the customer saw ``sealed``, in sentences; empty when ``quote`` is exactly that."""
    try:
        shown = signing.loads(sealed, salt=_SALT)
    except signing.BadSignature:
        return [_("No reconocemos lo que se le mostró. Revise el pedido y confírmelo de nuevo.")]
    now = quote.as_shown()
    if shown == now:
        return []
    if shown.keys() != now.keys():  # sealed before a release of the panel
        return [_("No reconocemos lo que se le mostró. Revise el pedido y confírmelo de nuevo.")]
    return [*_line_differences(shown["lines"], now["lines"]), *_terms_of_sale(shown, now), *_totals(shown, now)]


def _terms_of_sale(shown: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    sentences = []
    if shown["period"] != now["period"]:
        texts = {"before": BillingPeriod(shown["period"]).label, "after": BillingPeriod(now["period"]).label}
        sentences.append(_("El pago era %(before)s y ahora es %(after)s.") % texts)
    if shown["trial"] != now["trial"]:
        texts = {"before": shown["trial"], "after": now["trial"]}
        sentences.append(_("Los días de prueba eran %(before)s y ahora son %(after)s.") % texts)
    if shown["coupon"] and shown["coupon"] != now["coupon"]:
        sentences.append(_("El descuento «%(name)s» ya no se aplica.") % {"name": shown["coupon"]})
    elif now["coupon"] and shown["coupon"] != now["coupon"]:
        sentences.append(_("Ahora se aplica el descuento «%(name)s».") % {"name": now["coupon"]})
    if shown["tax_rate"] != now["tax_rate"]:
        sentences.append(_("Cambió la tasa de IVA."))
    if shown["terms"] != now["terms"]:
        sentences.append(
            _("Cambiaron los términos y condiciones: ahora rige la versión %(version)s.") % {"version": now["terms"]}
        )
    return sentences


def _totals(shown: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    texts = {
        "discount": _("El descuento de hoy era %(before)s y ahora es %(after)s."),
        "total": _("El total de hoy era %(before)s y ahora es %(after)s."),
        "recurring": _("El total de cada periodo era %(before)s y ahora es %(after)s."),
    }
    return [
        text % {"before": _money(shown[name]), "after": _money(now[name])}
        for name, text in texts.items()
        if shown[name] != now[name]
    ]


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
        sentences.append(_("%(name)s: el precio era %(before)s y ahora es %(after)s.") % texts)
    if before[3] != after[3]:
        texts = {**name, "before": _money(before[3]), "after": _money(after[3])}
        sentences.append(_("%(name)s: el costo de alta era %(before)s y ahora es %(after)s.") % texts)
    if before[4:] != after[4:]:
        sentences.append(_("%(name)s: cambió lo que incluye.") % name)
    if before[0] != after[0]:
        sentences.append(_("%(before)s ahora se llama %(name)s.") % {**name, "before": before[0]})
    return sentences


def _money(text: str) -> str:
    return format_money(Decimal(text))

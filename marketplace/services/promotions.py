"""Coupons and promotions: which one a purchase gets, and who gets the last use of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import Coupon, Order, SubscriptionDiscount
from marketplace.services.pricing import Quote, QuoteService, with_coupon

FIELD = "cupon"


def with_promotion(quote: Quote, account: Account, code: str = "") -> Quote:
    """``quote`` with the coupon ``code``; without one, with the promotion that saves most, if any fits.

    Raises BusinessError (field ``cupon``) saying why the coupon cannot be used. One statement, two with a coupon.
    """
    today = timezone.localdate()
    if code:
        coupon = _find_coupon(code.strip(), quote, account, today)
        return with_coupon(quote, coupon, _products_of(coupon))
    offers = [
        with_coupon(quote, promotion, _products_of(promotion))
        for promotion in _with_products(Coupon.objects.in_force(today).filter(code=""))
        if _fits(promotion, quote)
    ]
    return max([quote, *offers], key=lambda each: sum(line.coupon_off for line in each.lines))


def claim(coupon: Coupon) -> None:
    """Takes one use, by one conditional UPDATE: of two people at once who want the last one, one gets it.

    Raises BusinessError ``coupon_exhausted``. Call it after the account was locked (see billing.services.issuing).
    """
    taken = Coupon.objects.in_force(timezone.localdate()).filter(pk=coupon.pk).update(used_count=F("used_count") + 1)
    if not taken:
        raise BusinessError(
            _("El descuento «%(name)s» se acaba de agotar. Revise el pedido sin él.") % {"name": coupon.name},
            field=FIELD,
            code="coupon_exhausted",
        )


def give_back(order: Order) -> None:
    """The order was cancelled: somebody else may use what it used."""
    if order.coupon_id is not None:
        Coupon.objects.filter(pk=order.coupon_id, used_count__gt=0).update(used_count=F("used_count") - 1)


def discounts_of(quote: Quote, service: QuoteService) -> list[SubscriptionDiscount]:
    """What goes on helping after today: unsaved, and without their subscription."""
    found = []
    if service.package_off and quote.package:
        found.append(SubscriptionDiscount(description=quote.package.name[:150], amount=service.package_off))
    left = quote.coupon_periods_left
    if quote.coupon and service.coupon_off and left != 0:
        found.append(
            SubscriptionDiscount(description=quote.coupon.name, periods_left=left, **_size(quote.coupon, service))
        )
    return found


def _size(coupon: Coupon, service: QuoteService) -> dict[str, Any]:
    """A percentage stays one where it is of the whole service; otherwise it is the amount that it is today."""
    is_of_all = coupon.percent is not None and not service.package_off
    return {"percent": coupon.percent} if is_of_all else {"amount": service.coupon_off}


def _with_products(coupons: QuerySet[Coupon]) -> Iterable[Coupon]:
    return coupons.annotate(
        product_ids=ArrayAgg("products", filter=Q(products__isnull=False), default=Value([]))
    ).order_by("pk")


def _products_of(coupon: Coupon) -> frozenset[int]:
    return frozenset(coupon.product_ids)  # type: ignore[attr-defined]


def _fits(coupon: Coupon, quote: Quote) -> bool:
    return not _misfit(coupon, quote)


def _misfit(coupon: Coupon, quote: Quote) -> str:
    if coupon.billing_period and coupon.billing_period != quote.period:
        return _("Solo sirve si paga por periodo %(period)s.") % {"period": coupon.get_billing_period_display().lower()}
    products = _products_of(coupon)
    if products and not any(service.plan.product_id in products for service in quote.services):
        return _("No sirve para este servicio.")
    return ""


def _find_coupon(code: str, quote: Quote, account: Account, today: date) -> Coupon:
    found = next(iter(_with_products(Coupon.objects.annotate(wanted=Upper("code")).filter(wanted=code.upper()))), None)
    if found is None or not found.code:
        raise _refusal(_("No existe el cupón «%(code)s». Revise cómo está escrito."), code)
    reason = _out_of_force(found, today) or _misfit(found, quote)
    if reason:
        raise _refusal(_("El cupón «%(code)s» no se puede usar.") + " " + reason, code)
    mine = (
        Order.objects.filter(account=account, coupon=found).exclude(coupon_code="").exclude(state=Order.State.CANCELLED)
    )
    if mine.exists():
        raise _refusal(_("Su cuenta ya usó el cupón «%(code)s»."), code)
    return found


def _out_of_force(coupon: Coupon, today: date) -> str:
    if not coupon.is_active:
        return _("Ya no está en vigor.")
    if coupon.valid_from > today:
        return _("Sirve desde el %(date)s.") % {"date": date_format(coupon.valid_from, "DATE_FORMAT")}
    if coupon.valid_until and coupon.valid_until < today:
        return _("Venció el %(date)s.") % {"date": date_format(coupon.valid_until, "DATE_FORMAT")}
    if coupon.max_uses is not None and coupon.used_count >= coupon.max_uses:
        return _("Ya se usó todas las veces que se podía.")
    return ""


def _refusal(text: str, code: str) -> BusinessError:
    return BusinessError(text % {"code": code[:40]}, field=FIELD, code="coupon_refused")

"""Coupons that a person types, and promotions that apply by themselves."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.models.catalogue import BillingPeriod, Product
from marketplace.models.subscriptions import Subscription


class CouponQuerySet(models.QuerySet["Coupon"]):
    def in_force(self, on: date) -> CouponQuerySet:
        lasts = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
        left = Q(max_uses__isnull=True) | Q(used_count__lt=F("max_uses"))
        return self.filter(lasts, left, valid_from__lte=on, is_active=True)


class Coupon(models.Model):
    """Takes ``percent`` or ``amount`` off what the lines cost per period, never off the set-up, for ``periods`` periods.

    Without a ``code`` it is a promotion: every purchase that it fits gets it. A code works once for each account."""

    code = models.CharField(
        _("código"), max_length=40, blank=True, help_text=_("Vacío: promoción, se aplica sola a quien le corresponda.")
    )
    name = models.CharField(_("nombre"), max_length=120, help_text=_("Así lo lee el cliente en su pedido."))
    percent = models.DecimalField(_("porcentaje"), max_digits=5, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("importe antes de IVA"), max_digits=12, decimal_places=2, null=True, blank=True)
    periods = models.PositiveSmallIntegerField(
        _("periodos con descuento"), default=1, null=True, blank=True, help_text=_("Vacío: siempre.")
    )
    billing_period = models.CharField(
        _("solo si se paga"), max_length=8, choices=BillingPeriod.choices, blank=True, help_text=_("Vacío: cualquiera.")
    )
    products = models.ManyToManyField(
        Product, blank=True, related_name="+", verbose_name=_("servicios"), help_text=_("Vacío: todos.")
    )
    valid_from = models.DateField(_("válido desde"), default=timezone.localdate)
    valid_until = models.DateField(_("válido hasta (inclusive)"), null=True, blank=True)
    max_uses = models.PositiveIntegerField(_("usos en total"), null=True, blank=True, help_text=_("Vacío: sin límite."))
    used_count = models.PositiveIntegerField(_("usos hechos"), default=0, editable=False)
    is_active = models.BooleanField(_("en vigor"), default=True)

    objects = CouponQuerySet.as_manager()

    class Meta:
        verbose_name = _("cupón o promoción")
        verbose_name_plural = _("cupones y promociones")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Upper("code"),
                condition=~Q(code=""),
                name="coupon_code_unique",
                violation_error_message=_("Ese código ya existe."),
            ),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__isnull=True)
                | Q(percent__isnull=True, amount__gt=0),
                name="coupon_percent_or_amount",
                violation_error_message=_("Indique un porcentaje (hasta 100) o un importe, no los dos."),
            ),
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(used_count__lte=F("max_uses")),
                name="coupon_not_overused",
                violation_error_message=_("Ya se usó más veces que ese límite."),
            ),
            models.CheckConstraint(
                condition=Q(periods__isnull=True) | Q(periods__gt=0),
                name="coupon_periods_positive",
                violation_error_message=_("El descuento dura al menos un periodo."),
            ),
        ]

    def __str__(self) -> str:
        return self.code or self.name

    def clean(self) -> None:
        if self.percent is None and self.amount is None:
            raise ValidationError(_("Indique un porcentaje (hasta 100) o un importe, no los dos."))
        if self.valid_until and self.valid_from and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("El descuento no puede terminar antes de empezar.")})

    def off(self, base: Decimal) -> Decimal:
        """What it takes off ``base``, not rounded, never more than all of it."""
        wanted = self.amount if self.percent is None else base * self.percent / 100
        return min(wanted or Decimal(0), base)


class SubscriptionDiscount(models.Model):
    """Taken off every period: the share of a package (an amount, for ever) or what is left of a coupon."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="discounts", verbose_name=_("suscripción")
    )
    description = models.CharField(_("descripción"), max_length=150)
    percent = models.DecimalField(_("porcentaje"), max_digits=5, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(_("importe antes de IVA"), max_digits=12, decimal_places=2, null=True, blank=True)
    periods_left = models.PositiveSmallIntegerField(
        _("periodos que faltan"), null=True, blank=True, help_text=_("Vacío: siempre.")
    )

    class Meta:
        verbose_name = _("descuento de la suscripción")
        verbose_name_plural = _("descuentos de la suscripción")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount__isnull=True)
                | Q(percent__isnull=True, amount__gt=0),
                name="subscription_discount_percent_or_amount",
            )
        ]

    def __str__(self) -> str:
        return self.description

"""What things cost: price lists with their dates, general ones and those agreed with one account.

A price is only ever read to make a quote. What was ordered carries its own copy of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from moneyed import CURRENCIES

from accounts.models import Account
from marketplace.models.catalogue import AddOn, BillingPeriod, Plan
from marketplace.models.packages import Package


class PriceListQuerySet(models.QuerySet["PriceList"]):
    def in_force(self, account: Account, on: date, currency: str) -> PriceListQuerySet:
        """The account's own list and the general one, where there are any. Both days of a list belong to it."""
        mine = Q(account=account) | Q(account=None)
        lasts = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
        return self.filter(mine, lasts, valid_from__lte=on, currency=currency)


class PriceList(models.Model):
    """``account`` empty: the general list. An account's own list needs to name only what differs from the general one."""

    code = models.SlugField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=80)
    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="price_lists",
        verbose_name=_("cuenta"),
        help_text=_("Vacía: lista general. Con una cuenta: sus precios, que van antes que los generales."),
    )
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    valid_from = models.DateField(_("válida desde"), default=timezone.localdate)
    valid_until = models.DateField(_("válida hasta (inclusive)"), null=True, blank=True)

    objects = PriceListQuerySet.as_manager()

    class Meta:
        verbose_name = _("lista de precios")
        verbose_name_plural = _("listas de precios")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="price_list_code_unique"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="price_list_ends_after_it_begins",
                violation_error_message=_("La lista no puede terminar antes de empezar."),
            ),
            ExclusionConstraint(
                name="price_list_no_overlap",
                expressions=[
                    (Coalesce(F("account"), Value(0)), RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_until"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("Ya hay otra lista de la misma cuenta y moneda en esas fechas."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Days that run backwards are said here: no database makes a range of them to compare with other lists."""
        if self.valid_until and self.valid_from and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("La lista no puede terminar antes de empezar.")})
        if self.currency not in CURRENCIES:
            raise ValidationError({"currency": _("Escriba el código ISO 4217 de la moneda: MXN, USD.")})


class Price(models.Model):
    """One thing, one period, one list. Amounts before tax, in the list's currency."""

    price_list = models.ForeignKey(
        PriceList, on_delete=models.CASCADE, related_name="prices", verbose_name=_("lista de precios")
    )
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.CASCADE, related_name="prices", verbose_name=_("plan")
    )
    add_on = models.ForeignKey(
        AddOn,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="prices",
        verbose_name=_("recurso adicional"),
    )
    package = models.ForeignKey(
        Package, null=True, blank=True, on_delete=models.CASCADE, related_name="prices", verbose_name=_("paquete")
    )
    period = models.CharField(_("periodo"), max_length=8, choices=BillingPeriod.choices, default=BillingPeriod.MONTHLY)
    amount = models.DecimalField(_("precio por periodo"), max_digits=12, decimal_places=2)
    setup_fee = models.DecimalField(_("costo de alta"), max_digits=12, decimal_places=2, default=Decimal("0.00"))

    class Meta:
        verbose_name = _("precio")
        verbose_name_plural = _("precios")
        ordering = ["price_list", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=False, add_on__isnull=True, package__isnull=True)
                | Q(plan__isnull=True, add_on__isnull=False, package__isnull=True)
                | Q(plan__isnull=True, add_on__isnull=True, package__isnull=False),
                name="price_of_one_thing",
                violation_error_message=_("Un precio es de un plan, de un recurso adicional o de un paquete."),
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, setup_fee__gte=0),
                name="price_not_negative",
                violation_error_message=_("Un precio no puede ser negativo."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["price_list", thing, "period"],
                    condition=Q(**{f"{thing}__isnull": False}),
                    name=f"price_once_per_{thing}",
                    violation_error_message=_("Ese precio ya está en la lista."),
                )
                for thing in ("plan", "add_on", "package")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan or self.add_on or self.package}: {self.amount} ({self.get_period_display()})"

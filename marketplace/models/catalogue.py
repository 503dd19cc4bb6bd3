"""What is on sale: family → product → plan and add-ons, under terms of a version."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def validate_resources(value: object) -> None:
    """``{"mailboxes": 10}``: codes to whole amounts, and nothing else."""
    is_valid = isinstance(value, dict) and all(
        isinstance(code, str) and type(amount) is int and 0 <= amount <= 2_000_000_000 for code, amount in value.items()
    )
    if not is_valid:
        raise ValidationError(_('Escriba los recursos como {"mailboxes": 10, "storage_gb": 50}.'))


class BillingPeriod(models.TextChoices):
    """How often a service is paid, always in advance."""

    MONTHLY = "monthly", _("Mensual")
    YEARLY = "yearly", _("Anual")

    @property
    def months(self) -> int:
        return 12 if self is BillingPeriod.YEARLY else 1


class ServiceFamilyQuerySet(models.QuerySet["ServiceFamily"]):
    def on_sale(self) -> ServiceFamilyQuerySet:
        """Families with something to buy in them."""
        return self.filter(is_active=True, pk__in=Product.objects.on_sale().values("family"))


class ServiceFamily(models.Model):
    slug = models.SlugField(_("dirección"), max_length=60)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    icon = models.CharField(_("icono (Tabler)"), max_length=40, default="box")
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    objects = ServiceFamilyQuerySet.as_manager()

    class Meta:
        verbose_name = _("familia de servicios")
        verbose_name_plural = _("familias de servicios")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["slug"], name="family_slug_unique")]

    def __str__(self) -> str:
        return self.name


class TermsVersion(models.Model):
    """Terms and conditions as published; an order keeps which version was accepted. Never edited, only superseded."""

    slug = models.SlugField(_("documento"), max_length=60, default="servicios")
    version = models.CharField(_("versión"), max_length=20)
    title = models.CharField(_("título"), max_length=150)
    body = models.TextField(_("texto"))
    published_at = models.DateTimeField(_("publicada"), default=timezone.now)

    class Meta:
        verbose_name = _("versión de los términos")
        verbose_name_plural = _("versiones de los términos")
        ordering = ["slug", "-published_at"]
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="terms_version_unique")]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale(self) -> ProductQuerySet:
        """Nothing is on sale that could not be delivered or agreed to: it needs a lifecycle, a plan and terms."""
        plans = Plan.objects.filter(is_active=True).values("product")
        return self.filter(
            is_active=True,
            family__is_active=True,
            kind__in=list(settings.SERVICE_LIFECYCLES),
            pk__in=plans,
            terms_slug__in=TermsVersion.objects.values("slug"),
        )


class Product(models.Model):
    """A service on sale. ``kind`` names its lifecycle in settings.SERVICE_LIFECYCLES."""

    family = models.ForeignKey(
        ServiceFamily, on_delete=models.PROTECT, related_name="products", verbose_name=_("familia")
    )
    slug = models.SlugField(_("dirección"), max_length=60)
    name = models.CharField(_("nombre"), max_length=80)
    kind = models.CharField(_("tipo de servicio"), max_length=30)
    summary = models.CharField(_("resumen"), max_length=200, blank=True)
    description = models.TextField(_("descripción"), blank=True)
    icon = models.CharField(_("icono (Tabler)"), max_length=40, default="box")
    terms_slug = models.SlugField(_("términos"), max_length=60, default="servicios")
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)
    is_delegable = models.BooleanField(_("se puede delegar"), default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("servicio")
        verbose_name_plural = _("servicios")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["family", "slug"], name="product_slug_unique")]

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """Prices are per month, before tax, in the panel's currency. ``resources`` maps a resource code to what is
    included, e.g. ``{"mailboxes": 10, "storage_gb": 50}``."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans", verbose_name=_("servicio"))
    code = models.SlugField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    price = models.DecimalField(_("precio mensual"), max_digits=12, decimal_places=2)
    setup_fee = models.DecimalField(_("costo de alta"), max_digits=12, decimal_places=2, default=Decimal("0.00"))
    resources = models.JSONField(_("recursos incluidos"), default=dict, validators=[validate_resources])
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("planes")
        ordering = ["position", "price"]
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="plan_code_unique"),
            models.CheckConstraint(condition=Q(price__gte=0, setup_fee__gte=0), name="plan_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.name}"


class AddOn(models.Model):
    """*Recurso adicional*: each unit adds ``quantity`` of ``resource`` to the subscription."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="add_ons", verbose_name=_("servicio"))
    code = models.SlugField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    resource = models.CharField(_("recurso"), max_length=40)
    quantity = models.PositiveIntegerField(_("cantidad por unidad"), default=1)
    price = models.DecimalField(_("precio mensual"), max_digits=12, decimal_places=2)
    setup_fee = models.DecimalField(_("costo de alta"), max_digits=12, decimal_places=2, default=Decimal("0.00"))
    max_units = models.PositiveIntegerField(_("máximo de unidades"), default=100)
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    class Meta:
        verbose_name = _("recurso adicional")
        verbose_name_plural = _("recursos adicionales")
        ordering = ["position", "price"]
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="addon_code_unique"),
            models.CheckConstraint(condition=Q(price__gte=0, setup_fee__gte=0), name="addon_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name

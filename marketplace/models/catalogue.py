"""What is on sale: family → product → plan and add-ons, under terms of a version."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
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

    def clean(self) -> None:
        """The version is a part of the page's address."""
        if not re.fullmatch(r"\w[\w.-]*", self.version):
            raise ValidationError({"version": _("Escriba la versión con letras, números, puntos y guiones: 2026-11.")})


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
    is_charged_when_ready = models.BooleanField(
        _("no se cobra hasta que funcione"),
        default=False,
        help_text=_("Se pone en marcha enseguida y se cobra cuando funciona. Sin esto, primero se paga."),
    )
    sat_product_code = models.CharField(_("clave de producto o servicio (SAT)"), max_length=8, default="81112106")
    sat_unit_code = models.CharField(_("clave de unidad (SAT)"), max_length=3, default="E48")

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("servicio")
        verbose_name_plural = _("servicios")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["family", "slug"], name="product_slug_unique")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What nothing delivers would never be on sale, and no CFDI takes a clave that is none."""
        kinds = ", ".join(sorted(settings.SERVICE_LIFECYCLES))
        wrong: dict[str, object] = {}
        if self.kind not in settings.SERVICE_LIFECYCLES:
            wrong["kind"] = _("El panel no tiene ese tipo de servicio. Tiene: %(kinds)s.") % {"kinds": kinds}
        if not re.fullmatch("[0-9]{8}", self.sat_product_code):
            wrong["sat_product_code"] = _("La clave de producto o servicio del SAT tiene ocho cifras: 81112106.")
        if not re.fullmatch("[0-9A-Z]{1,3}", self.sat_unit_code):
            wrong["sat_unit_code"] = _("La clave de unidad del SAT tiene hasta tres letras o cifras: E48.")
        if wrong:
            raise ValidationError(wrong)


class Plan(models.Model):
    """``resources`` maps a resource code to what is included, e.g. ``{"mailboxes": 10, "storage_gb": 50}``.

    What it costs is in the price lists; a plan without a price in force is not offered."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans", verbose_name=_("servicio"))
    code = models.SlugField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    trial_days = models.PositiveSmallIntegerField(
        _("días de prueba"), default=0, help_text=_("Los primeros días no se cobran, una vez por cuenta y servicio.")
    )
    resources = models.JSONField(_("recursos incluidos"), default=dict, validators=[validate_resources])
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("planes")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["product", "code"], name="plan_code_unique")]

    def __str__(self) -> str:
        return f"{self.product} {self.name}"


class AddOn(models.Model):
    """*Recurso adicional*: each unit adds ``quantity`` of ``resource`` to the subscription.

    Whoever takes any takes at least ``min_units``, and has at most ``max_units``; the first ``included_units`` are free.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="add_ons", verbose_name=_("servicio"))
    code = models.SlugField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    resource = models.CharField(_("recurso"), max_length=40)
    quantity = models.PositiveIntegerField(_("cantidad por unidad"), default=1)
    included_units = models.PositiveIntegerField(_("unidades sin costo"), default=0)
    min_units = models.PositiveIntegerField(_("mínimo de unidades"), default=1)
    max_units = models.PositiveIntegerField(_("máximo de unidades"), default=100)
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    class Meta:
        verbose_name = _("recurso adicional")
        verbose_name_plural = _("recursos adicionales")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="addon_code_unique"),
            models.CheckConstraint(
                condition=Q(min_units__lte=F("max_units"), included_units__lte=F("max_units")),
                name="addon_units_in_order",
                violation_error_message=_("El mínimo y las unidades sin costo no pueden pasar del máximo."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

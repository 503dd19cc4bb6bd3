"""*Promoción de Paquetes*: several services sold as one, for one price."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.models.catalogue import AddOn, Plan, TermsVersion


class PackageQuerySet(models.QuerySet["Package"]):
    def on_sale(self, on: date) -> PackageQuerySet:
        """Active, within its dates and with terms; whether all of it can be delivered is for ``services.offers`` to say."""
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=on)
        lasts = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
        agreed = TermsVersion.objects.values("slug")
        return self.filter(begun, lasts, is_active=True, terms_slug__in=agreed)

    def whole(self) -> PackageQuerySet:
        """With everything in them, in one more statement."""
        lines = PackageLine.objects.select_related("plan__product__family", "add_on")
        return self.prefetch_related(models.Prefetch("lines", lines))


class Package(models.Model):
    """One order, several subscriptions, one price (:class:`Price` with this package)."""

    slug = models.SlugField(_("dirección"), max_length=60)
    name = models.CharField(_("nombre"), max_length=80)
    summary = models.CharField(_("resumen"), max_length=200, blank=True)
    description = models.TextField(_("descripción"), blank=True)
    icon = models.CharField(_("icono (Tabler)"), max_length=40, default="packages")
    terms_slug = models.SlugField(_("términos"), max_length=60, default="servicios")
    valid_from = models.DateField(_("a la venta desde"), null=True, blank=True)
    valid_until = models.DateField(_("a la venta hasta (inclusive)"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    objects = PackageQuerySet.as_manager()

    class Meta:
        verbose_name = _("paquete")
        verbose_name_plural = _("paquetes")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["slug"], name="package_slug_unique"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="package_ends_after_it_begins",
                violation_error_message=_("El paquete no puede terminar antes de empezar."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PackageLine(models.Model):
    """A plan, or units of an add-on for the plan with the same ``service``: lines with one number are one subscription."""

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="lines", verbose_name=_("paquete"))
    service = models.PositiveSmallIntegerField(
        _("servicio n.º"), default=1, help_text=_("Las líneas con el mismo número son una misma suscripción.")
    )
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan")
    )
    add_on = models.ForeignKey(
        AddOn, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("recurso adicional")
    )
    units = models.PositiveIntegerField(_("unidades"), default=1)

    class Meta:
        verbose_name = _("contenido del paquete")
        verbose_name_plural = _("contenido del paquete")
        ordering = ["package", "service", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=False, add_on__isnull=True, units=1)
                | Q(plan__isnull=True, add_on__isnull=False, units__gt=0),
                name="package_line_is_plan_or_addon",
                violation_error_message=_("Cada línea es un plan (una unidad) o un recurso adicional."),
            ),
            models.UniqueConstraint(
                fields=["package", "service"],
                condition=Q(plan__isnull=False),
                name="package_one_plan_per_service",
                violation_error_message=_("Cada servicio del paquete tiene un solo plan."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} × {self.plan or self.add_on}"

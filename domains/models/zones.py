"""DNS zones that the provider's nameservers answer for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from domains.models.domains import Domain
from domains.zones.records import KINDS, LONGEST, SHORTEST, Record


class ZoneQuerySet(models.QuerySet["Zone"]):
    def visible_to(self, membership: Membership) -> ZoneQuerySet:
        return self.filter(domain__in=Domain.objects.visible_to(membership))

    def alive(self) -> ZoneQuerySet:
        return self.exclude(state=Zone.State.WITHDRAWN)


class Zone(PublicModel):
    """What we answer for one domain.

    ``version`` counts what people applied here; ``published_version`` is the one that the primary server has confirmed,
    ``serial`` its SOA serial then (RFC 1035, 3.3.13). ``extra`` and ``missing`` are what the server had otherwise when
    somebody looked last: [name, kind, value, ttl], ours and published being equal when both are empty."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Activa")
        WITHDRAWING = "withdrawing", _("Retirándose")
        WITHDRAWN = "withdrawn", _("Retirada")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, related_name="zones", verbose_name=_("dominio"))
    name = models.CharField(_("nombre"), max_length=253, db_collation="C")
    state = models.CharField(_("estado"), max_length=11, choices=State.choices, default=State.ACTIVE)
    version = models.PositiveIntegerField(_("versión"), default=0)
    published_version = models.PositiveIntegerField(_("versión publicada"), default=0)
    published_at = models.DateTimeField(_("publicada"), null=True, blank=True)
    serial = models.BigIntegerField(_("número de serie"), null=True, blank=True)
    compared_at = models.DateTimeField(_("comparada"), null=True, blank=True)
    extra = models.JSONField(_("de más en el servidor"), default=list, blank=True)
    missing = models.JSONField(_("faltan en el servidor"), default=list, blank=True)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = ZoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("zona DNS")
        verbose_name_plural = _("zonas DNS")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=~Q(state="withdrawn"), name="zone_hosted_once"),
            models.CheckConstraint(
                condition=Q(published_version__lte=models.F("version")), name="zone_published_exists"
            ),
        ]
        indexes = [models.Index(fields=["compared_at", "id"], condition=Q(state="active"), name="zone_to_compare")]

    def __str__(self) -> str:
        return self.domain.readable_name

    @property
    def has_drift(self) -> bool:
        return bool(self.extra or self.missing)

    @property
    def is_published(self) -> bool:
        return self.version > 0 and self.published_version == self.version


class ZoneRecordQuerySet(models.QuerySet["ZoneRecord"]):
    def applied(self) -> ZoneRecordQuerySet:
        """What is in force, whether or not somebody prepares to take it away."""
        return self.exclude(stage=ZoneRecord.Stage.ADDED)

    def wanted(self) -> ZoneRecordQuerySet:
        """What will be in force once the prepared changes are applied."""
        return self.exclude(stage=ZoneRecord.Stage.REMOVED)

    def staged(self) -> ZoneRecordQuerySet:
        return self.exclude(stage=ZoneRecord.Stage.KEPT)


class ZoneRecord(PublicModel):
    """One record, in force or prepared (``stage``). ``value`` is its data in zone-file form with absolute names."""

    class Stage(models.TextChoices):
        KEPT = "kept", _("Vigente")
        ADDED = "added", _("Por agregar")
        REMOVED = "removed", _("Por quitar")

    zone = models.ForeignKey(
        Zone, on_delete=models.CASCADE, related_name="records", verbose_name=_("zona"), db_index=False
    )
    name = models.CharField(_("nombre"), max_length=253, db_collation="C")
    kind = models.CharField(_("tipo"), max_length=5, choices=[(kind, kind) for kind in KINDS])
    value = models.TextField(_("valor"), db_collation="C")
    ttl = models.PositiveIntegerField(_("tiempo de vida"), default=3600)
    stage = models.CharField(_("cambio"), max_length=7, choices=Stage.choices, default=Stage.KEPT)

    objects = ZoneRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("registro DNS")
        verbose_name_plural = _("registros DNS")
        ordering = ["name", "kind", "pk"]
        constraints = [
            # What is in force and what is wanted are each a set; a change of the time to live alone is in both.
            models.UniqueConstraint(
                "zone", "name", "kind", MD5("value"), condition=~Q(stage="added"), name="zone_record_applied_once"
            ),
            models.UniqueConstraint(
                "zone", "name", "kind", MD5("value"), condition=~Q(stage="removed"), name="zone_record_wanted_once"
            ),
            models.UniqueConstraint(
                fields=["zone", "name"], condition=Q(kind="CNAME") & ~Q(stage="removed"), name="zone_record_one_cname"
            ),
            models.CheckConstraint(condition=Q(ttl__gte=SHORTEST, ttl__lte=LONGEST), name="zone_record_time_to_live"),
            models.CheckConstraint(
                condition=~Q(name="@", kind__in=["CNAME", "NS"]), name="zone_record_apex_is_the_providers"
            ),
        ]
        indexes = [models.Index(fields=["zone", "name", "kind", "id"], name="zone_record_listed")]

    def __str__(self) -> str:
        return f"{self.name} {self.kind}"

    @property
    def record(self) -> Record:
        return Record(self.name, self.kind, self.value, self.ttl)


class ZoneVersion(models.Model):
    """What somebody applied, whole: what can be gone back to. ``records``: [name, kind, value, ttl]."""

    class Reason(models.TextChoices):
        CREATED = "created", _("Zona creada")
        CHANGE = "change", _("Cambio")
        EXPECTED = "expected", _("Registros de nuestros servicios")

    zone = models.ForeignKey(
        Zone, on_delete=models.CASCADE, related_name="versions", verbose_name=_("zona"), db_index=False
    )
    number = models.PositiveIntegerField(_("versión"))
    created_at = models.DateTimeField(_("aplicada"), auto_now_add=True)
    author = models.CharField(_("quién"), max_length=254)
    reason = models.CharField(_("motivo"), max_length=10, choices=Reason.choices, default=Reason.CHANGE)
    added = models.PositiveIntegerField(_("agregados"), default=0)
    removed = models.PositiveIntegerField(_("quitados"), default=0)
    records = models.JSONField(_("registros"), default=list)

    class Meta:
        verbose_name = _("versión de una zona")
        verbose_name_plural = _("versiones de zonas")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["zone", "number"], name="zone_version_once")]

    def __str__(self) -> str:
        return str(self.number)

"""What the panel and the mail server do not agree on, as the last comparison found it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import ACTIVE_STATES, Job
from exchange.models.domains import MailDomain
from marketplace.models import OwnedQuerySet, Subscription


class FindingQuerySet(OwnedQuerySet):
    def unresolved(self) -> FindingQuerySet:
        return self.filter(resolved_at=None)

    def resolved(self) -> FindingQuerySet:
        return self.filter(resolved_at__isnull=False)

    def idle(self) -> FindingQuerySet:
        """Nobody is seeing to them right now."""
        return self.unresolved().exclude(last_job__state__in=ACTIVE_STATES)


class Finding(PublicModel):
    """One mailbox, list or contact (``thing``) on which the two sides differ. It is one row for ever: solved, it closes; found
    again, it opens.

    ``mail_id`` is its id on both sides. ``panel`` and ``server`` hold, of what differs, what each side says:
    ``address``, ``quota_mb``, ``state``, ``protocols`` (and, of what the panel does not know, what it would need to
    take it over: ``display_name``, ``has_password``).
    """

    class Kind(models.TextChoices):
        MISSING = "missing", _("Falta en el servidor")
        UNKNOWN = "unknown", _("No está en el panel")
        DIFFERENT = "different", _("Datos distintos")

    class Thing(models.TextChoices):
        MAILBOX = "mailbox", _("Buzón")
        LIST = "list", _("Lista de distribución")
        CONTACT = "contact", _("Contacto externo")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="mail_findings", verbose_name=_("suscripción")
    )
    mail_domain = models.ForeignKey(
        MailDomain, null=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("dominio")
    )
    mail_id = models.UUIDField(_("identificador del buzón"))
    address = models.CharField(_("correo electrónico"), max_length=254)
    kind = models.CharField(_("tipo"), max_length=10, choices=Kind.choices)
    thing = models.CharField(
        _("qué es"), max_length=8, choices=Thing.choices, default=Thing.MAILBOX, db_default=Thing.MAILBOX
    )
    panel = models.JSONField(_("en el panel"), default=dict)
    server = models.JSONField(_("en el servidor"), default=dict)
    opened_at = models.DateTimeField(_("encontrada"), default=timezone.now)
    seen_at = models.DateTimeField(_("vista por última vez"), default=timezone.now)
    resolved_at = models.DateTimeField(_("resuelta"), null=True, blank=True)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("diferencia")
        verbose_name_plural = _("diferencias")
        constraints = [models.UniqueConstraint(fields=["subscription", "mail_id"], name="finding_once")]
        indexes = [
            models.Index(fields=["subscription", "address", "id"], condition=Q(resolved_at=None), name="finding_open"),
            models.Index(
                fields=["subscription", "resolved_at"], condition=Q(resolved_at__isnull=False), name="finding_resolved"
            ),
        ]

    def __str__(self) -> str:
        return self.address


class Comparison(PublicModel):
    """The last comparison of a subscription: when it ended, and how many mailboxes each side had."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.OneToOneField(
        Subscription, on_delete=models.CASCADE, related_name="mail_comparison", verbose_name=_("suscripción")
    )
    finished_at = models.DateTimeField(_("terminada"), null=True, blank=True)
    panel_count = models.PositiveIntegerField(_("buzones en el panel"), default=0)
    server_count = models.PositiveIntegerField(_("buzones en el servidor"), default=0)
    finding_count = models.PositiveIntegerField(_("diferencias"), default=0)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("comparación")
        verbose_name_plural = _("comparaciones")

    def __str__(self) -> str:
        return str(self.subscription)

"""Where a registry says something else than we do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from domains.models.domains import Domain


class DomainFinding(models.Model):
    """One difference between our row and the registry, from the day on which it was seen until it is gone."""

    class Kind(models.TextChoices):
        MISSING = "missing", _("No está en el registro")
        SPONSOR = "sponsor", _("Lo tiene otro registrador")
        EXPIRY = "expiry", _("Otra fecha de vencimiento")
        NAMESERVERS = "nameservers", _("Otros servidores de nombres")
        LOCK = "lock", _("Otro bloqueo")

    class State(models.TextChoices):
        OPEN = "open", _("Requiere atención")
        WORKING = "working", _("En proceso")
        RESOLVED = "resolved", _("Resuelto")

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="findings", verbose_name=_("dominio"))
    kind = models.CharField(_("diferencia"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("estado"), max_length=8, choices=State.choices, default=State.OPEN)
    expected = models.CharField(_("aquí"), max_length=500, blank=True)
    seen = models.CharField(_("en el registro"), max_length=500, blank=True)
    found_at = models.DateTimeField(_("visto desde"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("resuelto"), null=True, blank=True)

    class Meta:
        verbose_name = _("diferencia con el registro")
        verbose_name_plural = _("diferencias con el registro")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["domain", "kind"], condition=~Q(state="resolved"), name="domain_finding_once_while_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {self.get_kind_display()}"

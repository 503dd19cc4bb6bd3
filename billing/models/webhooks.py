"""What gateways told us by themselves. Each event once, however often it is sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReceivedEvent(models.Model):
    """Only names are kept: the truth is asked of the gateway."""

    class Outcome(models.TextChoices):
        RUNG = "rung", _("Se consulta a la pasarela")
        UNKNOWN = "unknown", _("De algo que no es nuestro")
        IGNORED = "ignored", _("No cambia nada aquí")

    gateway = models.CharField(_("pasarela"), max_length=20)
    event_id = models.CharField(_("identificador"), max_length=255)
    kind = models.CharField(_("tipo"), max_length=255)
    object_ref = models.CharField(_("objeto"), max_length=255, blank=True)
    outcome = models.CharField(_("resultado"), max_length=10, choices=Outcome.choices)
    received_at = models.DateTimeField(_("recibido"), auto_now_add=True)

    class Meta:
        verbose_name = _("aviso de la pasarela")
        verbose_name_plural = _("avisos de la pasarela")
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="received_event_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"

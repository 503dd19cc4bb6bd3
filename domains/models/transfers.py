"""A domain on its way to us."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from domains.models.domains import Domain


class DomainTransfer(models.Model):
    """How far it has come. Nothing is charged before ``READY``, and what ends otherwise than in ``ARRIVED`` is paid back.

    ``expires_before`` is the expiry that the losing side had: endings whose transfer adds no year are renewed for the
    year that was paid when they have arrived. ``replaced`` is the row of a domain that the account had as an external one:
    it comes back when the transfer does not arrive."""

    class Step(models.TextChoices):
        CHECKING = "checking", _("En revisión")
        READY = "ready", _("Falta confirmar")
        ORDERED = "ordered", _("Confirmada")  # the order waits for its payment, or for its turn
        ASKED = "asked", _("Solicitada al otro proveedor")
        ARRIVED = "arrived", _("Terminada")
        REFUSED = "refused", _("No se puede transferir")  # found out before anything was charged
        REJECTED = "rejected", _("Rechazada por el otro proveedor")
        CANCELLED = "cancelled", _("Cancelada")

    OPEN = (Step.CHECKING, Step.READY, Step.ORDERED, Step.ASKED)
    OVER = (Step.ARRIVED, Step.REFUSED, Step.REJECTED, Step.CANCELLED)

    domain = models.OneToOneField(Domain, on_delete=models.CASCADE, related_name="transfer", verbose_name=_("dominio"))
    step = models.CharField(_("paso"), max_length=10, choices=Step.choices, default=Step.CHECKING)
    created_at = models.DateTimeField(_("pedida"), auto_now_add=True)
    checked_at = models.DateTimeField(_("revisada"), null=True, blank=True)
    ordered_at = models.DateTimeField(_("confirmada"), null=True, blank=True)
    asked_at = models.DateTimeField(_("solicitada"), null=True, blank=True)
    act_by = models.DateTimeField(_("se aprueba sola"), null=True, blank=True)
    ended_at = models.DateTimeField(_("terminada"), null=True, blank=True)
    expires_before = models.DateTimeField(_("vencía"), null=True, blank=True)
    reason = models.TextField(_("motivo"), blank=True)
    replaced = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("externo antes")
    )

    class Meta:
        verbose_name = _("transferencia")
        verbose_name_plural = _("transferencias")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.domain}: {self.get_step_display()}"

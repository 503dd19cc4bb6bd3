"""Charges that their holder contested at their bank (*contracargos*)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment, Refund
from cloudpanel.core.models import PublicModel


class Dispute(PublicModel):
    """What the gateway last said of it. ``withdrawal`` is the money that the bank took, booked as money that went back;
    ``return_payment`` is the same money when the matter was decided for us: it came anew, and pays what is open."""

    class State(models.TextChoices):
        QUESTION = "question", _("El banco pregunta")
        OPEN = "open", _("En disputa")
        WON = "won", _("Resuelto a nuestro favor")
        LOST = "lost", _("Resuelto a favor del titular")
        CLOSED = "closed", _("Cerrado sin cargo")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("cobro"))
    gateway_ref = models.CharField(_("identificador en la pasarela"), max_length=255)
    state = models.CharField(_("estado"), max_length=10, choices=State.choices)
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)
    reason = models.CharField(_("motivo según el banco"), max_length=80, blank=True)
    closed_at = models.DateTimeField(_("resuelto el"), null=True, blank=True)
    withdrawal = models.OneToOneField(
        Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="dispute", verbose_name=_("retiro")
    )
    return_payment = models.OneToOneField(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("reintegro")
    )

    class Meta:
        verbose_name = _("contracargo")
        verbose_name_plural = _("contracargos")
        constraints = [
            models.UniqueConstraint(fields=["gateway_ref"], name="dispute_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="dispute_not_negative"),
            models.CheckConstraint(
                condition=Q(return_payment__isnull=True) | Q(withdrawal__isnull=False), name="dispute_returns_what_went"
            ),
        ]

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        return {"question": "warning", "open": "danger", "won": "success", "lost": "danger"}.get(self.state, "muted")

    def __str__(self) -> str:
        return f"{self.gateway_ref} · {self.amount}"

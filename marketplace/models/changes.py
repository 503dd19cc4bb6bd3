"""What a change of a subscription leads to, written down when it is confirmed and carried out when it is ready."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.catalogue import Plan
from marketplace.models.orders import OrderItem


class SubscriptionChange(models.Model):
    """``items`` is what the subscription will be made of, at the prices that were confirmed; ``included`` maps every
    resource to its amount before and after. What gets less is taken at once, what gets more when the work is done."""

    order_item = models.OneToOneField(
        OrderItem, on_delete=models.CASCADE, related_name="change", verbose_name=_("servicio del pedido")
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan"))
    items: models.JSONField[Any, Any] = models.JSONField(_("conceptos"), default=list)
    before: models.JSONField[Any, Any] = models.JSONField(_("incluido antes"), default=dict)
    after: models.JSONField[Any, Any] = models.JSONField(_("incluido después"), default=dict)

    class Meta:
        verbose_name = _("cambio de la suscripción")
        verbose_name_plural = _("cambios de la suscripción")

    def __str__(self) -> str:
        return str(self.order_item)

"""What is asked for again and again, and how far the panel has gone with it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models import Invoice


class Dunning(models.Model):
    """One invoice that is due, or soon will be. ``step`` is the next one of ``dunning_schedule.SCHEDULE``, to be taken on
    ``next_on``; ``last_on`` is when the one before was taken. Closed when the invoice is settled or nothing is left to
    be done."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="dunning", verbose_name=_("factura"))
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    step = models.PositiveSmallIntegerField(_("paso"), default=0)
    next_on = models.DateField(_("siguiente paso"))
    last_on = models.DateField(_("último paso"), null=True, blank=True)
    is_open = models.BooleanField(_("en curso"), default=True)
    has_suspended = models.BooleanField(_("suspendió el servicio"), default=False)

    class Meta:
        verbose_name = _("cobranza")
        verbose_name_plural = _("cobranza")
        indexes = [models.Index(fields=["next_on"], condition=Q(is_open=True), name="dunning_due")]

    def __str__(self) -> str:
        return f"{self.invoice}: {self.step}"

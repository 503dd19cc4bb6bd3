"""What a PAC gave for a document: it is a CFDI from then on."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import CreditNote, Invoice


class Stamp(models.Model):
    """``uuid`` is the *folio fiscal*, ``xml`` the document as it was certified: it stays as it is."""

    invoice = models.OneToOneField(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="stamp", verbose_name=_("factura")
    )
    credit_note = models.OneToOneField(
        CreditNote,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="stamp",
        verbose_name=_("nota de crédito"),
    )
    uuid = models.UUIDField(_("folio fiscal"))
    xml = models.TextField(_("CFDI timbrado"))
    stamped_at = models.DateTimeField(_("timbrada"), default=timezone.now)

    class Meta:
        verbose_name = _("timbre fiscal")
        verbose_name_plural = _("timbres fiscales")
        constraints = [
            models.UniqueConstraint(fields=["uuid"], name="stamp_uuid_once"),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, credit_note__isnull=True)
                | Q(invoice__isnull=True, credit_note__isnull=False),
                name="stamp_of_one_document",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid).upper()

"""What the customer owes. Gateways and invoices come on top of Payment; the first way to pay is a bank transfer."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership
from cloudpanel.core.models import PublicModel
from cloudpanel.core.money import ZERO


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, membership: Membership) -> PaymentQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()

    def owed(self) -> PaymentQuerySet:
        return self.filter(state=Payment.State.PENDING)

    def total(self) -> Decimal:
        return self.aggregate(total=Sum("amount"))["total"] or ZERO


class Payment(PublicModel):
    """An amount that the customer owes, or has paid, for one thing. A SPEI transfer must carry ``reference``."""

    class State(models.TextChoices):
        PENDING = "pending", _("Por pagar")
        RECEIVED = "received", _("Pagado")
        CANCELLED = "cancelled", _("Cancelado")
        REFUND_DUE = "refund_due", _("Por devolver")
        REFUNDED = "refunded", _("Devuelto")

    class Method(models.TextChoices):
        TRANSFER = "transfer", _("Transferencia bancaria (SPEI)")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments", verbose_name=_("cuenta"))
    method = models.CharField(_("método"), max_length=20, choices=Method.choices, default=Method.TRANSFER)
    state = models.CharField(_("estado"), max_length=20, choices=State.choices, default=State.PENDING)
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    concept = models.CharField(_("concepto"), max_length=200)
    reference = models.CharField(_("referencia"), max_length=20)
    due_date = models.DateField(_("vence"))
    received_at = models.DateTimeField(_("recibido"), null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("cobro")
        verbose_name_plural = _("cobros")
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="payment_reference_unique"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="payment_not_negative"),
            models.CheckConstraint(
                condition=Q(state__in=["received", "refund_due", "refunded"], received_at__isnull=False)
                | Q(state__in=["pending", "cancelled"], received_at__isnull=True),
                name="payment_received_has_date",
            ),
        ]
        indexes = [models.Index(fields=["account", "state"], name="payment_by_account")]

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        return {"pending": "waiting", "received": "success", "refund_due": "warning"}.get(self.state, "muted")

    def __str__(self) -> str:
        return f"{self.reference} · {self.amount} {self.currency}"

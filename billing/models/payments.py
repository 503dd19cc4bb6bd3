"""Money that moves: payments, which invoices they paid, and what was sent back."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership
from billing.models.invoices import Invoice
from cloudpanel.core.models import PublicModel
from cloudpanel.core.money import ZERO


def new_key() -> str:
    return str(uuid.uuid4())


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, membership: Membership) -> PaymentQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()

    def with_credit(self) -> PaymentQuerySet:
        """Money that came and is neither used by an invoice nor sent back (nor about to be): *saldo a favor*."""
        return self.filter(state__in=Payment.HERE, amount__gt=F("allocated") + F("refunded"))


class Payment(PublicModel):
    """One movement of money from the customer, tried, awaited or arrived.

    ``invoice`` is what it was meant for; what it really paid are its allocations. ``allocated`` and ``refunded`` (sent
    back or promised) are kept equal to their rows by the services and proved by ``verify_ledger``.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Por pagar")
        PROCESSING = "processing", _("Procesando")
        NEEDS_ACTION = "needs_action", _("Falta su autorización")
        RECEIVED = "received", _("Pagado")
        FAILED = "failed", _("Rechazado")
        CANCELLED = "cancelled", _("Cancelado")
        REFUND_DUE = "refund_due", _("Por devolver")
        REFUNDED = "refunded", _("Devuelto")

    class Method(models.TextChoices):
        TRANSFER = "transfer", _("Transferencia bancaria (SPEI)")
        CARD = "card", _("Tarjeta")
        ADJUSTMENT = "adjustment", _("Ajuste")

    HERE = (State.RECEIVED, State.REFUND_DUE)
    """The money, or a part of it, is with us."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="payments", verbose_name=_("cuenta"))
    invoice = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="payments", verbose_name=_("factura")
    )
    method = models.CharField(_("método"), max_length=20, choices=Method.choices, default=Method.TRANSFER)
    gateway = models.CharField(_("pasarela"), max_length=20, blank=True)
    gateway_ref = models.CharField(_("identificador en la pasarela"), max_length=255, blank=True)
    idempotency_key = models.CharField(_("clave de una sola vez"), max_length=120, default=new_key)
    state = models.CharField(_("estado"), max_length=20, choices=State.choices, default=State.PENDING)
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)
    allocated = models.DecimalField(_("aplicado"), max_digits=14, decimal_places=2, default=ZERO)
    refunded = models.DecimalField(_("devuelto"), max_digits=14, decimal_places=2, default=ZERO)
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    concept = models.CharField(_("concepto"), max_length=200, blank=True)
    reference = models.CharField(_("referencia"), max_length=40, blank=True)  # as the bank or the gateway gave it
    received_at = models.DateTimeField(_("recibido"), null=True, blank=True)
    failure_code = models.CharField(_("código de la falla"), max_length=80, blank=True)
    failure_message = models.CharField(_("motivo de la falla"), max_length=300, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("cobro")
        verbose_name_plural = _("cobros")
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="payment_once_per_key"),
            models.UniqueConstraint(
                fields=["gateway", "gateway_ref"], condition=~Q(gateway_ref=""), name="payment_once_per_gateway_ref"
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(method="card", state__in=["pending", "processing", "needs_action"]),
                name="payment_one_card_charge_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, allocated__gte=0, refunded__gte=0), name="payment_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=F("allocated") + F("refunded")), name="payment_not_used_twice"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["received", "refund_due", "refunded"], received_at__isnull=False)
                | Q(
                    state__in=["pending", "processing", "needs_action", "failed", "cancelled"],
                    received_at__isnull=True,
                    allocated=0,
                    refunded=0,
                ),
                name="payment_received_has_date",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state"], name="payment_by_account"),
            models.Index(
                fields=["account"],
                condition=Q(state__in=["received", "refund_due"], amount__gt=F("allocated") + F("refunded")),
                name="payment_with_credit",
            ),
        ]

    @property
    def credit(self) -> Decimal:
        """What of it is *saldo a favor*."""
        return self.amount - self.allocated - self.refunded if self.state in self.HERE else ZERO

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        tones = {
            "pending": "waiting",
            "processing": "progress",
            "needs_action": "warning",
            "received": "success",
            "failed": "danger",
            "refund_due": "warning",
        }
        return tones.get(self.state, "muted")

    def __str__(self) -> str:
        return f"{self.reference or self.get_method_display()} · {self.amount} {self.currency}"


class PaymentAllocation(models.Model):
    """How much of a payment pays an invoice now. A credit note gives it back: then the row shrinks or goes."""

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("cobro"), db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="allocations", verbose_name=_("factura")
    )
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("aplicación de un cobro")
        verbose_name_plural = _("aplicaciones de cobros")
        constraints = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="allocation_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} → {self.invoice_id}: {self.amount}"


class RefundQuerySet(models.QuerySet["Refund"]):
    def visible_to(self, membership: Membership) -> RefundQuerySet:
        return self.filter(payment__account_id=membership.account_id) if membership.is_admin else self.none()


class Refund(PublicModel):
    """Money on its way back. It counts in ``Payment.refunded`` from the moment it is promised, in the ledger when done."""

    class State(models.TextChoices):
        DUE = "due", _("Por devolver")
        PROCESSING = "processing", _("Procesando")
        DONE = "done", _("Devuelto")
        FAILED = "failed", _("No se pudo devolver")

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("cobro"))
    state = models.CharField(_("estado"), max_length=10, choices=State.choices, default=State.DUE)
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)
    gateway_ref = models.CharField(_("identificador en la pasarela"), max_length=255, blank=True)
    idempotency_key = models.CharField(_("clave de una sola vez"), max_length=120, default=new_key)
    failure_message = models.CharField(_("motivo de la falla"), max_length=300, blank=True)
    done_at = models.DateTimeField(_("devuelto el"), null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        verbose_name = _("devolución")
        verbose_name_plural = _("devoluciones")
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="refund_once_per_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done"), name="refund_done_has_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment} · {self.amount}"

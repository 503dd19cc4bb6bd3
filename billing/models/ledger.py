"""Double entry: every movement of money is a transaction whose entries sum to zero. Rows are only ever added; the
database refuses the rest (migration 0005)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account


class Ledger(models.TextChoices):
    """Positive amounts are debits. ``RECEIVABLE`` is what the customer owes us: the account's balance."""

    RECEIVABLE = "receivable", _("Clientes")
    REVENUE = "revenue", _("Ingresos")
    TAX = "tax", _("IVA trasladado")
    BANK = "bank", _("Bancos")
    CARD = "card", _("Tarjetas")
    UNIDENTIFIED = "unidentified", _("Depósitos sin identificar")
    WRITE_OFF = "write_off", _("Ajustes y quebrantos")


class LedgerTransaction(models.Model):
    """``key`` names what it books (``"invoice:17"``), so nothing is booked twice. ``account`` is null for money that
    nobody has been found for."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Factura")
        CREDIT_NOTE = "credit_note", _("Nota de crédito")
        PAYMENT = "payment", _("Pago")
        REFUND = "refund", _("Devolución")
        UNIDENTIFIED = "unidentified", _("Depósito sin identificar")
        IDENTIFIED = "identified", _("Depósito identificado")

    key = models.CharField(_("clave"), max_length=80)
    kind = models.CharField(_("tipo"), max_length=20, choices=Kind.choices)
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"), db_index=False
    )
    created_at = models.DateTimeField(_("fecha"), default=timezone.now)

    class Meta:
        verbose_name = _("movimiento contable")
        verbose_name_plural = _("movimientos contables")
        constraints = [models.UniqueConstraint(fields=["key"], name="ledger_booked_once")]
        indexes = [models.Index(fields=["account", "id"], name="ledger_by_account")]

    def __str__(self) -> str:
        return self.key


class LedgerEntry(models.Model):
    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries", verbose_name=_("movimiento")
    )
    account = models.ForeignKey(
        Account, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"), db_index=False
    )
    ledger = models.CharField(_("libro"), max_length=14, choices=Ledger.choices)
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("asiento")
        verbose_name_plural = _("asientos")
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_not_zero")]
        indexes = [
            models.Index(
                fields=["account", "currency"],
                include=["amount"],
                condition=Q(ledger="receivable"),
                name="ledger_receivable",
            )
        ]

    def __str__(self) -> str:
        return f"{self.ledger} {self.amount} {self.currency}"

"""What the bank says that came, and what became of each movement."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models.invoices import Invoice
from billing.models.payments import Payment
from cloudpanel.core.models import PublicModel


class BankFile(PublicModel):
    """One upload of the bank's movements."""

    class State(models.TextChoices):
        WORKING = "working", _("En proceso")
        DONE = "done", _("Conciliado")

    filename = models.CharField(_("archivo"), max_length=200)
    uploaded_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("subido por"), db_index=False
    )
    state = models.CharField(_("estado"), max_length=10, choices=State.choices, default=State.WORKING)
    row_count = models.PositiveIntegerField(_("renglones"), default=0)

    class Meta:
        verbose_name = _("archivo del banco")
        verbose_name_plural = _("conciliación bancaria")

    def __str__(self) -> str:
        return self.filename


class BankMovement(PublicModel):
    """Money that arrived at the bank. ``key`` is the same whenever the bank tells the same movement again."""

    class State(models.TextChoices):
        MATCHED = "matched", _("Aplicado a su factura")
        PARTIAL = "partial", _("Pago parcial")
        OVERPAID = "overpaid", _("Pagó de más")
        NOT_OWED = "not_owed", _("La factura ya no se debía")
        TO_REVIEW = "to_review", _("Por revisar")
        ASSIGNED = "assigned", _("Asignado por soporte")
        UNIDENTIFIED = "unidentified", _("Depósito sin identificar")

    OPEN = (State.TO_REVIEW, State.UNIDENTIFIED)
    """Nobody has been found for it: the ledger holds it as an unidentified deposit."""

    key = models.CharField(_("clave"), max_length=120)
    booked_on = models.DateField(_("fecha"))
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)
    reference = models.CharField(_("referencia"), max_length=80, blank=True)
    concept = models.CharField(_("concepto"), max_length=300, blank=True)
    tracking_key = models.CharField(_("clave de rastreo"), max_length=80, blank=True)
    sender = models.CharField(_("ordenante"), max_length=200, blank=True)
    state = models.CharField(_("estado"), max_length=14, choices=State.choices)
    invoice = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("factura")
    )
    payment = models.OneToOneField(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="movement", verbose_name=_("cobro")
    )
    settled_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("revisado por")
    )
    settled_at = models.DateTimeField(_("revisado"), null=True, blank=True)
    undone_count = models.PositiveSmallIntegerField(_("veces deshecha"), default=0, editable=False)

    class Meta:
        verbose_name = _("movimiento del banco")
        verbose_name_plural = _("movimientos del banco")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="bank_movement_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_movement_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["to_review", "unidentified"], payment__isnull=True)
                | Q(state__in=["matched", "partial", "overpaid", "not_owed", "assigned"], payment__isnull=False),
                name="bank_movement_has_payment",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="bank_movement_open", condition=Q(state="to_review"))]

    def __str__(self) -> str:
        return f"{self.booked_on:%d/%m/%Y} · {self.amount}"


class BankFileRow(models.Model):
    """One line of the file, and what it did."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("En espera")
        BOOKED = "booked", _("Registrado")
        REPEATED = "repeated", _("Ya estaba registrado")
        SKIPPED = "skipped", _("No es un depósito")
        WRONG = "wrong", _("No se entiende")

    file = models.ForeignKey(
        BankFile, on_delete=models.CASCADE, related_name="rows", verbose_name=_("archivo"), db_index=False
    )
    number = models.PositiveIntegerField(_("renglón"))
    outcome = models.CharField(_("resultado"), max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    problem = models.CharField(_("problema"), max_length=300, blank=True)
    facts: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(_("datos"), default=dict)
    movement = models.ForeignKey(
        BankMovement, null=True, on_delete=models.PROTECT, related_name="rows", verbose_name=_("movimiento")
    )

    class Meta:
        verbose_name = _("renglón")
        verbose_name_plural = _("renglones")
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="bank_file_row_once")]
        indexes = [
            models.Index(fields=["file", "number"], name="bank_file_row_waiting", condition=Q(outcome="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.number}"

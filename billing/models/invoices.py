"""What was billed: invoices and credit notes, numbered without gaps and never changed after they were issued."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership
from cloudpanel.core.models import PublicModel
from cloudpanel.core.money import ZERO

INVOICES, CREDIT_NOTES = "F", "NC"
"""Codes of the two series."""


class InvoiceSeries(models.Model):
    """``next_number`` is taken under the row's lock, in the transaction that issues: numbers have no gaps."""

    code = models.CharField(_("serie"), max_length=10, primary_key=True)
    next_number = models.BigIntegerField(_("siguiente número"), default=1)

    class Meta:
        verbose_name = _("serie")
        verbose_name_plural = _("series")
        constraints = [models.CheckConstraint(condition=Q(next_number__gt=0), name="series_number_positive")]

    def __str__(self) -> str:
        return self.code


class NumberedDocument(PublicModel):
    """What an invoice and a credit note have in common. Names and addresses are those of the day."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"), db_index=False
    )
    series = models.ForeignKey(
        InvoiceSeries, on_delete=models.PROTECT, related_name="+", verbose_name=_("serie"), db_index=False
    )
    number = models.BigIntegerField(_("número"))
    source = models.CharField(_("origen"), max_length=120)  # what it is for: the same thing is billed once
    issued_at = models.DateTimeField(_("emitida"), default=timezone.now)
    issue_date = models.DateField(_("fecha"))
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    subtotal = models.DecimalField(_("subtotal"), max_digits=14, decimal_places=2)
    tax = models.DecimalField(_("IVA"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    concept = models.CharField(_("concepto"), max_length=200)
    issuer: models.JSONField[Any, Any] = models.JSONField(_("emisor"))
    receiver: models.JSONField[Any, Any] = models.JSONField(_("receptor"))
    cfdi_use = models.CharField(_("uso de CFDI"), max_length=4, default="G03")
    payment_form = models.CharField(_("forma de pago"), max_length=2, default="99")  # SAT c_FormaPago
    payment_terms = models.CharField(_("método de pago"), max_length=3, default="PPD")  # SAT c_MetodoPago

    class Meta:
        abstract = True

    @property
    def number_text(self) -> str:
        """``"F-1001"``, as people call it."""
        return f"{self.series_id}-{self.number}"

    def __str__(self) -> str:
        return self.number_text


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, membership: Membership) -> InvoiceQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()

    def open(self) -> InvoiceQuerySet:
        return self.filter(state=Invoice.State.OPEN)


class Invoice(NumberedDocument):
    """What the customer owes for one thing. ``rest`` is what is still to be paid; ``paid`` counts allocated money only.

    A SPEI transfer carries ``reference``. Overdue is no state: it is open after its ``due_date``.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Por pagar")
        PAID = "paid", _("Pagada")
        CANCELLED = "cancelled", _("Cancelada")

    state = models.CharField(_("estado"), max_length=10, choices=State.choices, default=State.OPEN)
    due_date = models.DateField(_("vence"))
    reference = models.CharField(_("referencia"), max_length=20)
    paid = models.DecimalField(_("pagado"), max_digits=14, decimal_places=2, default=ZERO)
    credited = models.DecimalField(_("acreditado"), max_digits=14, decimal_places=2, default=ZERO)
    paid_at = models.DateTimeField(_("pagada el"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelada el"), null=True, blank=True)
    overdue_at = models.DateTimeField(_("avisada como vencida"), null=True, blank=True)  # invoice_overdue was sent
    is_mailed = models.BooleanField(_("enviada por correo"), default=False)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("factura")
        verbose_name_plural = _("facturas")
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="invoice_number_unique"),
            models.UniqueConstraint(fields=["source"], name="invoice_once_per_source"),
            models.UniqueConstraint(fields=["reference"], name="invoice_reference_unique"),
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax")), name="invoice_total_adds_up"),
            models.CheckConstraint(
                condition=Q(total__gte=0, tax__gte=0, paid__gte=0, credited__gte=0), name="invoice_not_negative"
            ),
            models.CheckConstraint(condition=Q(total__gte=F("paid") + F("credited")), name="invoice_not_overpaid"),
            models.CheckConstraint(
                condition=Q(state="open", total__gt=F("paid") + F("credited"))
                | Q(state="paid", total=F("paid") + F("credited"), paid_at__isnull=False)
                | Q(state="cancelled", paid=0, credited=F("total"), cancelled_at__isnull=False),
                name="invoice_state_follows_money",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-number", "-id"], name="invoice_by_account"),
            models.Index(fields=["account", "due_date", "id"], condition=Q(state="open"), name="invoice_open"),
            models.Index(fields=["due_date", "id"], condition=Q(state="open"), name="invoice_due"),
            models.Index(fields=["id"], condition=Q(is_mailed=False), name="invoice_to_mail"),
        ]

    @property
    def rest(self) -> Decimal:
        return self.total - self.paid - self.credited

    @property
    def is_overdue(self) -> bool:
        return self.state == self.State.OPEN and self.due_date < timezone.localdate()

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        if self.is_overdue:
            return "danger"
        return {"open": "waiting", "paid": "success"}.get(self.state, "muted")


class Line(models.Model):
    """``amount == quantity * unit_price - discount``, before tax. ``tax`` is this line's share of the document's.

    Lines always sum to the document."""

    description = models.CharField(_("descripción"), max_length=300)
    quantity = models.DecimalField(_("cantidad"), max_digits=12, decimal_places=3, default=Decimal(1))
    unit_price = models.DecimalField(_("precio unitario"), max_digits=18, decimal_places=6)
    discount = models.DecimalField(_("descuento"), max_digits=14, decimal_places=2, default=ZERO)
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)
    tax_rate = models.DecimalField(_("tasa de IVA"), max_digits=5, decimal_places=4)
    tax = models.DecimalField(_("IVA"), max_digits=14, decimal_places=2)
    kind = models.CharField(_("tipo"), max_length=20, blank=True)
    sat_product_code = models.CharField(_("clave de producto o servicio"), max_length=8)
    sat_unit_code = models.CharField(_("clave de unidad"), max_length=3)
    period_start = models.DateField(_("desde"), null=True, blank=True)
    period_end = models.DateField(_("hasta"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.description


class InvoiceLine(Line):
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", verbose_name=_("factura"))

    class Meta:
        verbose_name = _("línea de factura")
        verbose_name_plural = _("líneas de factura")
        ordering = ["pk"]


class CreditNoteQuerySet(models.QuerySet["CreditNote"]):
    def visible_to(self, membership: Membership) -> CreditNoteQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()


class CreditNote(NumberedDocument):
    """Takes back a part or the whole of one invoice. ``concept`` says why."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="credit_notes", verbose_name=_("factura")
    )

    objects = CreditNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("nota de crédito")
        verbose_name_plural = _("notas de crédito")
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="credit_note_number_unique"),
            models.UniqueConstraint(fields=["source"], name="credit_note_once_per_source"),
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax")), name="credit_note_total_adds_up"),
            models.CheckConstraint(condition=Q(total__gte=0, tax__gte=0), name="credit_note_not_negative"),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="credit_note_by_account")]


class CreditNoteLine(Line):
    credit_note = models.ForeignKey(
        CreditNote, on_delete=models.PROTECT, related_name="lines", verbose_name=_("nota de crédito")
    )

    class Meta:
        verbose_name = _("línea de nota de crédito")
        verbose_name_plural = _("líneas de nota de crédito")
        ordering = ["pk"]

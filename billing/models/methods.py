"""How an account pays: its cards, as the gateway names them. A card's number is never here."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from billing.models.invoices import Invoice
from billing.models.payments import Payment
from cloudpanel.core.models import PublicModel

EXPIRES_SOON = timedelta(days=45)
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
    "carnet": "Carnet",
}


class GatewayCustomer(models.Model):
    """An account as a gateway names it."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"), db_index=False
    )
    gateway = models.CharField(_("pasarela"), max_length=20)
    ref = models.CharField(_("identificador en la pasarela"), max_length=255)

    class Meta:
        verbose_name = _("cliente en la pasarela")
        verbose_name_plural = _("clientes en la pasarela")
        constraints = [models.UniqueConstraint(fields=["account", "gateway"], name="gateway_customer_once")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.ref}"


class PaymentMethodQuerySet(models.QuerySet["PaymentMethod"]):
    def visible_to(self, membership: Membership) -> PaymentMethodQuerySet:
        mine = self.filter(account_id=membership.account_id) if membership.is_admin else self.none()
        return mine.kept()

    def kept(self) -> PaymentMethodQuerySet:
        """Those that nobody removed, the default one first."""
        return self.filter(removed_at__isnull=True).order_by("-is_default", "pk")


class PaymentMethod(PublicModel):
    """A card kept at the gateway. A removed one stays as a row: payments point to it."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="payment_methods", verbose_name=_("cuenta"), db_index=False
    )
    gateway = models.CharField(_("pasarela"), max_length=20, default="stripe")
    gateway_ref = models.CharField(_("identificador en la pasarela"), max_length=255)
    brand = models.CharField(_("marca"), max_length=30, blank=True)
    last4 = models.CharField(_("últimos cuatro dígitos"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("mes de vencimiento"))
    exp_year = models.PositiveSmallIntegerField(_("año de vencimiento"))
    fingerprint = models.CharField(_("huella"), max_length=255, blank=True)
    is_default = models.BooleanField(_("predeterminada"), default=False)
    expiry_told_at = models.DateTimeField(_("aviso de vencimiento"), null=True, blank=True)
    removed_at = models.DateTimeField(_("quitada"), null=True, blank=True)

    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        verbose_name = _("método de pago")
        verbose_name_plural = _("métodos de pago")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "gateway_ref"], name="payment_method_once"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(is_default=True), name="payment_method_one_default"
            ),
            models.UniqueConstraint(
                fields=["account", "fingerprint"],
                condition=Q(removed_at__isnull=True) & ~Q(fingerprint=""),
                name="payment_method_card_once",
            ),
            models.CheckConstraint(condition=Q(exp_month__range=(1, 12)), name="payment_method_month"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(is_default=False), name="payment_method_default_is_kept"
            ),
        ]
        indexes = [
            models.Index(
                F("exp_year"), F("exp_month"), name="payment_method_expiring", condition=Q(removed_at__isnull=True)
            )
        ]

    @property
    def brand_name(self) -> str:
        return BRANDS.get(self.brand, self.brand.capitalize() or _t("Tarjeta"))

    @property
    def expires_on(self) -> date:
        """The last day on which it can be charged."""
        return date(self.exp_year, self.exp_month, calendar.monthrange(self.exp_year, self.exp_month)[1])

    @property
    def expiry_text(self) -> str:
        return f"{self.exp_month:02d}/{self.exp_year}"

    @property
    def is_expired(self) -> bool:
        return self.expires_on < timezone.localdate()

    @property
    def expires_soon(self) -> bool:
        return not self.is_expired and self.expires_on - timezone.localdate() <= EXPIRES_SOON

    def __str__(self) -> str:
        return _t("%(brand)s terminada en %(last4)s") % {"brand": self.brand_name, "last4": self.last4}


class CardSetupQuerySet(models.QuerySet["CardSetup"]):
    def visible_to(self, membership: Membership) -> CardSetupQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()


class CardSetup(PublicModel):
    """A card that somebody is adding. ``client_secret`` (encrypted) lets their browser open the gateway's form; it goes
    when the form is done. ``invoice`` is the one they were about to pay."""

    class State(models.TextChoices):
        PREPARING = "preparing", _("Preparando")
        OPEN = "open", _("Esperando los datos de la tarjeta")
        CHECKING = "checking", _("Comprobando")
        DONE = "done", _("Guardada")
        FAILED = "failed", _("Rechazada")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"), db_index=False
    )
    started_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("iniciada por"), db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("factura")
    )
    state = models.CharField(_("estado"), max_length=10, choices=State.choices, default=State.PREPARING)
    gateway_ref = models.CharField(_("identificador en la pasarela"), max_length=255, blank=True)
    client_secret = models.BinaryField(null=True, editable=False)
    method = models.ForeignKey(
        PaymentMethod, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("método de pago")
    )
    failure_message = models.CharField(_("motivo de la falla"), max_length=300, blank=True)

    objects = CardSetupQuerySet.as_manager()

    class Meta:
        verbose_name = _("alta de tarjeta")
        verbose_name_plural = _("altas de tarjetas")
        constraints = [
            models.UniqueConstraint(
                fields=["gateway_ref"], condition=~Q(gateway_ref=""), name="card_setup_once_per_gateway_ref"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} · {self.account}"


class CardCharge(models.Model):
    """What a payment by card has besides: the card, and, while the bank asks the customer, the browser's key (encrypted)."""

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, related_name="card_charge", verbose_name=_("cobro")
    )
    method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, related_name="charges", verbose_name=_("método de pago")
    )
    client_secret = models.BinaryField(null=True, editable=False)

    class Meta:
        verbose_name = _("cargo a tarjeta")
        verbose_name_plural = _("cargos a tarjetas")

    def __str__(self) -> str:
        return f"{self.payment} · {self.method}"

"""What the customer asked for, at which price and under which terms."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from billing.models import Payment
from billing.tax import percent
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from marketplace.models.catalogue import AddOn, Plan, TermsVersion
from marketplace.models.subscriptions import Subscription


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, membership: Membership) -> OrderQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()

    def pending(self, account: Account) -> OrderQuerySet:
        """*Pedidos pendientes*: not delivered yet, or money still has to move. Two small indexes find them, however long
        the account's history is."""
        mine = Order.objects.filter(account=account)
        undelivered = mine.exclude(state__in=Order.SETTLED)
        moving = Payment.objects.filter(account=account, state__in=[Payment.State.PENDING, Payment.State.REFUND_DUE])
        return self.filter(pk__in=undelivered.values("pk").union(mine.filter(payment__in=moving).values("pk")))


class Order(PublicModel):
    """What the customer asked for. Payment and provisioning are two things: ``payment.state`` and ``state``.

    ``token`` is made when the purchase begins and travels in its addresses: whatever is clicked, repeated or
    reloaded, one purchase is one order."""

    class Kind(models.TextChoices):
        SALE = "sale", _("Compra")
        CHANGE = "change", _("Cambio")
        RENEWAL = "renewal", _("Renovación")
        CANCELLATION = "cancellation", _("Baja")

    class State(models.TextChoices):
        PENDING_PAYMENT = "pending_payment", _("Pendiente de pago")
        IN_PROGRESS = "in_progress", _("En proceso")
        PROVISIONING = "provisioning", _("Aprovisionando")
        COMPLETED = "completed", _("Completado")
        NEEDS_ATTENTION = "needs_attention", _("Requiere atención")
        CANCELLED = "cancelled", _("Cancelado")

    SETTLED = (State.COMPLETED, State.CANCELLED)

    number = models.BigIntegerField(_("número"), editable=False)  # from a sequence, see services
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="orders", verbose_name=_("cuenta"))
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("hecho por")
    )
    token = models.UUIDField(_("compra"))
    kind = models.CharField(_("tipo"), max_length=12, choices=Kind.choices, default=Kind.SALE)
    state = models.CharField(_("estado"), max_length=16, choices=State.choices, default=State.IN_PROGRESS)
    description = models.CharField(_("descripción"), max_length=200)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="orders", verbose_name=_("suscripción")
    )
    payment = models.OneToOneField(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="order", verbose_name=_("cobro")
    )
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("operación")
    )
    return_path = models.CharField(_("volver a"), max_length=500, blank=True)  # where the purchase was begun from
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    subtotal = models.DecimalField(_("subtotal"), max_digits=14, decimal_places=2)
    tax_rate = models.DecimalField(_("tasa de IVA"), max_digits=5, decimal_places=4)
    tax = models.DecimalField(_("IVA"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    monthly_total = models.DecimalField(_("total mensual"), max_digits=14, decimal_places=2)
    terms = models.ForeignKey(TermsVersion, on_delete=models.PROTECT, related_name="+", verbose_name=_("términos"))
    terms_accepted_by = models.CharField(_("términos aceptados por"), max_length=254)
    terms_accepted_at = models.DateTimeField(_("términos aceptados"), default=timezone.now)
    provisioning_at = models.DateTimeField(_("aprovisionamiento"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completado"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelado"), null=True, blank=True)
    failure_message = models.TextField(_("qué falló"), blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("pedido")
        verbose_name_plural = _("pedidos")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="order_number_unique"),
            models.UniqueConstraint(fields=["account", "token"], name="order_once_per_purchase"),
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax")), name="order_total_adds_up"),
            models.CheckConstraint(
                condition=~Q(state="completed") | Q(completed_at__isnull=False), name="order_completed_has_date"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="order_by_account"),
            models.Index(
                fields=["account"], condition=~Q(state__in=["completed", "cancelled"]), name="order_undelivered"
            ),
        ]

    def __str__(self) -> str:
        return f"Pedido {self.number}"

    @property
    def tax_percent(self) -> str:
        return percent(self.tax_rate)

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        return {"completed": "success", "needs_attention": "danger", "cancelled": "muted"}.get(
            self.state, "waiting" if self.state == self.State.PENDING_PAYMENT else "progress"
        )


class OrderLine(models.Model):
    """Amounts before tax. ``amount == units * unit_price + setup_fee * units`` (set-up is charged once per unit)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", verbose_name=_("pedido"))
    plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan"))
    add_on = models.ForeignKey(
        AddOn, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("recurso adicional")
    )
    description = models.CharField(_("descripción"), max_length=200)
    units = models.PositiveIntegerField(_("unidades"), default=1)
    unit_price = models.DecimalField(_("precio mensual"), max_digits=12, decimal_places=2)
    setup_fee = models.DecimalField(_("costo de alta"), max_digits=12, decimal_places=2, default=Decimal("0.00"))
    amount = models.DecimalField(_("importe"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("línea del pedido")
        verbose_name_plural = _("líneas del pedido")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=False, add_on__isnull=True) | Q(plan__isnull=True, add_on__isnull=False),
                name="order_line_is_plan_or_addon",
            ),
            models.CheckConstraint(condition=Q(units__gt=0, amount__gte=0), name="order_line_positive"),
        ]

    def __str__(self) -> str:
        return self.description

"""What the customer asked for, at which price and under which terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from billing.models import Invoice, Payment, PaymentMethod
from billing.tax import percent
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from marketplace.models.catalogue import AddOn, BillingPeriod, Plan, TermsVersion
from marketplace.models.packages import Package
from marketplace.models.promotions import Coupon
from marketplace.models.subscriptions import Subscription


class PaymentState(models.TextChoices):
    """What became of an order's money, told apart from its provisioning."""

    FREE = "free", _("Sin costo")
    OPEN = "open", _("Por pagar")
    PARTLY = "partly", _("Pagado en parte")
    OVERDUE = "overdue", _("Vencido")
    PAID = "paid", _("Pagado")
    CANCELLED = "cancelled", _("Cancelado")

    @property
    def tone(self) -> str:
        """How it is coloured (``cloudpanel.core.components.TONES``)."""
        return {"open": "waiting", "partly": "waiting", "overdue": "danger", "paid": "success"}.get(self, "muted")


def payment_state_of(state: str | None, due_date: date | None, paid: Decimal | None) -> PaymentState:
    """From an invoice's columns; all None where there is no invoice."""
    if state is None:
        return PaymentState.FREE
    if state != Invoice.State.OPEN:
        return PaymentState(state)
    if due_date is not None and due_date < timezone.localdate():
        return PaymentState.OVERDUE
    return PaymentState.PARTLY if paid else PaymentState.OPEN


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, membership: Membership) -> OrderQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()

    def pending(self, account: Account | int) -> OrderQuerySet:
        """*Pedidos pendientes*: not delivered yet, or money still has to move. Small indexes find them, however long the
        account's history is."""
        mine = Order.objects.filter(account=account)
        undelivered = mine.exclude(state__in=Order.SETTLED)
        unpaid = mine.filter(invoice__in=Invoice.objects.open().filter(account=account))
        going_back = Payment.objects.filter(account=account, state=Payment.State.REFUND_DUE).values("invoice")
        owed_back = mine.filter(invoice__in=going_back)
        return self.filter(pk__in=undelivered.values("pk").union(unpaid.values("pk"), owed_back.values("pk")))


class Order(PublicModel):
    """What the customer asked for. Payment and provisioning are two things: what is paid follows from the invoice, what
    is provisioned is ``state``.

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
    subscriptions = models.ManyToManyField(
        Subscription, through="OrderItem", related_name="orders", verbose_name=_("suscripciones")
    )
    package = models.ForeignKey(
        Package, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("paquete")
    )
    coupon = models.ForeignKey(
        Coupon, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("cupón o promoción")
    )
    coupon_code = models.CharField(_("código usado"), max_length=40, blank=True)  # empty for a promotion
    invoice = models.ForeignKey(  # none for what is free
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="orders", verbose_name=_("factura")
    )
    payment_method = models.ForeignKey(  # a card on file; none: by transfer
        PaymentMethod, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("se cobra a")
    )
    return_path = models.CharField(_("volver a"), max_length=500, blank=True)  # where the purchase was begun from
    period = models.CharField(_("periodo"), max_length=8, choices=BillingPeriod.choices, default=BillingPeriod.MONTHLY)
    periods = models.PositiveSmallIntegerField(_("periodos pagados de una vez"), default=1)
    trial_days = models.PositiveSmallIntegerField(_("días de prueba"), default=0)
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    subtotal = models.DecimalField(_("subtotal"), max_digits=14, decimal_places=2)
    tax_rate = models.DecimalField(_("tasa de IVA"), max_digits=5, decimal_places=4)
    tax = models.DecimalField(_("IVA"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    recurring_total = models.DecimalField(_("total por periodo"), max_digits=14, decimal_places=2)
    terms = models.ForeignKey(  # none where nobody was asked: a renewal
        TermsVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("términos")
    )
    terms_accepted_by = models.CharField(_("términos aceptados por"), max_length=254, blank=True)
    terms_accepted_at = models.DateTimeField(_("términos aceptados"), null=True, blank=True, default=timezone.now)
    started_at = models.DateTimeField(_("pagado y empezado"), null=True, blank=True)  # only what waited for its payment
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
            models.UniqueConstraint(
                fields=["account", "coupon"],
                condition=~Q(coupon_code="") & ~Q(state="cancelled"),
                name="order_coupon_once_per_account",
            ),
            models.CheckConstraint(condition=Q(total=F("subtotal") + F("tax")), name="order_total_adds_up"),
            models.CheckConstraint(
                condition=~Q(state="completed") | Q(completed_at__isnull=False), name="order_completed_has_date"
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-number", "-id"], name="order_by_account"),
            models.Index(
                fields=["account"], condition=~Q(state__in=["completed", "cancelled"]), name="order_undelivered"
            ),
        ]

    def __str__(self) -> str:
        return f"Pedido {self.number}"

    @property
    def discount(self) -> Decimal:
        """Off today's lines (at hand), before tax."""
        return sum((line.whole_discount for line in self.lines.all()), Decimal("0.00"))

    @property
    def tax_percent(self) -> str:
        return percent(self.tax_rate)

    @property
    def payment_state(self) -> PaymentState:
        """Follows from the invoice (at hand)."""
        if self.invoice is None:
            return PaymentState.FREE
        return payment_state_of(self.invoice.state, self.invoice.due_date, self.invoice.paid)

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        return self.tone_of(self.state)

    @classmethod
    def tone_of(cls, state: str) -> str:
        tones = {
            "completed": "success",
            "needs_attention": "danger",
            "cancelled": "muted",
            "pending_payment": "waiting",
        }
        return tones.get(state, "progress")


class OrderItem(models.Model):
    """One service inside an order: the subscription that the order makes or changes, and the job that does it.

    A package has several. Each gets ready, fails and is tried again by itself."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items", verbose_name=_("pedido"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="order_items", verbose_name=_("suscripción")
    )
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("operación")
    )
    provisioning_at = models.DateTimeField(_("aprovisionamiento"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completado"), null=True, blank=True)
    failure_message = models.TextField(_("qué falló"), blank=True)

    class Meta:
        verbose_name = _("servicio del pedido")
        verbose_name_plural = _("servicios del pedido")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["order", "subscription"], name="order_item_once")]

    def __str__(self) -> str:
        return f"{self.order}: {self.subscription}"


class OrderLine(models.Model):
    """Copied from the price list at *Confirmar*; amounts before tax.

    ``amount`` is what the line adds to today's subtotal: what its units beyond ``included_units`` cost for the first
    period (nothing in a trial) and their set-up, less both discounts. A CREDIT gives money back: below zero."""

    class Kind(models.TextChoices):
        CHARGE = "charge", _("Cargo")
        CREDIT = "credit", _("Abono")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", verbose_name=_("pedido"))
    item = models.ForeignKey(
        OrderItem, null=True, on_delete=models.CASCADE, related_name="lines", verbose_name=_("servicio del pedido")
    )
    plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan"))
    add_on = models.ForeignKey(
        AddOn, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("recurso adicional")
    )
    kind = models.CharField(_("tipo"), max_length=6, choices=Kind.choices, default=Kind.CHARGE)
    description = models.CharField(_("descripción"), max_length=200)
    period_start = models.DateField(_("periodo desde"), null=True, blank=True)
    period_end = models.DateField(_("periodo hasta (sin incluir)"), null=True, blank=True)
    units = models.PositiveIntegerField(_("unidades"), default=1)
    included_units = models.PositiveIntegerField(_("unidades sin costo"), default=0)
    unit_price = models.DecimalField(_("precio por periodo"), max_digits=12, decimal_places=2)
    setup_fee = models.DecimalField(_("costo de alta"), max_digits=12, decimal_places=2, default=Decimal("0.00"))
    discount = models.DecimalField(_("descuento"), max_digits=14, decimal_places=2, default=Decimal("0.00"))
    setup_discount = models.DecimalField(
        _("descuento del alta"), max_digits=14, decimal_places=2, default=Decimal("0.00")
    )
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
            models.CheckConstraint(
                condition=Q(units__gt=0, discount__gte=0, setup_discount__gte=0)
                & (Q(amount__gte=0) | Q(kind="credit")),
                name="order_line_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def whole_discount(self) -> Decimal:
        return self.discount + self.setup_discount

    @property
    def recurring(self) -> Decimal:
        """What it costs every period by the list, before tax."""
        return max(self.units - self.included_units, 0) * self.unit_price

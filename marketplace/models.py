"""The catalogue (family → product → plan, add-on), the order, and what it leaves behind: the subscription."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from billing.models import Payment
from billing.tax import percent
from cloudpanel.core.drivers import get_lifecycle
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job


def validate_resources(value: object) -> None:
    """``{"mailboxes": 10}``: codes to whole amounts, and nothing else."""
    is_valid = isinstance(value, dict) and all(
        isinstance(code, str) and type(amount) is int and 0 <= amount <= 2_000_000_000 for code, amount in value.items()
    )
    if not is_valid:
        raise ValidationError(_('Escriba los recursos como {"mailboxes": 10, "storage_gb": 50}.'))


class ServiceFamilyQuerySet(models.QuerySet["ServiceFamily"]):
    def on_sale(self) -> ServiceFamilyQuerySet:
        """Families with something to buy in them."""
        return self.filter(is_active=True, pk__in=Product.objects.on_sale().values("family"))


class ServiceFamily(models.Model):
    slug = models.SlugField(_("dirección"), max_length=60)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    icon = models.CharField(_("icono (Tabler)"), max_length=40, default="box")
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    objects = ServiceFamilyQuerySet.as_manager()

    class Meta:
        verbose_name = _("familia de servicios")
        verbose_name_plural = _("familias de servicios")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["slug"], name="family_slug_unique")]

    def __str__(self) -> str:
        return self.name


class TermsVersion(models.Model):
    """Terms and conditions as published; an order keeps which version was accepted. Never edited, only superseded."""

    slug = models.SlugField(_("documento"), max_length=60, default="servicios")
    version = models.CharField(_("versión"), max_length=20)
    title = models.CharField(_("título"), max_length=150)
    body = models.TextField(_("texto"))
    published_at = models.DateTimeField(_("publicada"), default=timezone.now)

    class Meta:
        verbose_name = _("versión de los términos")
        verbose_name_plural = _("versiones de los términos")
        ordering = ["slug", "-published_at"]
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="terms_version_unique")]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"


class ProductQuerySet(models.QuerySet["Product"]):
    def on_sale(self) -> ProductQuerySet:
        """Nothing is on sale that could not be delivered or agreed to: it needs a lifecycle, a plan and terms."""
        plans = Plan.objects.filter(is_active=True).values("product")
        return self.filter(
            is_active=True,
            family__is_active=True,
            kind__in=list(settings.SERVICE_LIFECYCLES),
            pk__in=plans,
            terms_slug__in=TermsVersion.objects.values("slug"),
        )


class Product(models.Model):
    """A service on sale. ``kind`` names its lifecycle in settings.SERVICE_LIFECYCLES."""

    family = models.ForeignKey(
        ServiceFamily, on_delete=models.PROTECT, related_name="products", verbose_name=_("familia")
    )
    slug = models.SlugField(_("dirección"), max_length=60)
    name = models.CharField(_("nombre"), max_length=80)
    kind = models.CharField(_("tipo de servicio"), max_length=30)
    summary = models.CharField(_("resumen"), max_length=200, blank=True)
    description = models.TextField(_("descripción"), blank=True)
    icon = models.CharField(_("icono (Tabler)"), max_length=40, default="box")
    terms_slug = models.SlugField(_("términos"), max_length=60, default="servicios")
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)
    is_delegable = models.BooleanField(_("se puede delegar"), default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("servicio")
        verbose_name_plural = _("servicios")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["family", "slug"], name="product_slug_unique")]

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """Prices are per month, before tax, in the panel's currency. ``resources`` maps a resource code to what is
    included, e.g. ``{"mailboxes": 10, "storage_gb": 50}``."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans", verbose_name=_("servicio"))
    code = models.SlugField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    price = models.DecimalField(_("precio mensual"), max_digits=12, decimal_places=2)
    setup_fee = models.DecimalField(_("costo de alta"), max_digits=12, decimal_places=2, default=Decimal("0.00"))
    resources = models.JSONField(_("recursos incluidos"), default=dict, validators=[validate_resources])
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("planes")
        ordering = ["position", "price"]
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="plan_code_unique"),
            models.CheckConstraint(condition=Q(price__gte=0, setup_fee__gte=0), name="plan_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.name}"


class AddOn(models.Model):
    """*Recurso adicional*: each unit adds ``quantity`` of ``resource`` to the subscription."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="add_ons", verbose_name=_("servicio"))
    code = models.SlugField(_("código"), max_length=40)
    name = models.CharField(_("nombre"), max_length=80)
    description = models.CharField(_("descripción"), max_length=300, blank=True)
    resource = models.CharField(_("recurso"), max_length=40)
    quantity = models.PositiveIntegerField(_("cantidad por unidad"), default=1)
    price = models.DecimalField(_("precio mensual"), max_digits=12, decimal_places=2)
    setup_fee = models.DecimalField(_("costo de alta"), max_digits=12, decimal_places=2, default=Decimal("0.00"))
    max_units = models.PositiveIntegerField(_("máximo de unidades"), default=100)
    position = models.PositiveSmallIntegerField(_("orden"), default=0)
    is_active = models.BooleanField(_("a la venta"), default=True)

    class Meta:
        verbose_name = _("recurso adicional")
        verbose_name_plural = _("recursos adicionales")
        ordering = ["position", "price"]
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="addon_code_unique"),
            models.CheckConstraint(condition=Q(price__gte=0, setup_fee__gte=0), name="addon_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, membership: Membership) -> SubscriptionQuerySet:
        """Administrators see all of the account, delegates what is delegated to them now, service users none."""
        mine = self.filter(account_id=membership.account_id)
        if membership.is_admin:
            return mine
        if membership.is_delegate:
            return mine.filter(pk__in=ServiceDelegation.objects.in_force_for(membership.user_id).values("subscription"))
        return mine.none()

    def in_menu(self) -> SubscriptionQuerySet:
        return self.filter(state__in=[Subscription.State.ACTIVE, Subscription.State.SUSPENDED])


class Subscription(PublicModel):
    """A service that the customer pays for. It lives on apart from the order that caused it."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pendiente")
        ACTIVE = "active", _("Activa")
        SUSPENDED = "suspended", _("Suspendida")
        TERMINATED = "terminated", _("Dada de baja")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("cuenta")
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("servicio"))
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan"))
    kind = models.CharField(_("tipo de servicio"), max_length=30)  # copied from the product: read at every page
    name = models.CharField(_("nombre"), max_length=120)
    state = models.CharField(_("estado"), max_length=12, choices=State.choices, default=State.PENDING)
    price = models.DecimalField(_("precio mensual"), max_digits=12, decimal_places=2)
    auto_renew = models.BooleanField(_("renovación automática"), default=True)
    activated_at = models.DateTimeField(_("activada"), null=True, blank=True)
    next_renewal_date = models.DateField(_("próxima renovación"), null=True, blank=True)
    terminated_at = models.DateTimeField(_("dada de baja"), null=True, blank=True)
    last_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("última operación")
    )

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suscripción")
        verbose_name_plural = _("suscripciones")
        ordering = ["pk"]
        indexes = [models.Index(fields=["account", "state"], name="subscription_by_account")]

    def __str__(self) -> str:
        return self.name

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        return {"pending": "progress", "active": "success", "suspended": "warning"}.get(self.state, "muted")

    def get_absolute_url(self) -> str:
        """The panel that its kind brings. No queries: lists call it per row."""
        return str(get_lifecycle(self.kind).panel_url(self))


class SubscriptionResource(models.Model):
    """How much of one resource the subscription includes and uses. Reserve with one conditional UPDATE
    (``used + n <= included``); the constraint makes overdrawing impossible whatever the code does."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="resources", verbose_name=_("suscripción")
    )
    resource = models.CharField(_("recurso"), max_length=40)
    included = models.PositiveIntegerField(_("incluido"))
    used = models.PositiveIntegerField(_("usado"), default=0)

    class Meta:
        verbose_name = _("recurso de la suscripción")
        verbose_name_plural = _("recursos de la suscripción")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "resource"], name="subscription_resource_once"),
            models.CheckConstraint(condition=Q(used__lte=F("included")), name="subscription_resource_within_limit"),
        ]

    def __str__(self) -> str:
        return f"{self.resource}: {self.used}/{self.included}"

    @property
    def available(self) -> int:
        return self.included - self.used


class SubscriptionAddOn(models.Model):
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="add_ons", verbose_name=_("suscripción")
    )
    add_on = models.ForeignKey(AddOn, on_delete=models.PROTECT, related_name="+", verbose_name=_("recurso adicional"))
    units = models.PositiveIntegerField(_("unidades"))

    class Meta:
        verbose_name = _("recurso adicional contratado")
        verbose_name_plural = _("recursos adicionales contratados")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "add_on"], name="subscription_addon_once"),
            models.CheckConstraint(condition=Q(units__gt=0), name="subscription_addon_units_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.units} × {self.add_on}"


class ServiceDelegationQuerySet(models.QuerySet["ServiceDelegation"]):
    def in_force_for(self, user_id: int) -> ServiceDelegationQuerySet:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=timezone.now()), user_id=user_id)


class ServiceDelegation(models.Model):
    """This person may manage this subscription, until ``ends_at`` if set."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="delegations", verbose_name=_("suscripción")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="delegations", verbose_name=_("usuario"))
    granted_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("delegada por")
    )
    granted_at = models.DateTimeField(_("desde"), auto_now_add=True)
    ends_at = models.DateTimeField(_("hasta"), null=True, blank=True)

    objects = ServiceDelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("servicio delegado")
        verbose_name_plural = _("servicios delegados")
        constraints = [models.UniqueConstraint(fields=["user", "subscription"], name="delegation_once")]

    def __str__(self) -> str:
        return f"{self.subscription} → {self.user}"


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, membership: Membership) -> OrderQuerySet:
        return self.filter(account_id=membership.account_id) if membership.is_admin else self.none()


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
        indexes = [models.Index(fields=["account", "-id"], name="order_by_account")]

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

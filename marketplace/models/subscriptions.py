"""What an order leaves behind: the service that the customer pays for, what it includes, and who may manage it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from cloudpanel.core.drivers import get_lifecycle
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from marketplace.models.catalogue import AddOn, BillingPeriod, Plan, Product
from marketplace.periods import Period, period_from


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
    """A service that the customer pays for. It lives on apart from the order that caused it.

    The current period is ``[period_start, period_end)``, in days of the account's time zone; both are null until the
    service works. ``billed_until`` is the first day that no invoice covers yet: it runs ahead of ``period_end`` while
    the next period is already invoiced. ``period_discount`` is the fraction by which the current period was cheaper
    than ``price``: 1 in a trial; ``period_off`` the amount (before tax) where it was an amount, of a coupon or a package.
    Who does not renew (``auto_renew``) is suspended at the end of the period, for ``CANCELLED``, and terminated on
    ``terminates_on``.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("Pendiente")
        ACTIVE = "active", _("Activa")
        SUSPENDED = "suspended", _("Suspendida")
        TERMINATED = "terminated", _("Dada de baja")

    class SuspendedFor(models.TextChoices):
        NON_PAYMENT = "non_payment", _("Falta de pago")
        CANCELLED = "cancelled", _("Cancelada")
        STAFF = "staff", _("Decisión de soporte")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("cuenta")
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("servicio"))
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan"))
    kind = models.CharField(_("tipo de servicio"), max_length=30)  # copied from the product: read at every page
    name = models.CharField(_("nombre"), max_length=120)
    state = models.CharField(_("estado"), max_length=12, choices=State.choices, default=State.PENDING)
    billing_period = models.CharField(
        _("se paga"), max_length=10, choices=BillingPeriod.choices, default=BillingPeriod.MONTHLY
    )
    currency = models.CharField(_("moneda"), max_length=3, default="MXN")
    price = models.DecimalField(_("precio por periodo"), max_digits=12, decimal_places=2)  # the sum of its items
    trial_days = models.PositiveSmallIntegerField(_("días de prueba"), default=0)
    is_trial = models.BooleanField(_("en periodo de prueba"), default=False)
    auto_renew = models.BooleanField(_("renovación automática"), default=True)
    activated_at = models.DateTimeField(_("activada"), null=True, blank=True)
    period_start = models.DateField(_("inicio del periodo"), null=True, blank=True)
    period_end = models.DateField(_("fin del periodo"), null=True, blank=True)
    anchor_day = models.PositiveSmallIntegerField(_("día de renovación"), default=1)
    billed_until = models.DateField(_("facturada hasta"), null=True, blank=True)
    billing_round = models.PositiveIntegerField(_("vuelta de facturación"), default=0, editable=False)
    period_discount = models.DecimalField(
        _("descuento del periodo"), max_digits=9, decimal_places=8, default=Decimal(0), editable=False
    )
    next_discount = models.DecimalField(
        _("descuento del periodo siguiente"), max_digits=9, decimal_places=8, default=Decimal(0), editable=False
    )
    period_off = models.DecimalField(
        _("importe descontado del periodo"), max_digits=12, decimal_places=2, default=Decimal(0), editable=False
    )
    next_off = models.DecimalField(
        _("importe descontado del periodo siguiente"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        editable=False,
    )
    suspended_for = models.CharField(_("suspendida por"), max_length=12, choices=SuspendedFor.choices, blank=True)
    suspended_at = models.DateTimeField(_("suspendida"), null=True, blank=True)
    terminates_on = models.DateField(_("se borra el"), null=True, blank=True)
    is_switched_off = models.BooleanField(_("apagada en el sistema remoto"), default=False, editable=False)
    terminated_at = models.DateTimeField(_("dada de baja"), null=True, blank=True)
    last_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("última operación")
    )

    PERIOD_FIELDS = (
        "period_start",
        "period_end",
        "billed_until",
        "anchor_day",
        "period_discount",
        "next_discount",
        "period_off",
        "next_off",
        "is_trial",
        "billing_round",
    )

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suscripción")
        verbose_name_plural = _("suscripciones")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_start__isnull=True) | Q(period_end__gt=F("period_start")),
                name="subscription_period_has_days",
            ),
            models.CheckConstraint(
                condition=Q(period_end__isnull=True) | Q(billed_until__gte=F("period_end")),
                name="subscription_billed_until_period_end",
            ),
            models.CheckConstraint(
                condition=Q(period_discount__range=(0, 1), next_discount__range=(0, 1)),
                name="subscription_discount_is_a_fraction",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "state"], name="subscription_by_account"),
            # What the periodic runs look for, and nothing else.
            models.Index(
                fields=["billed_until"], condition=Q(state="active", auto_renew=True), name="subscription_to_invoice"
            ),
            models.Index(fields=["period_end"], condition=Q(state="active"), name="subscription_to_roll"),
            models.Index(fields=["terminates_on"], condition=Q(state="suspended"), name="subscription_to_terminate"),
            models.Index(fields=["id"], condition=Q(is_switched_off=True), name="subscription_switched_off"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def period(self) -> Period | None:
        """The current one; None before the service works."""
        if self.period_start is None or self.period_end is None:
            return None
        return Period(self.period_start, self.period_end)

    @property
    def periods_ahead(self) -> list[Period]:
        """What is invoiced beyond the current period: mostly the next one, several when they were paid at once."""
        ahead, start = [], self.period_end
        while start is not None and self.billed_until is not None and start < self.billed_until:
            end = min(period_from(start, self.months, self.anchor_day).end, self.billed_until)
            ahead.append(Period(start, end))
            start = end
        return ahead

    @property
    def next_renewal_date(self) -> date | None:
        """The day on which the next period begins, if it is renewed at all."""
        return self.period_end if self.auto_renew and self.state != self.State.TERMINATED else None

    @property
    def is_cancelled(self) -> bool:
        """It ended by the customer's wish and can still be brought back."""
        return self.state == self.State.SUSPENDED and self.suspended_for == self.SuspendedFor.CANCELLED

    @property
    def months(self) -> int:
        return BillingPeriod(self.billing_period).months

    def begin_anew(self, day: date) -> None:
        """Nothing is paid ahead: the next period to be invoiced begins on ``day``. Unsaved (``PERIOD_FIELDS``)."""
        self.forget_period()
        self.billed_until, self.anchor_day = day, day.day

    def forget_period(self) -> None:
        """Nothing is paid ahead, and what is invoiced later has sources of its own. Unsaved (``PERIOD_FIELDS``)."""
        self.period_start = self.period_end = self.billed_until = None
        self.period_discount = self.next_discount = self.period_off = self.next_off = Decimal(0)
        self.is_trial, self.billing_round = False, self.billing_round + 1

    def today(self) -> date:
        """The customer's day (``account`` at hand)."""
        return timezone.now().astimezone(ZoneInfo(self.account.time_zone)).date()

    @property
    def tone(self) -> str:
        """How the state is coloured (``cloudpanel.core.components.TONES``)."""
        return {"pending": "progress", "active": "success", "suspended": "warning"}.get(self.state, "muted")

    @property
    def closed_reason(self) -> str:
        """Why nothing can be changed or added just now, and who can help; empty when it can."""
        reasons = {
            Subscription.State.PENDING: gettext(
                "La suscripción se está preparando. En cuanto esté activa podrá usarla."
            ),
            Subscription.State.SUSPENDED: self._suspended_reason(),
            Subscription.State.TERMINATED: gettext("La suscripción se dio de baja."),
        }
        return reasons.get(Subscription.State(self.state), "")

    @property
    def last_billed_day(self) -> date | None:
        """The last day that is invoiced: that of the next period when it is invoiced already."""
        return self.billed_until and self.billed_until - timedelta(days=1)

    def _suspended_reason(self) -> str:
        if self.suspended_for == self.SuspendedFor.NON_PAYMENT:
            return gettext("La suscripción está suspendida por falta de pago: páguela en Cuenta → Suscripciones.")
        if self.suspended_for == self.SuspendedFor.STAFF:
            return gettext("Soporte suspendió la suscripción: escríbanos para saber más.")
        return gettext("La suscripción está suspendida: reactívela en Cuenta → Suscripciones.")

    @property
    def state_label(self) -> str:
        """A word for the state, and why when it is suspended."""
        if self.state != self.State.SUSPENDED or not self.suspended_for:
            return str(self.get_state_display())
        labels = {
            self.SuspendedFor.CANCELLED: gettext("Cancelada"),
            self.SuspendedFor.NON_PAYMENT: gettext("Suspendida por falta de pago"),
            self.SuspendedFor.STAFF: gettext("Suspendida por soporte"),
        }
        return labels[self.SuspendedFor(self.suspended_for)]

    @property
    def last_day(self) -> date | None:
        """The last day of the current period."""
        return self.period_end and self.period_end - timedelta(days=1)

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


class SubscriptionItem(models.Model):
    """What a period of the subscription is made of: its plan, and add-ons at the price at which they were bought. The
    catalogue's prices of today never change it; more units bought at another price are another item."""

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="items", verbose_name=_("suscripción")
    )
    plan = models.ForeignKey(
        Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("plan")
    )
    add_on = models.ForeignKey(
        AddOn, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("recurso adicional")
    )
    description = models.CharField(_("descripción"), max_length=200)
    units = models.PositiveIntegerField(_("unidades"), default=1)
    included_units = models.PositiveIntegerField(_("unidades incluidas"), default=0)
    unit_price = models.DecimalField(_("precio por unidad y periodo"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("concepto de la suscripción")
        verbose_name_plural = _("conceptos de la suscripción")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=False, add_on__isnull=True) | Q(plan__isnull=True, add_on__isnull=False),
                name="subscription_item_is_plan_or_addon",
            ),
            models.CheckConstraint(condition=Q(units__gt=0, unit_price__gte=0), name="subscription_item_positive"),
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(plan__isnull=False), name="subscription_one_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} × {self.description}"

    @property
    def amount(self) -> Decimal:
        """What it costs in a whole period, before tax; included units are free."""
        return max(self.units - self.included_units, 0) * self.unit_price


class ServiceDelegationQuerySet(models.QuerySet["ServiceDelegation"]):
    def in_force_for(self, user_id: int) -> ServiceDelegationQuerySet:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=Now()), user_id=user_id)


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

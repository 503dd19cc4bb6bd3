"""What an order leaves behind: the service that the customer pays for, what it includes, and who may manage it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from cloudpanel.core.drivers import get_lifecycle
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from marketplace.models.catalogue import AddOn, Plan, Product


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

    @property
    def closed_reason(self) -> str:
        """Why nothing can be changed or added just now, and who can help; empty when it can."""
        reasons = {
            Subscription.State.PENDING: gettext(
                "La suscripción se está preparando. En cuanto esté activa podrá usarla."
            ),
            Subscription.State.SUSPENDED: gettext(
                "La suscripción está suspendida: reactívela en Cuenta → Suscripciones."
            ),
            Subscription.State.TERMINATED: gettext("La suscripción se dio de baja."),
        }
        return reasons.get(Subscription.State(self.state), "")

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

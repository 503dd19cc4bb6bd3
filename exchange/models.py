"""Hosted mailboxes. A row's ``state`` is its commercial life; what is going on right now is its ``last_job``."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from marketplace.models import ServiceDelegation, Subscription


class OwnedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    """For rows with ``account`` and ``subscription``: the same people see them who see the subscription."""

    def visible_to(self, membership: Membership) -> OwnedQuerySet:
        mine = self.filter(account_id=membership.account_id)
        if membership.is_admin:
            return mine
        if membership.is_delegate:
            delegated = ServiceDelegation.objects.in_force_for(membership.user_id)
            return mine.filter(subscription_id__in=delegated.values("subscription"))
        return mine.none()


class MailDomain(PublicModel):
    """A domain whose addresses this subscription may hand out. Not the registered ``Domain``.

    ``name`` is in lower-case A-labels (RFC 5890, section 2.3.2.1)."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pendiente de verificar")
        ACTIVE = "active", _("Activo")
        TERMINATED = "terminated", _("Dado de baja")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="mail_domains", verbose_name=_("suscripción")
    )
    name = models.CharField(_("dominio"), max_length=253)
    state = models.CharField(_("estado"), max_length=12, choices=State.choices, default=State.PENDING)
    is_default = models.BooleanField(_("predeterminado"), default=False)
    verification_token = models.UUIDField(_("clave de verificación"), default=uuid.uuid4, editable=False)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("dominio de correo")
        verbose_name_plural = _("dominios de correo")
        constraints = [
            # A pending claim by one customer must not keep the true owner out: unique only once verified.
            models.UniqueConstraint(Lower("name"), condition=Q(state="active"), name="mail_domain_active_once"),
            models.UniqueConstraint(
                fields=["subscription", "name"],
                condition=~Q(state="terminated"),
                name="mail_domain_once_per_subscription",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MailboxTemplate(PublicModel):
    """*Plantilla del buzón*: size and protocols that new mailboxes get."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="mailbox_templates", verbose_name=_("suscripción")
    )
    name = models.CharField(_("nombre"), max_length=80)
    quota_mb = models.PositiveIntegerField(_("tamaño (MB)"), default=5120)
    allows_imap = models.BooleanField(_("IMAP"), default=True)
    allows_pop3 = models.BooleanField(_("POP3"), default=True)
    is_default = models.BooleanField(_("predeterminada"), default=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("plantilla del buzón")
        verbose_name_plural = _("plantillas del buzón")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "name"], name="template_name_unique"),
            models.UniqueConstraint(fields=["subscription"], condition=Q(is_default=True), name="template_one_default"),
        ]

    def __str__(self) -> str:
        return self.name


class MailboxQuerySet(OwnedQuerySet):
    def visible_to(self, membership: Membership) -> MailboxQuerySet:
        """As the subscription; besides, a service user sees their own."""
        if membership.is_service_user:
            return self.filter(account_id=membership.account_id, user_id=membership.user_id)
        return super().visible_to(membership)  # type: ignore[return-value]

    def listed(self) -> MailboxQuerySet:
        """Everything that the list shows: all but what lies in the bin or is gone."""
        return self.exclude(state=Mailbox.State.TERMINATED).filter(deleted_at__isnull=True)


class Mailbox(PublicModel):
    class State(models.TextChoices):
        PENDING = "pending", _("Pendiente")
        ACTIVE = "active", _("Activo")
        SUSPENDED = "suspended", _("Deshabilitado")
        TERMINATED = "terminated", _("Eliminado")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="mailboxes", verbose_name=_("suscripción")
    )
    mail_domain = models.ForeignKey(
        MailDomain, on_delete=models.PROTECT, related_name="mailboxes", verbose_name=_("dominio")
    )
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="mailboxes", verbose_name=_("usuario")
    )
    template = models.ForeignKey(
        MailboxTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("plantilla")
    )
    display_name = models.CharField(_("nombre para mostrar"), max_length=120)
    address = models.CharField(_("correo electrónico"), max_length=254)  # lower case; also the sign-in name
    quota_mb = models.PositiveIntegerField(_("límite (MB)"))
    used_bytes = models.BigIntegerField(_("tamaño actual"), default=0)
    has_password = models.BooleanField(_("tiene contraseña"), default=False)
    state = models.CharField(_("estado"), max_length=12, choices=State.choices, default=State.PENDING)
    deleted_at = models.DateTimeField(_("en la papelera desde"), null=True, blank=True)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("buzón")
        verbose_name_plural = _("buzones")
        constraints = [
            # Also while it lies in the bin: it can still come back.
            models.UniqueConstraint(Lower("address"), condition=~Q(state="terminated"), name="mailbox_address_unique"),
            models.CheckConstraint(condition=Q(quota_mb__gt=0), name="mailbox_quota_positive"),
        ]

    def __str__(self) -> str:
        return self.address


class MailboxAlias(PublicModel):
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="mailbox_aliases", verbose_name=_("suscripción")
    )
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("buzón"))
    mail_domain = models.ForeignKey(MailDomain, on_delete=models.PROTECT, related_name="+", verbose_name=_("dominio"))
    address = models.CharField(_("alias"), max_length=254)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("alias")
        constraints = [models.UniqueConstraint(Lower("address"), name="alias_address_unique")]

    def __str__(self) -> str:
        return self.address

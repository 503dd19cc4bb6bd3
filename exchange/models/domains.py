"""Where the addresses of a subscription end, and what new mailboxes look like."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cloudpanel.core.domain_names import readable
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from marketplace.models import OwnedQuerySet, Subscription


class MailDomainQuerySet(OwnedQuerySet):
    def usable(self) -> MailDomainQuerySet:
        """Those on which addresses may be handed out."""
        return self.filter(state=MailDomain.State.ACTIVE)


class MailDomain(PublicModel):
    """A domain whose addresses this subscription may hand out. Not the registered ``Domain``.

    ``name`` is in lower-case A-labels (RFC 5890, section 2.3.2.1). A domain of the customer's own is ``PENDING`` until
    the TXT record at :attr:`proof_host` holds :attr:`proof_value`; ``seen_txt`` and ``seen_note`` keep what the last
    look-up found there.
    """

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
    checked_at = models.DateTimeField(_("comprobado"), null=True, blank=True)
    seen_txt = models.TextField(_("registro encontrado"), blank=True)
    seen_note = models.CharField(_("resultado de la comprobación"), max_length=20, blank=True)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = MailDomainQuerySet.as_manager()

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
        return self.readable_name

    @property
    def readable_name(self) -> str:
        """``xn--espaa-rta.example`` → ``españa.example`` (U-labels)."""
        return readable(self.name)

    @property
    def proof_host(self) -> str:
        return f"_panel.{self.name}"

    @property
    def proof_value(self) -> str:
        return f"panel-verificacion={self.verification_token.hex}"


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
    allows_smtp = models.BooleanField(_("envío (SMTP)"), default=True, db_default=True)
    is_default = models.BooleanField(_("predeterminada"), default=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("plantilla del buzón")
        verbose_name_plural = _("plantillas del buzón")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "name"], name="template_name_unique"),
            models.UniqueConstraint(fields=["subscription"], condition=Q(is_default=True), name="template_one_default"),
            models.CheckConstraint(condition=Q(quota_mb__gt=0), name="template_quota_positive"),
        ]

    def __str__(self) -> str:
        return self.name

"""Who may open whose mailbox, what a mailbox answers by itself, and what is no mailbox: lists and contacts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from exchange.models.domains import MailDomain
from exchange.models.mailboxes import Mailbox
from marketplace.models import OwnedQuerySet, Subscription


class MailboxGrant(models.Model):
    """*Permiso*: what ``grantee`` may do with ``mailbox``. Both are of one subscription."""

    mailbox = models.ForeignKey(
        Mailbox, on_delete=models.CASCADE, related_name="grants", verbose_name=_("buzón"), db_index=False
    )
    grantee = models.ForeignKey(
        Mailbox, on_delete=models.CASCADE, related_name="granted", verbose_name=_("quién puede")
    )
    is_full = models.BooleanField(_("acceso total"), default=False)
    is_send_as = models.BooleanField(_("enviar como"), default=False)
    is_send_on_behalf = models.BooleanField(_("enviar en nombre de"), default=False)

    class Meta:
        verbose_name = _("permiso de un buzón")
        verbose_name_plural = _("permisos de buzones")
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "grantee"], name="grant_once"),
            models.CheckConstraint(condition=~Q(mailbox=F("grantee")), name="grant_to_another"),
            models.CheckConstraint(
                condition=Q(is_full=True) | Q(is_send_as=True) | Q(is_send_on_behalf=True), name="grant_of_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grantee} → {self.mailbox}"


class AutoReply(models.Model):
    """*Respuesta automática* (RFC 5230). Kept while it is off, so that nobody types it twice."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("A todos")
        INTERNAL = "internal", _("Solo a quienes escriben desde sus propios dominios")
        EXTERNAL = "external", _("Solo a quienes escriben desde fuera")

    mailbox = models.OneToOneField(
        Mailbox, on_delete=models.CASCADE, related_name="auto_reply", primary_key=True, verbose_name=_("buzón")
    )
    is_on = models.BooleanField(_("activada"), default=False)
    subject = models.CharField(_("asunto"), max_length=200, blank=True)
    text = models.TextField(_("texto"), max_length=10_000)
    audience = models.CharField(_("a quién"), max_length=8, choices=Audience.choices, default=Audience.EVERYONE)
    starts_at = models.DateTimeField(_("desde"), null=True, blank=True)
    ends_at = models.DateTimeField(_("hasta"), null=True, blank=True)

    class Meta:
        verbose_name = _("respuesta automática")
        verbose_name_plural = _("respuestas automáticas")
        constraints = [models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="reply_times_follow")]

    def __str__(self) -> str:
        return self.subject


class ExternalContact(PublicModel):
    """*Contacto externo*: somebody outside who can be a member of lists."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.PROTECT,
        related_name="external_contacts",
        verbose_name=_("suscripción"),
        db_index=False,
    )
    name = models.CharField(_("nombre"), max_length=120)
    email = models.CharField(_("correo electrónico"), max_length=254, db_collation="C")
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("contacto externo")
        verbose_name_plural = _("contactos externos")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "email"], name="contact_once_per_subscription"),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="contact_email_lower"),
        ]

    def __str__(self) -> str:
        return self.email


class DistributionList(PublicModel):
    """*Lista de distribución*: an address whose mail goes to all members."""

    class Senders(models.TextChoices):
        ANYONE = "anyone", _("Cualquier persona, también de fuera")
        INTERNAL = "internal", _("Solo quienes escriben desde sus propios dominios")
        MEMBERS = "members", _("Solo los integrantes y los propietarios")
        OWNERS = "owners", _("Solo los propietarios")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.PROTECT,
        related_name="distribution_lists",
        verbose_name=_("suscripción"),
        db_index=False,
    )
    mail_domain = models.ForeignKey(MailDomain, on_delete=models.PROTECT, related_name="+", verbose_name=_("dominio"))
    name = models.CharField(_("nombre"), max_length=120)
    address = models.CharField(_("dirección"), max_length=254, db_collation="C")
    senders = models.CharField(
        _("quién puede escribir"), max_length=8, choices=Senders.choices, default=Senders.INTERNAL
    )
    member_count = models.PositiveIntegerField(_("integrantes"), default=0)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("lista de distribución")
        verbose_name_plural = _("listas de distribución")
        constraints = [
            models.UniqueConstraint(fields=["address"], name="list_address_unique"),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="list_address_lower"),
        ]
        indexes = [models.Index(fields=["subscription", "address"], name="list_by_subscription")]

    def __str__(self) -> str:
        return self.address


class ListMember(models.Model):
    """One of three: a mailbox, a contact, another list."""

    list = models.ForeignKey(
        DistributionList, on_delete=models.CASCADE, related_name="members", verbose_name=_("lista"), db_index=False
    )
    mailbox = models.ForeignKey(
        Mailbox, null=True, blank=True, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("buzón")
    )
    contact = models.ForeignKey(
        ExternalContact,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("contacto"),
    )
    nested = models.ForeignKey(
        DistributionList,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("otra lista"),
    )
    is_owner = models.BooleanField(_("propietario"), default=False)
    is_member = models.BooleanField(_("integrante"), default=True)

    class Meta:
        verbose_name = _("integrante de una lista")
        verbose_name_plural = _("integrantes de listas")
        constraints = [
            models.UniqueConstraint(fields=["list", "mailbox"], name="member_mailbox_once"),
            models.UniqueConstraint(fields=["list", "contact"], name="member_contact_once"),
            models.UniqueConstraint(fields=["list", "nested"], name="member_list_once"),
            models.CheckConstraint(
                condition=Q(mailbox__isnull=False, contact=None, nested=None)
                | Q(mailbox=None, contact__isnull=False, nested=None)
                | Q(mailbox=None, contact=None, nested__isnull=False),
                name="member_is_one",
            ),
            models.CheckConstraint(condition=~Q(nested=F("list")), name="member_is_another"),
            models.CheckConstraint(
                condition=Q(is_owner=False) | Q(mailbox__isnull=False), name="member_owner_is_mailbox"
            ),
            models.CheckConstraint(condition=Q(is_owner=True) | Q(is_member=True), name="member_is_something"),
        ]

    def __str__(self) -> str:
        return str(self.mailbox or self.contact or self.nested)

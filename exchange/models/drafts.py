"""What the wizard remembers between its steps, and the link by which a user chooses a password."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from cloudpanel.core.crypto import InvalidToken, decrypt, encrypt
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from exchange.models.domains import MailboxTemplate, MailDomain
from exchange.models.mailboxes import Mailbox
from marketplace.models import OwnedQuerySet, Subscription

DRAFT_LIFE = timedelta(days=7)
LINK_LIFE = timedelta(hours=48)


def draft_expiry() -> datetime:
    return timezone.now() + DRAFT_LIFE


def digest_of(token: str) -> str:
    """What the table keeps of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


class MailboxDraft(PublicModel):
    """One run of the creation wizard by one person. Its public id is made when the wizard opens and is in every
    address of it: back, reload, double click and two tabs all meet this one row, and it makes at most one mailbox."""

    class Mode(models.TextChoices):
        NEW = "new", _("Nuevo usuario de servicio")
        EXISTING = "existing", _("Usuario de servicio existente")

    class PasswordBy(models.TextChoices):
        TYPED = "typed", _("Escribir o generar la contraseña ahora")
        LINK = "link", _("Que el usuario la elija por un enlace")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="+", verbose_name=_("suscripción")
    )
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("persona"))
    mode = models.CharField(_("usuario"), max_length=10, choices=Mode.choices, blank=True)
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("usuario existente")
    )
    display_name = models.CharField(_("nombre para mostrar"), max_length=120, blank=True)
    local_part = models.CharField(_("inicio de sesión"), max_length=64, blank=True)
    mail_domain = models.ForeignKey(
        MailDomain, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("dominio")
    )
    password_by = models.CharField(max_length=10, choices=PasswordBy.choices, default=PasswordBy.TYPED)
    sealed_password = models.BinaryField(_("contraseña cifrada"), null=True)
    link_email = models.EmailField(_("correo para el enlace"), max_length=254, blank=True)
    template = models.ForeignKey(
        MailboxTemplate, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("plantilla")
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    mailbox_public_id = models.UUIDField(default=uuid.uuid4, editable=False)  # of the one mailbox that it may make
    expires_at = models.DateTimeField(default=draft_expiry)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("borrador de buzón")
        verbose_name_plural = _("borradores de buzón")
        indexes = [models.Index(fields=["expires_at"], name="draft_expiry")]
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(sealed_password__isnull=True),
                name="draft_finished_keeps_no_password",
            )
        ]

    def __str__(self) -> str:
        return f"{self.public_id}"

    @property
    def password(self) -> str:
        """What was typed, or empty; also when the key that sealed it is no longer known."""
        if self.sealed_password is None:
            return ""
        try:
            return str(decrypt(self.sealed_password))
        except InvalidToken:
            return ""

    def seal_password(self, plain: str) -> None:
        self.sealed_password = encrypt(plain) if plain else None

    @property
    def address(self) -> str:
        return f"{self.local_part}@{self.mail_domain.name}" if self.local_part and self.mail_domain else ""

    @property
    def has_data(self) -> bool:
        """The data step was completed once."""
        has_way_in = bool(self.link_email) if self.password_by == self.PasswordBy.LINK else bool(self.sealed_password)
        return bool(self.display_name and self.address and has_way_in)


class PasswordLink(models.Model):
    """A one-use link by which the user of a mailbox chooses its password. Only a digest of the token is kept."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="password_links")
    email = models.EmailField(_("correo"), max_length=254)
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("enlace para elegir contraseña")
        verbose_name_plural = _("enlaces para elegir contraseña")
        constraints = [models.UniqueConstraint(fields=["digest"], name="password_link_digest_unique")]

    def __str__(self) -> str:
        return f"{self.mailbox} → {self.email}"

    @classmethod
    def promised(cls, mailbox: Mailbox, email: str) -> PasswordLink:
        """Unsaved; its token is made when the e-mail leaves, so this one opens nothing."""
        expires_at = timezone.now() + LINK_LIFE
        return cls(mailbox=mailbox, email=email, digest=digest_of(secrets.token_urlsafe()), expires_at=expires_at)

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.expires_at > timezone.now()

"""How people come in (Activation), when they came (SignIn), and what they ask for (AccessRequest).

Who they are and what they may do is in ``accounts``; what is delegated to them in ``marketplace``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from marketplace.models import Subscription

LINK_LIFE = timedelta(hours=48)
REMINDER_AFTER = timedelta(hours=36)


class ActivationQuerySet(models.QuerySet["Activation"]):
    def open(self) -> ActivationQuerySet:
        """Those whose links work as long as time is left."""
        return self.filter(used_at__isnull=True, superseded_at__isnull=True, membership__isnull=False)

    def due_for_reminder(self) -> ActivationQuerySet:
        """Sent 36 hours ago, not used, not reminded, and not yet dead."""
        now = timezone.now()
        return self.open().filter(
            reminded_at__isnull=True, sent_at__lte=now - REMINDER_AFTER, expires_at__gt=now, membership__is_active=True
        )


class Activation(PublicModel):
    """One invitation to come into an account. Its links work once, for 48 hours after the first e-mail left.

    A membership that is deleted leaves its invitations behind without name, so that an old link can say what happened.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Vigente")
        USED = "used", _("Usada")
        EXPIRED = "expired", _("Vencida")
        SUPERSEDED = "superseded", _("Reemplazada por otra más reciente")
        WITHDRAWN = "withdrawn", _("Retirada")

    membership = models.ForeignKey(
        Membership, null=True, on_delete=models.SET_NULL, related_name="activations", verbose_name=_("pertenencia")
    )
    requested_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("enviada por")
    )
    expires_at = models.DateTimeField(_("vence"))
    sent_at = models.DateTimeField(_("enviada"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("recordada"), null=True, blank=True)
    used_at = models.DateTimeField(_("usada"), null=True, blank=True)
    superseded_at = models.DateTimeField(_("reemplazada"), null=True, blank=True)
    last_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("último envío")
    )

    objects = ActivationQuerySet.as_manager()

    class Meta:
        verbose_name = _("activación")
        verbose_name_plural = _("activaciones")
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(used_at__isnull=True, superseded_at__isnull=True),
                name="activation_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["sent_at"],
                name="activation_to_remind",
                condition=Q(used_at__isnull=True, superseded_at__isnull=True, reminded_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.membership} · {self.state.label}"

    @property
    def state(self) -> Activation.State:
        if self.used_at:
            return self.State.USED
        if self.membership_id is None:
            return self.State.WITHDRAWN
        if self.superseded_at:
            return self.State.SUPERSEDED
        return self.State.EXPIRED if self.expires_at <= timezone.now() else self.State.OPEN


class ActivationLink(models.Model):
    """One link that left in an e-mail. Only its SHA-256 is kept; the e-mail is the only place where it can be read.

    Each attempt to send makes its own, so that no secret waits anywhere for a mail server that is down.
    """

    activation = models.ForeignKey(
        Activation, on_delete=models.CASCADE, related_name="links", verbose_name=_("activación")
    )
    token_hash = models.CharField(_("huella del enlace"), max_length=64)
    created_at = models.DateTimeField(_("creado"), auto_now_add=True)

    class Meta:
        verbose_name = _("enlace de activación")
        verbose_name_plural = _("enlaces de activación")
        constraints = [models.UniqueConstraint(fields=["token_hash"], name="activation_link_unique")]

    def __str__(self) -> str:
        return f"{self.activation_id}"


class SignIn(models.Model):
    """One sign-in, or a failed try, as the account in which it began sees it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins", verbose_name=_("usuario"))
    account = models.ForeignKey(
        Account, null=True, on_delete=models.CASCADE, related_name="sign_ins", verbose_name=_("cuenta")
    )
    at = models.DateTimeField(_("fecha"), default=timezone.now)
    is_successful = models.BooleanField(_("correcto"))
    ip = models.GenericIPAddressField(_("dirección IP"), null=True, blank=True)
    user_agent = models.CharField(_("navegador"), max_length=200, blank=True)
    session_key = models.CharField(_("sesión"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("ingreso")
        verbose_name_plural = _("ingresos")
        indexes = [models.Index(fields=["user", "account", "-id"], name="sign_in_by_person")]

    def __str__(self) -> str:
        return f"{self.user} {self.at:%Y-%m-%d %H:%M}"


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    def visible_to(self, membership: Membership) -> AccessRequestQuerySet:
        """Administrators see the account's, everybody else their own."""
        mine = self.filter(account_id=membership.account_id)
        return mine if membership.is_admin else mine.filter(user_id=membership.user_id)

    def pending(self) -> AccessRequestQuerySet:
        return self.filter(state=AccessRequest.State.PENDING)


class AccessRequest(PublicModel):
    """*Solicitar acceso*: a person asks to manage a service, or (without one) to administer the account."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pendiente")
        GRANTED = "granted", _("Concedida")
        DECLINED = "declined", _("Rechazada")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="access_requests", verbose_name=_("cuenta")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_requests", verbose_name=_("usuario"))
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.CASCADE, related_name="+", verbose_name=_("servicio")
    )
    message = models.CharField(_("motivo"), max_length=300, blank=True)
    state = models.CharField(_("estado"), max_length=10, choices=State.choices, default=State.PENDING)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("decidida por")
    )
    decided_at = models.DateTimeField(_("decidida"), null=True, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("solicitud de acceso")
        verbose_name_plural = _("solicitudes de acceso")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "user", "subscription"],
                condition=Q(state="pending"),
                nulls_distinct=False,
                name="access_request_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.subscription or self.account}"


UPLOAD_LIFE = timedelta(days=1)


def upload_expiry() -> datetime:
    return timezone.now() + UPLOAD_LIFE


class UserUploadQuerySet(models.QuerySet["UserUpload"]):
    def visible_to(self, membership: Membership) -> UserUploadQuerySet:
        """Any administrator of the account may go on with it."""
        mine = self.filter(account_id=membership.account_id, expires_at__gt=timezone.now())
        return mine if membership.is_admin else mine.none()


class UserUpload(PublicModel):
    """A file of people while somebody verifies it: read again with other columns or another encoding without being
    uploaded again. Compressed and encrypted; forgotten when its people are added, or after a day."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", verbose_name=_("cuenta"))
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("subido por")
    )
    filename = models.CharField(_("archivo"), max_length=200)
    sealed = models.BinaryField(_("contenido cifrado"))
    expires_at = models.DateTimeField(_("se olvida"), default=upload_expiry)

    objects = UserUploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("archivo de usuarios")
        verbose_name_plural = _("archivos de usuarios")
        indexes = [models.Index(fields=["expires_at"], name="user_upload_expiry")]

    def __str__(self) -> str:
        return self.filename

"""The customer (Account), the people (User), who may do what where (Membership), and what was done (ActionLogEntry)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import normalize_email
from accounts.log_models import ActionLogEntry as ActionLogEntry  # noqa: PLC0414 - Django looks for models here
from accounts.log_models import ActionLogSeal as ActionLogSeal  # noqa: PLC0414
from accounts.mail_models import NotificationKind as NotificationKind  # noqa: PLC0414
from accounts.mail_models import NotificationPreference as NotificationPreference  # noqa: PLC0414
from accounts.mail_models import OutgoingEmail as OutgoingEmail  # noqa: PLC0414
from accounts.person_models import EmailChange as EmailChange  # noqa: PLC0414
from accounts.person_models import UserPhoto as UserPhoto  # noqa: PLC0414
from cloudpanel.core.folding import Folded
from cloudpanel.core.models import PublicModel


class Role(models.TextChoices):
    """What a person may do in one account. Never stored on the user: a person may belong to several accounts."""

    ACCOUNT_ADMIN = "account_admin", _("Administrador de la cuenta")
    DELEGATE = "delegate", _("Usuario con servicios delegados")
    SERVICE_USER = "service_user", _("Usuario de servicio")


class UserStatus(models.TextChoices):
    """Derived by :attr:`User.status`, never stored."""

    READY = "ready", _("Listo")
    LOCKED = "locked", _("Bloqueado")
    NOT_ACTIVATED = "not_activated", _("Sin activar")
    DISABLED = "disabled", _("Deshabilitado")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=normalize_email(email), **fields)
        user.set_password(password)
        if password and not user.activated_at:
            user.activated_at = timezone.now()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normalize_email(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in with an e-mail address. Addresses are kept in lower case and unique on the platform."""

    public_id = models.UUIDField(_("identificador"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("usuario (correo)"), max_length=254)
    name = models.CharField(_("nombre"), max_length=150)
    notification_email = models.EmailField(_("correo para notificaciones"), max_length=254, blank=True)
    language = models.CharField(_("idioma"), max_length=10, choices=settings.LANGUAGES, default="es-mx")
    is_active = models.BooleanField(_("habilitado"), default=True)
    is_staff = models.BooleanField(_("personal de soporte"), default=False)
    activated_at = models.DateTimeField(_("activado"), null=True, blank=True)
    locked_until = models.DateTimeField(_("bloqueado hasta"), null=True, blank=True)
    date_joined = models.DateTimeField(_("creado"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("usuario")
        verbose_name_plural = _("usuarios")
        permissions = [
            ("enter_as", _("Puede entrar como un usuario")),
            ("reset_second_factor", _("Puede quitar el segundo factor de un usuario")),
        ]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    @property
    def contact_email(self) -> str:
        """Where notifications go."""
        return self.notification_email or self.email

    @property
    def status(self) -> UserStatus:
        if not self.is_active:
            return UserStatus.DISABLED
        if self.locked_until and self.locked_until > timezone.now():
            return UserStatus.LOCKED
        return UserStatus.READY if self.activated_at else UserStatus.NOT_ACTIVATED


class Account(PublicModel):
    """A customer of the provider: the one who pays. Never a login, never a mailbox."""

    legal_name = models.CharField(_("razón social"), max_length=254)
    tax_id = models.CharField(_("RFC"), max_length=13, blank=True)
    tax_regime = models.CharField(_("régimen fiscal"), max_length=3, blank=True)
    cfdi_use = models.CharField(_("uso de CFDI"), max_length=4, blank=True)  # blank: what its régimen usually wants
    street = models.CharField(_("calle y número"), max_length=200, blank=True)
    city = models.CharField(_("ciudad"), max_length=100, blank=True)
    state = models.CharField(_("estado"), max_length=100, blank=True)
    postal_code = models.CharField(_("código postal"), max_length=10, blank=True)
    country = models.CharField(_("país"), max_length=2, default="MX")
    language = models.CharField(_("idioma"), max_length=10, choices=settings.LANGUAGES, default="es-mx")
    time_zone = models.CharField(_("zona horaria"), max_length=50, default="America/Mexico_City")
    is_active = models.BooleanField(_("activa"), default=True)
    requires_second_factor = models.BooleanField(_("exige segundo factor"), default=False)
    version = models.PositiveIntegerField(_("versión"), default=1, editable=False)

    class Meta:
        verbose_name = _("cuenta")
        verbose_name_plural = _("cuentas")

    def __str__(self) -> str:
        return self.legal_name


NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The last sign-in of who has not signed in yet: lists are sorted by it, and a sorting key is never null."""


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to(self, membership: Membership) -> MembershipQuerySet:
        """The people of the same account. Views check the role after the fetch: only administrators manage people."""
        return self.filter(account_id=membership.account_id)

    def in_force(self) -> MembershipQuerySet:
        """Those that let their person in."""
        return self.filter(is_active=True, is_pending=False, user__is_active=True, account__is_active=True)

    def with_status(self, status: str) -> MembershipQuerySet:
        """The same rule as :attr:`Membership.status`, by the clock of the database."""
        on = models.Q(is_active=True, user__is_active=True)
        locked = models.Q(user__locked_until__gt=Now())
        rules = {
            UserStatus.DISABLED: ~on,
            UserStatus.LOCKED: on & locked,
            UserStatus.NOT_ACTIVATED: on & ~locked & models.Q(is_pending=True),
            UserStatus.READY: on & ~locked & models.Q(is_pending=False),
        }
        return self.filter(rules[UserStatus(status)])


class Membership(models.Model):
    """This person, in this account, with this role. The row is read at every request, so a change counts at once.

    It is all that the account's administrators see of a person, who may belong to other customers too: their own
    ``name`` and ``notification_email`` for them, whether they may come in (``is_active``), whether they have accepted
    (``is_pending``). ``email`` is a copy of the sign-in address for searching and sorting; triggers (migration
    0003) fill it and keep it equal, and fill an empty ``name`` from the person's own.
    """

    public_id = models.UUIDField(_("identificador"), default=uuid.uuid4, unique=True, editable=False)
    unread_count: int  # this and the next only on request.memberships (accounts.middleware)
    has_second_factor: bool

    # No index of their own: others begin with them.
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("cuenta"), db_index=False
    )
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("usuario"), db_index=False
    )
    role = models.CharField(_("rol"), max_length=20, choices=Role.choices)
    name = models.CharField(_("nombre"), max_length=150, blank=True)
    email = models.CharField(_("usuario (correo)"), max_length=254, blank=True, editable=False)
    notification_email = models.EmailField(_("correo para notificaciones"), max_length=254, blank=True)
    is_active = models.BooleanField(_("habilitado"), default=True)
    is_pending = models.BooleanField(_("sin activar"), default=False)
    last_sign_in_at = models.DateTimeField(_("último ingreso"), default=NEVER)
    version = models.PositiveIntegerField(_("versión"), default=1, editable=False)
    search_text = models.GeneratedField(
        expression=Folded("name", models.Value(" "), "email"), output_field=models.TextField(), db_persist=True
    )
    created_at = models.DateTimeField(_("creado"), auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("pertenencia")
        verbose_name_plural = _("pertenencias")
        constraints = [models.UniqueConstraint(fields=["user", "account"], name="membership_once")]
        indexes = [
            models.Index(fields=["account", "search_text", "id"], name="membership_by_name"),
            models.Index(fields=["account", "email", "id"], name="membership_by_email"),
            models.Index(fields=["account", "last_sign_in_at", "id"], name="membership_by_sign_in"),
            models.Index(fields=["account", "role", "id"], name="membership_by_role"),
            GinIndex(  # of one customer's rows: see gin_key
                fields=["account", "search_text"], opclasses=["int8_ops", "gin_trgm_ops"], name="membership_search"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.account} · {self.get_role_display()}"

    @property
    def status(self) -> UserStatus:
        """As this account sees the person."""
        if not (self.is_active and self.user.is_active):
            return UserStatus.DISABLED
        if self.user.locked_until and self.user.locked_until > timezone.now():
            return UserStatus.LOCKED
        return UserStatus.NOT_ACTIVATED if self.is_pending else UserStatus.READY

    @property
    def contact_email(self) -> str:
        """Where this account's notifications go."""
        return self.notification_email or self.user.contact_email

    @property
    def has_signed_in(self) -> bool:
        return self.last_sign_in_at > NEVER

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ACCOUNT_ADMIN

    @property
    def is_delegate(self) -> bool:
        return self.role == Role.DELEGATE

    @property
    def is_service_user(self) -> bool:
        return self.role == Role.SERVICE_USER


class AccountContact(models.Model):
    """Whom the provider writes to about one kind of matter."""

    class Kind(models.TextChoices):
        ADMINISTRATIVE = "administrative", _("Administrativo")
        BILLING = "billing", _("Facturación")
        TECHNICAL = "technical", _("Técnico")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts", verbose_name=_("cuenta"))
    kind = models.CharField(_("tipo"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("nombre"), max_length=150)
    email = models.EmailField(_("correo"), max_length=254)
    phone = models.CharField(_("teléfono"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("contacto")
        verbose_name_plural = _("contactos")
        constraints = [models.UniqueConstraint(fields=["account", "kind"], name="contact_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, membership: Membership) -> NotificationQuerySet:
        """One's own, of the account one is working in."""
        return self.filter(user_id=membership.user_id, account_id=membership.account_id)


class Notification(PublicModel):
    """What the panel tells one person; on screen with a count, and by e-mail (one per batch, never one per row)."""

    class Level(models.TextChoices):
        INFO = "info", _("Información")
        SUCCESS = "success", _("Listo")
        WARNING = "warning", _("Atención")
        DANGER = "danger", _("Problema")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="notifications", verbose_name=_("cuenta")
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", verbose_name=_("usuario"))
    kind = models.CharField(
        _("tipo"), max_length=20, choices=NotificationKind.choices, default=NotificationKind.SERVICES
    )
    level = models.CharField(_("nivel"), max_length=10, choices=Level.choices, default=Level.INFO)
    title = models.CharField(_("título"), max_length=200)
    body = models.TextField(_("texto"), blank=True)
    url = models.CharField(_("enlace"), max_length=300, blank=True)
    read_at = models.DateTimeField(_("leída"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notificación")
        verbose_name_plural = _("notificaciones")
        indexes = [
            models.Index(fields=["user", "account", "-id"], name="notification_by_person"),
            models.Index(
                fields=["user", "account"], name="notification_unread", condition=models.Q(read_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.title

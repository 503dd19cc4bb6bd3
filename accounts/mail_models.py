"""E-mail that the panel owes somebody, and what each person wants to be told how."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NotificationKind(models.TextChoices):
    """What a notification is about; each person chooses for each how to be told."""

    SERVICES = "services", _("Servicios y pedidos")
    BILLING = "billing", _("Facturas y pagos")
    USERS = "users", _("Usuarios y permisos")
    SECURITY = "security", _("Seguridad de su acceso")


ALWAYS_TOLD = frozenset({NotificationKind.SECURITY})
"""Nobody may turn these off: whoever stole a session would do so first."""


class NotificationPreference(models.Model):
    """What one person wants otherwise than everybody: without a row, both ways."""

    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="preferences", verbose_name=_("usuario"), db_index=False
    )
    kind = models.CharField(_("tipo"), max_length=20, choices=NotificationKind.choices)
    on_screen = models.BooleanField(_("en pantalla"), default=True)
    by_email = models.BooleanField(_("por correo"), default=True)

    class Meta:
        verbose_name = _("preferencia de notificación")
        verbose_name_plural = _("preferencias de notificación")
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once_per_kind")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class OutgoingEmail(models.Model):
    """One e-mail to be sent, written in the transaction of what it tells about; ``notices`` turns it into a Job.

    ``params`` holds what the text needs and never a secret: links are made while sending (:mod:`accounts.emails`).
    Notifications of one person wait a moment for each other and leave as one e-mail.
    """

    class Kind(models.TextChoices):
        NOTIFICATION = "notification", _("Notificación")
        EMAIL_CHANGE_CONFIRM = "email_change_confirm", _("Confirmar un correo nuevo")
        EMAIL_CHANGE_NOTICE = "email_change_notice", _("Aviso de cambio de correo")
        EMAIL_TAKEN = "email_taken", _("Aviso de que su correo ya tiene acceso")
        SECOND_FACTOR_RESET = "second_factor_reset", _("Aviso de segundo factor retirado")
        STAFF_INVITED = "staff_invited", _("Invitación a personal de soporte")
        MISCONFIGURED = "misconfigured", _("Aviso a soporte de un controlador mal configurado")
        DISPUTED = "disputed", _("Aviso a soporte de un contracargo")

    kind = models.CharField(_("tipo"), max_length=30, choices=Kind.choices)
    account = models.ForeignKey(
        "accounts.Account",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("cuenta"),
        db_index=False,
    )
    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", verbose_name=_("usuario"))
    address = models.EmailField(_("dirección"), max_length=254, blank=True)  # blank: where that person gets mail
    params: models.JSONField[Any, Any] = models.JSONField(_("datos"), default=dict, blank=True)
    created_at = models.DateTimeField(_("creado"), auto_now_add=True)
    job_id = models.BigIntegerField(_("operación"), null=True, editable=False)
    sent_at = models.DateTimeField(_("enviado"), null=True, blank=True)

    class Meta:
        verbose_name = _("correo por enviar")
        verbose_name_plural = _("correos por enviar")
        indexes = [
            models.Index(fields=["id"], name="email_without_job", condition=Q(job_id__isnull=True)),
            models.Index(fields=["job_id"], name="email_by_job", condition=Q(job_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.user_id}"

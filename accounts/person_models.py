"""What belongs to one person alone: their photo, and the change of their sign-in address."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CONFIRM_WITHIN = timedelta(hours=24)
REVERT_WITHIN = timedelta(hours=72)


class UserPhoto(models.Model):
    """A small JPEG made by us from what was uploaded: nothing of the original file is kept, no position, no comment."""

    user = models.OneToOneField(
        "accounts.User", on_delete=models.CASCADE, primary_key=True, related_name="photo", verbose_name=_("usuario")
    )
    image = models.BinaryField(_("imagen"))
    digest = models.CharField(_("huella"), max_length=64)
    changed_at = models.DateTimeField(_("cambiada"), default=timezone.now)

    class Meta:
        verbose_name = _("foto")
        verbose_name_plural = _("fotos")

    def __str__(self) -> str:
        return f"{self.user_id}"


class EmailChange(models.Model):
    """One person's wish to sign in with another address.

    The new address confirms it by a one-use link within ``CONFIRM_WITHIN``; the old one is told when it is asked for and
    when it is done, and can undo it within ``REVERT_WITHIN``. Links carry the change's UUID and a keyed mark of its
    state, so each dies with the state that it belongs to.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Por confirmar")
        CONFIRMED = "confirmed", _("Confirmado")
        REVERTED = "reverted", _("Deshecho")
        CANCELLED = "cancelled", _("Cancelado")

    public_id = models.UUIDField(_("identificador"), default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        "accounts.User", on_delete=models.CASCADE, related_name="email_changes", verbose_name=_("usuario")
    )
    old_email = models.EmailField(_("correo anterior"), max_length=254)
    new_email = models.EmailField(_("correo nuevo"), max_length=254)
    state = models.CharField(_("estado"), max_length=10, choices=State.choices, default=State.REQUESTED)
    created_at = models.DateTimeField(_("pedido"), db_default=Now())
    confirmed_at = models.DateTimeField(_("confirmado"), null=True, blank=True)

    class Meta:
        verbose_name = _("cambio de correo")
        verbose_name_plural = _("cambios de correo")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state="requested"), name="email_change_one_open_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_email} → {self.new_email}"

    @property
    def is_open(self) -> bool:
        """Whether the new address may still confirm it."""
        return self.state == self.State.REQUESTED and timezone.now() < self.created_at + CONFIRM_WITHIN

    @property
    def may_be_reverted(self) -> bool:
        """Whether the old address may still undo it: as long as it is asked for, and a while after it is done."""
        if self.state == self.State.CONFIRMED and self.confirmed_at:
            return timezone.now() < self.confirmed_at + REVERT_WITHIN
        return self.is_open

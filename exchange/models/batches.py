"""One thing done to many mailboxes at once, as the person who asked for it sees it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from cloudpanel.core.models import PublicModel
from cloudpanel.provisioning.models import Job
from exchange.models.domains import MailboxTemplate
from exchange.models.mailboxes import Mailbox
from marketplace.models import OwnedQuerySet, Subscription


class MailboxBatch(PublicModel):
    """*Operación en lote*. ``total`` mailboxes began; ``skipped`` were chosen and left alone, with the reasons counted in
    ``reasons`` (sentence → how many)."""

    class Verb(models.TextChoices):
        DELETE = "delete", _("Eliminar buzones")
        TEMPLATE = "template", _("Cambiar la plantilla")
        LINK = "link", _("Enviar enlaces para elegir contraseña")
        ENABLE = "enable", _("Habilitar buzones")
        DISABLE = "disable", _("Deshabilitar buzones")
        RESTORE = "restore", _("Restaurar buzones")
        PURGE = "purge", _("Borrar buzones para siempre")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="mailbox_batches", verbose_name=_("suscripción")
    )
    verb = models.CharField(_("qué se hace"), max_length=10, choices=Verb.choices)
    template = models.ForeignKey(
        MailboxTemplate, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("plantilla")
    )
    asked_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("pedida por")
    )
    total = models.PositiveIntegerField(_("buzones"), default=0)
    skipped = models.PositiveIntegerField(_("sin tocar"), default=0)
    reasons = models.JSONField(_("por qué"), default=dict, blank=True)
    failed = models.PositiveIntegerField(_("con falla"), default=0)
    finished_at = models.DateTimeField(_("terminada"), null=True, blank=True)
    token = models.UUIDField(editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("operación en lote")
        verbose_name_plural = _("operaciones en lote")
        constraints = [models.UniqueConstraint(fields=["token"], name="batch_once_per_token")]
        indexes = [models.Index(fields=["subscription", "-id"], name="batch_by_subscription")]

    def __str__(self) -> str:
        return str(self.get_verb_display())


class BatchItem(models.Model):
    """One mailbox of a batch and the job that it got."""

    batch = models.ForeignKey(MailboxBatch, on_delete=models.CASCADE, related_name="items")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("buzón de una operación en lote")
        verbose_name_plural = _("buzones de operaciones en lote")

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.mailbox_id}"

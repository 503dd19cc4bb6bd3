"""The *registro de acciones* in the database: its lines, and the seals that chain them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Length, Lower
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.log_macs import CONTENT_FIELDS, MAC_BYTES, mac_of


class MacField(models.BinaryField):
    """The MAC of the line's content, computed as it is written: ``save`` and ``bulk_create`` cannot forget it."""

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes:
        mac = mac_of([getattr(model_instance, name) for name in CONTENT_FIELDS])
        setattr(model_instance, self.attname, mac)
        return mac


class CurrentTransaction(models.Func):
    """The number of the writing transaction (xid8, which never wraps)."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class ActionLogEntry(models.Model):
    """One line of the *registro de acciones*. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE.

    People and objects are kept as text (and plain numbers, not foreign keys), so that the line outlives them.
    ``mac`` proves its content, ``ActionLogSeal`` its place (docs/decisions.md).
    """

    account = models.ForeignKey(
        "accounts.Account",
        null=True,
        on_delete=models.PROTECT,
        related_name="action_log",
        verbose_name=_("cuenta"),
        db_index=False,
    )
    at = models.DateTimeField(_("fecha"), default=timezone.now)
    actor_id = models.BigIntegerField(_("usuario"), null=True)
    actor_name = models.CharField(_("quién"), max_length=254)
    impersonator_id = models.BigIntegerField(_("personal de soporte"), null=True)
    impersonator_name = models.CharField(_("entró como"), max_length=254, blank=True)
    action = models.CharField(_("acción"), max_length=80)
    object_type = models.CharField(_("tipo de objeto"), max_length=60, blank=True)
    object_id = models.CharField(_("identificador del objeto"), max_length=40, blank=True)
    object_name = models.CharField(_("objeto"), max_length=254, blank=True)
    before = models.JSONField(_("antes"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("después"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    origin = models.CharField(_("origen"), max_length=60, blank=True)
    written_in = models.BigIntegerField(_("transacción"), db_default=CurrentTransaction(), editable=False)
    mac = MacField(_("comprobación"), max_length=MAC_BYTES)

    class Meta:
        verbose_name = _("acción registrada")
        verbose_name_plural = _("registro de acciones")
        constraints = [
            models.CheckConstraint(condition=Exact(Length("mac"), MAC_BYTES), name="action_log_has_mac"),
        ]
        indexes = [
            models.Index(fields=["account", "at", "id"], name="action_log_by_account"),
            models.Index(fields=["account", "actor_id", "at", "id"], name="action_log_by_person"),
            models.Index(fields=["account", "action", "at", "id"], name="action_log_by_action"),
            models.Index(fields=["account", "object_type", "object_id", "at"], name="action_log_by_object"),
            models.Index(
                models.F("account"),
                OpClass(Lower("object_name"), name="text_pattern_ops"),
                name="action_log_by_name",
            ),
            models.Index(
                fields=["account", "at", "id"],
                name="action_log_on_behalf",
                condition=models.Q(impersonator_id__isnull=False),
            ),
            models.Index(fields=["written_in", "id"], name="action_log_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.object_name}"


class ActionLogSeal(models.Model):
    """Closes a stretch of the log, in the order (transaction, id) in which lines became final. Append-only too.

    ``entry_ids`` are the lines of the stretch, ``entry_marks`` the first bytes of their MACs, and ``mac`` covers both
    and the seal before. ``epoch`` changes when a dump was restored into a younger database, whose transactions count
    from lower numbers; ``after_id`` is the last line of the epoch before.
    """

    number = models.BigIntegerField(_("número"), primary_key=True)
    created_at = models.DateTimeField(_("fecha"), default=timezone.now)
    epoch = models.PositiveIntegerField(_("época"), default=1)
    after_id = models.BigIntegerField(_("desde"), default=0)
    last_transaction = models.BigIntegerField(_("última transacción"))
    last_entry_id = models.BigIntegerField(_("última acción"))
    entry_ids = ArrayField(models.BigIntegerField(), verbose_name=_("acciones"))
    entry_marks = models.BinaryField(_("marcas"))
    mac = models.BinaryField(_("comprobación"), max_length=MAC_BYTES)

    class Meta:
        verbose_name = _("sello del registro")
        verbose_name_plural = _("sellos del registro")

    def __str__(self) -> str:
        return f"{self.number}: {self.last_entry_id}"

    @property
    def facts(self) -> tuple[int | str, ...]:
        """What its MAC covers besides the lines themselves."""
        position = (self.last_transaction, self.last_entry_id)
        return (self.number, self.created_at.isoformat(), self.epoch, self.after_id, *position)

"""The domains of a customer: registered by us, coming to us, or held elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from cloudpanel.core.domain_names import readable
from cloudpanel.core.folding import Folded, fold
from cloudpanel.core.models import PublicModel
from cloudpanel.core.prepared import Like, beginning, containing
from cloudpanel.provisioning.models import Job
from domains.models.contacts import Contact
from marketplace.models import OwnedQuerySet, Subscription


class DomainQuerySet(OwnedQuerySet):
    def alive(self) -> DomainQuerySet:
        return self.exclude(state__in=Domain.OVER)

    def listed(self) -> DomainQuerySet:
        """What the list shows: all but what has left. What failed stays until somebody takes it off."""
        return self.filter(LISTED)

    def matching(self, text: str) -> DomainQuerySet:
        """All words of ``text`` occur in the name, as it is read or as it goes over the wire."""
        column, patterns = search_patterns(text)
        return self.like(column, patterns)

    def like(self, column: str, patterns: Iterable[str]) -> DomainQuerySet:
        return self.filter(*[Like(F(column), pattern) for pattern in patterns])


LISTED = ~Q(state__in=["gone", "terminated"])


def search_patterns(text: str) -> tuple[str, list[str]]:
    """The column to look in, and what for. Two letters alone are too few for the trigram index: the beginning of a name."""
    words = fold(text).split()
    if len(words) == 1 and len(words[0]) < 3:
        return "search_text", [beginning(words[0])]
    return "search_text", [containing(word) for word in words]


class ReadableNameField(models.CharField):  # type: ignore[type-arg]  # a plain class at run time
    """The U-labels of ``name``, kept beside it because SQL knows no Punycode. Written with every insert."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = readable(model_instance.name)  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, value)
        return value


class Domain(PublicModel):
    """``name`` is in lower-case A-labels (RFC 5890, section 2.3.2.1), without a final dot.

    What is registered here or is being transferred has a ``subscription``, by which it is paid; an external one has
    none and costs nothing. Times of the registry (``registered_at``, ``expires_at``) are as it told them last."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", _("Registrado aquí")
        TRANSFER = "transfer", _("En transferencia")  # becomes REGISTERED when it has arrived
        EXTERNAL = "external", _("Externo")

    class State(models.TextChoices):
        PENDING = "pending", _("En proceso")  # not paid, not registered, not arrived, not proved
        ACTIVE = "active", _("Activo")
        EXPIRED = "expired", _("Vencido")
        REDEMPTION = "redemption", _("En rescate")  # RFC 3915: only a restore brings it back
        FAILED = "failed", _("No se logró")
        GONE = "gone", _("Ya no está con nosotros")  # transferred away, or vanished from the registry
        TERMINATED = "terminated", _("Dado de baja")

    OVER = (State.FAILED, State.GONE, State.TERMINATED)

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="domains", verbose_name=_("cuenta"))
    subscription = models.OneToOneField(
        Subscription,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="domain",
        verbose_name=_("suscripción"),
    )
    name = models.CharField(_("dominio"), max_length=253, db_collation="C")
    shown_name = ReadableNameField(_("nombre legible"), max_length=253, editable=False, default="", db_collation="C")
    kind = models.CharField(_("tipo"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("estado"), max_length=10, choices=State.choices, default=State.PENDING)
    registrant = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="domains", verbose_name=_("titular")
    )
    registry = models.CharField(_("registro"), max_length=40, blank=True)  # entry of settings.REGISTRIES
    nameservers = models.JSONField(_("servidores de nombres"), default=list, blank=True)
    glue = models.JSONField(  # name → addresses
        _("direcciones de sus servidores de nombres"),
        default=dict,
        db_default=Value({}, models.JSONField()),
        blank=True,
    )
    ds_records = models.JSONField(  # [key tag, algorithm, digest type, digest]
        _("registros DS"), default=list, db_default=Value([], models.JSONField()), blank=True
    )
    is_locked = models.BooleanField(_("bloqueado contra transferencias"), default=False)
    is_private = models.BooleanField(_("datos del titular ocultos"), default=False)
    registered_at = models.DateTimeField(_("registrado"), null=True, blank=True)
    expires_at = models.DateTimeField(_("vence"), null=True, blank=True)
    # The expiry that is paid for: later than expires_at while the registry still has to be told.
    paid_until = models.DateTimeField(_("pagado hasta"), null=True, blank=True)
    warned_days = models.PositiveSmallIntegerField(_("último aviso, días antes"), null=True, blank=True, editable=False)
    compared_at = models.DateTimeField(_("comparado con el registro"), null=True, blank=True, editable=False)
    redeemable_until = models.DateTimeField(_("rescatable hasta"), null=True, blank=True)
    verification_token = models.UUIDField(_("clave de verificación"), default=uuid.uuid4, editable=False)
    verified_at = models.DateTimeField(_("propiedad comprobada"), null=True, blank=True)
    failure_message = models.TextField(_("qué falló"), blank=True)
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    # The readable name first: the list is in its order.
    search_text = models.GeneratedField(
        expression=Folded("shown_name", Value(" "), "name"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )

    objects = DomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("dominio")
        verbose_name_plural = _("dominios")
        ordering = ["name"]
        constraints = [
            # A claim that is not proved keeps nobody out; whatever is ours or on its way is one customer's only.
            models.UniqueConstraint(
                fields=["name"],
                condition=~Q(state__in=["failed", "gone", "terminated"]) & ~Q(kind="external", state="pending"),
                name="domain_held_once",
            ),
            models.UniqueConstraint(
                fields=["account", "name"],
                condition=~Q(state__in=["failed", "gone", "terminated"]),
                name="domain_once_per_account",
            ),
            models.CheckConstraint(condition=Q(name=Lower("name")), name="domain_name_lower"),
        ]
        indexes = [
            models.Index(fields=["account", "search_text", "id"], condition=LISTED, name="domain_listed"),
            GinIndex(OpClass("search_text", name="gin_trgm_ops"), name="domain_search"),
        ]

    def __str__(self) -> str:
        return self.readable_name

    @property
    def readable_name(self) -> str:
        """``xn--espaa-rta.example`` → ``españa.example`` (U-labels)."""
        return readable(self.name)

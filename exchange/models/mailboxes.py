"""The mailbox and its further addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Membership, User
from cloudpanel.core.folding import Folded, fold
from cloudpanel.core.models import PublicModel
from cloudpanel.core.prepared import Like, beginning, containing
from cloudpanel.provisioning.models import ACTIVE_STATES, Job
from exchange.models.domains import MailboxTemplate, MailDomain
from marketplace.models import OwnedQuerySet, Subscription

CREATE_IMPORTED = "exchange.create_imported"
"""Makes a whole chunk of an import; the lock of a single mailbox knows nothing of it."""
BIN_DAYS = 30
"""How long a deleted mailbox can come back."""


class MailboxQuerySet(OwnedQuerySet):
    def visible_to(self, membership: Membership) -> MailboxQuerySet:
        """As the subscription; besides, a service user sees their own."""
        if membership.is_service_user:
            return self.filter(account_id=membership.account_id, user_id=membership.user_id)
        return super().visible_to(membership)  # type: ignore[return-value]

    def listed(self) -> MailboxQuerySet:
        """Everything that the list shows: all but what lies in the bin or is gone."""
        return self.filter(LISTED)

    def personal(self) -> MailboxQuerySet:
        """Those of the list that belong to one person each: all but the shared ones."""
        return self.filter(PERSONAL)

    def in_bin(self) -> MailboxQuerySet:
        return self.filter(IN_BIN)

    def idle(self) -> MailboxQuerySet:
        """Nothing is under way with them."""
        return self.exclude(last_job__state__in=ACTIVE_STATES)

    def matching(self, text: str) -> MailboxQuerySet:
        """All words of ``text`` occur in name or address, whatever the accents."""
        column, patterns = search_patterns(text)
        return self.like(column, patterns)

    def like(self, column: str, patterns: Iterable[str]) -> MailboxQuerySet:
        return self.filter(*[Like(F(column), pattern) for pattern in patterns])


def search_patterns(text: str) -> tuple[str, list[str]]:
    """The column to look in, and what for. Fewer than three letters are too few for the trigram index: a short word
    alone is the beginning of an address."""
    words = fold(text).split()
    if len(words) == 1 and len(words[0]) < 3:
        return "address", [beginning(words[0])]
    return "search_text", [containing(word) for word in words]


LISTED = ~Q(state="terminated") & Q(deleted_at__isnull=True)
PERSONAL = LISTED & Q(kind="personal")
IN_BIN = ~Q(state="terminated") & Q(deleted_at__isnull=False)


class Mailbox(PublicModel):
    """A hosted mailbox. Its address is also its sign-in name, and stays reserved while it lies in the bin."""

    class State(models.TextChoices):
        PENDING = "pending", _("Pendiente")
        ACTIVE = "active", _("Activo")
        SUSPENDED = "suspended", _("Deshabilitado")
        TERMINATED = "terminated", _("Eliminado")

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal")
        SHARED = "shared", _("Compartido")

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"), db_index=False
    )
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.PROTECT,
        related_name="mailboxes",
        verbose_name=_("suscripción"),
        db_index=False,  # the list's own index begins with it
    )
    mail_domain = models.ForeignKey(
        MailDomain, on_delete=models.PROTECT, related_name="mailboxes", verbose_name=_("dominio")
    )
    user = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="mailboxes",
        verbose_name=_("usuario"),
    )
    template = models.ForeignKey(
        MailboxTemplate, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("plantilla")
    )
    display_name = models.CharField(_("nombre para mostrar"), max_length=120)
    # Lower-case ASCII: ordered byte by byte, so that one index serves order, prefix search and uniqueness.
    address = models.CharField(_("correo electrónico"), max_length=254, db_collation="C")
    quota_mb = models.PositiveIntegerField(_("límite (MB)"))
    allows_imap = models.BooleanField(_("IMAP"), default=True)
    allows_pop3 = models.BooleanField(_("POP3"), default=True)
    allows_smtp = models.BooleanField(_("envío (SMTP)"), default=True, db_default=True)
    kind = models.CharField(
        _("tipo"), max_length=8, choices=Kind.choices, default=Kind.PERSONAL, db_default=Kind.PERSONAL
    )
    forward_to = models.CharField(_("reenviar a"), max_length=254, blank=True, default="", db_default="")
    forward_keeps_copy = models.BooleanField(_("conservar una copia"), default=True, db_default=True)
    used_bytes = models.BigIntegerField(_("tamaño actual"), default=0)
    has_password = models.BooleanField(_("tiene contraseña"), default=False)
    state = models.CharField(_("estado"), max_length=12, choices=State.choices, default=State.PENDING)
    deleted_at = models.DateTimeField(_("en la papelera desde"), null=True, blank=True)
    last_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("última operación")
    )
    search_text = models.GeneratedField(
        expression=Folded("display_name", Value(" "), "address"), output_field=models.TextField(), db_persist=True
    )

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("buzón")
        verbose_name_plural = _("buzones")
        constraints = [
            # Also while it lies in the bin: it can still come back.
            models.UniqueConstraint(
                fields=["address"], condition=~Q(state="terminated"), name="mailbox_address_unique"
            ),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="mailbox_address_lower"),
            models.UniqueConstraint(fields=["account", "user"], condition=LISTED, name="mailbox_one_per_user"),
            models.CheckConstraint(condition=Q(quota_mb__gt=0), name="mailbox_quota_positive"),
            models.CheckConstraint(
                condition=~Q(kind="shared") | Q(has_password=False, user=None), name="mailbox_shared_is_nobodys"
            ),
        ]
        indexes = [
            models.Index(fields=["subscription", "address"], condition=PERSONAL, name="mailbox_personal"),
            # What the headings of the list sort by, and the state that it is filtered by.
            models.Index(fields=["subscription", "display_name", "id"], condition=PERSONAL, name="mailbox_by_name"),
            models.Index(fields=["subscription", "used_bytes", "id"], condition=PERSONAL, name="mailbox_by_size"),
            models.Index(fields=["subscription", "quota_mb", "id"], condition=PERSONAL, name="mailbox_by_limit"),
            models.Index(
                fields=["subscription", "state", "has_password", "address"],
                include=["id", "last_job"],  # counting looks at nothing else
                condition=PERSONAL,
                name="mailbox_by_state",
            ),
            models.Index(fields=["subscription", "deleted_at"], condition=IN_BIN, name="mailbox_in_bin"),
            models.Index(fields=["deleted_at"], condition=IN_BIN, name="mailbox_to_purge"),
            models.Index(
                fields=["subscription", "address"], condition=LISTED & Q(kind="shared"), name="mailbox_shared"
            ),
            GinIndex(  # of one customer's rows: see gin_key
                fields=["subscription", "search_text"], opclasses=["int8_ops", "gin_trgm_ops"], name="mailbox_search"
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def is_made(self) -> bool:
        """The mail system has it. ``last_job`` at hand: those of an import are active from the start, and made when the job
        that makes them has settled."""
        job = self.last_job
        is_being_made = job is not None and job.operation == CREATE_IMPORTED and job.is_active
        return self.state != self.State.PENDING and not is_being_made

    @property
    def purge_at(self) -> datetime | None:
        """When it leaves the bin for ever."""
        return self.deleted_at + timedelta(days=BIN_DAYS) if self.deleted_at else None


class MailboxAlias(PublicModel):
    """A further address of a mailbox. Gone from the table only when the mail system has let it go."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("cuenta"))
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, related_name="mailbox_aliases", verbose_name=_("suscripción")
    )
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="aliases", verbose_name=_("buzón"))
    mail_domain = models.ForeignKey(MailDomain, on_delete=models.PROTECT, related_name="+", verbose_name=_("dominio"))
    address = models.CharField(_("alias"), max_length=254, db_collation="C")
    last_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("alias")
        constraints = [
            models.UniqueConstraint(fields=["address"], name="alias_address_unique"),
            models.CheckConstraint(condition=Q(address=Lower("address")), name="alias_address_lower"),
        ]

    def __str__(self) -> str:
        return self.address

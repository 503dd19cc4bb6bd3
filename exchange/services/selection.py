"""Which mailboxes somebody means: those that were ticked, or all that a search and filters find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Lookup, Max, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.models import ACTIVE_STATES, Job, JobState
from exchange.models import Mailbox, MailboxQuerySet

MAX_QUERY = 100
DELETING = ("exchange.delete_mailbox", "exchange.purge_mailbox")


class _AnyOf(Lookup):  # type: ignore[type-arg]  # a plain class at run time
    """``column = ANY (ARRAY (subquery))``: the keys are read first, then what has them is found by its index. As a join or
    as IN, PostgreSQL guesses that half of all mailboxes are meant, for it cannot know which jobs are the last ones."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        lhs, left = self.process_lhs(compiler, connection)
        rhs, right = self.process_rhs(compiler, connection)
        return f"{lhs} = ANY(ARRAY{rhs})", (*left, *right)


def _last_job_in(jobs: QuerySet[Job]) -> Q:
    return Q(_AnyOf(F("last_job"), jobs.values("pk")))


# Never more than are under way or have failed: an index of their own holds them.
_MOVING = Job.objects.active()
_FAILED = Job.objects.filter(state=JobState.FAILED)
_RESTLESS = Job.objects.filter(state__in=[*ACTIVE_STATES, JobState.FAILED])
# A list that is read once and then asked for each mailbox, in whatever order the page wants them: as NOT EXISTS it is a
# join, expected to leave nothing, and all mailboxes are read and sorted.
_AT_REST = ~Q(last_job__in=_RESTLESS)
# The same states as exchange.states.shown_state, as conditions; a test holds the two against each other. Of two conditions
# either counts: two searches then, each by its own index, since no index serves an OR across tables.
STATES: Mapping[str, tuple[Q, ...]] = {
    "active": (Q(_AT_REST, state=Mailbox.State.ACTIVE, has_password=True),),
    "no_password": (Q(_AT_REST, state=Mailbox.State.ACTIVE, has_password=False),),
    "disabled": (Q(_AT_REST, state=Mailbox.State.SUSPENDED),),
    "in_process": (_last_job_in(_MOVING.exclude(operation__in=DELETING)),),
    "deleting": (_last_job_in(_MOVING.filter(operation__in=DELETING)),),
    "attention": (_last_job_in(_FAILED), Q(_AT_REST, state=Mailbox.State.PENDING)),
}
STATE_WORDS = {
    "active": _("Activo"),
    "no_password": _("Sin contraseña"),
    "disabled": _("Deshabilitado"),
    "in_process": _("En proceso"),
    "deleting": _("Eliminando"),
    "attention": _("Requiere atención"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list. What makes no sense is as good as nothing."""

    query: str = ""
    state: str = ""
    domain: UUID | None = None
    template: UUID | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Filters:
        query = " ".join(data.get("q", "")[:MAX_QUERY].replace("\x00", " ").split())
        state = data.get("estado", "")
        return cls(
            query, state if state in STATES else "", uuid_in(data.get("dominio")), uuid_in(data.get("plantilla"))
        )

    def __bool__(self) -> bool:
        return bool(self.query or self.state or self.domain or self.template)

    @property
    def as_parameters(self) -> dict[str, str]:
        """As they stand in an address."""
        given = {"q": self.query, "estado": self.state, "dominio": self.domain, "plantilla": self.template}
        return {name: str(value) for name, value in given.items() if value}

    def within(self, mailboxes: MailboxQuerySet) -> MailboxQuerySet:
        if self.query:
            mailboxes = mailboxes.matching(self.query)
        return narrowed(mailboxes, self.state, self.domain, self.template)


def narrowed(mailboxes: MailboxQuerySet, state: str, domain: UUID | None, template: UUID | None) -> MailboxQuerySet:
    """By everything but a search."""
    if state:
        mailboxes = _in_state(mailboxes, STATES[state])
    if domain:
        mailboxes = mailboxes.filter(mail_domain__public_id=domain)
    if template:
        mailboxes = mailboxes.filter(template__public_id=template)
    return mailboxes


def _in_state(mailboxes: MailboxQuerySet, conditions: Sequence[Q]) -> MailboxQuerySet:
    if len(conditions) == 1:
        return mailboxes.filter(conditions[0])
    first, second = (mailboxes.filter(condition).order_by().values("pk") for condition in conditions)
    return mailboxes.filter(pk__in=first.union(second, all=True))


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person ticked: these mailboxes, or all that the filters find as far as they existed when it was shown."""

    public_ids: tuple[UUID, ...] = ()
    is_everything: bool = False
    filters: Filters = field(default_factory=Filters)
    newest: int = 0  # pk; 0 before it was shown
    until: datetime | None = None  # of the bin: what came into it later is not meant

    def within(self, mailboxes: MailboxQuerySet) -> MailboxQuerySet:
        if not self.is_everything:
            return mailboxes.filter(public_id__in=self.public_ids)
        found = self.filters.within(mailboxes)
        if self.until:
            found = found.filter(deleted_at__lte=self.until)  # type: ignore[assignment]
        return found.filter(pk__lte=self.newest) if self.newest else found


def newest_of(mailboxes: MailboxQuerySet) -> int:
    """Where "all" ends: what is created after the confirmation page was drawn is not touched by its button."""
    return int(mailboxes.aggregate(newest=Max("pk"))["newest"] or 0)


def latest_deletion_of(mailboxes: MailboxQuerySet) -> datetime | None:
    """Where "all" ends in the bin."""
    latest: datetime | None = mailboxes.aggregate(latest=Max("deleted_at"))["latest"]
    return latest


def moment_in(text: Any) -> datetime | None:
    """The moment that somebody sent; None when it is none."""
    try:
        moment = parse_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return moment if moment is not None and is_aware(moment) else None


def uuid_in(text: Any) -> UUID | None:
    """The UUID that somebody sent; None when it is none."""
    try:
        return UUID(text) if text else None
    except (ValueError, AttributeError, TypeError):
        return None

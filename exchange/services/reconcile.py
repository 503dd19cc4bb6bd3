"""Comparing the panel with the mail server, and what people decide about what differs.

Nothing is ever mended unasked: a person chooses *Reparar* (the server becomes as the panel says), *Adoptar* (the panel
takes over what the server has) or *Quitar*. And more than 30 % of a subscription's mailboxes at once only goes through
when an administrator, or support, says so once more: a whole server that looks wrong is mostly a comparison that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_action, log_actions
from accounts.actors import SYSTEM, Actor
from accounts.models import Membership, Role
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many
from exchange.models import Comparison, Finding, FindingQuerySet, Mailbox
from exchange.services import jobs
from exchange.services.adopting import take_over, take_values
from exchange.services.findings import close_findings, forget_resolved
from exchange.services.mailboxes import require_open
from marketplace.models import Subscription

MOST_AT_ONCE = 0.30
"""Share of a subscription's mailboxes that one decision may touch without being forced."""
MOST_ROWS = 20_000
TOO_MANY = "too_many"


class Verb(StrEnum):
    REPAIR = "repair"
    ADOPT = "adopt"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person ticked, or everything that was open when they were asked."""

    public_ids: tuple[UUID, ...] = ()
    is_everything: bool = False
    until: datetime | None = None  # None before it was shown

    def within(self, findings: FindingQuerySet) -> FindingQuerySet:
        if not self.is_everything:
            return findings.filter(public_id__in=self.public_ids)  # type: ignore[return-value]
        return findings.filter(opened_at__lte=self.until) if self.until else findings  # type: ignore[return-value]


def findings_for(subscription: Subscription, verb: Verb, choice: Choice) -> FindingQuerySet:
    """Those of the choice that nobody is seeing to and to which the verb applies. Lists and contacts are not adopted: their
    members may be people that the panel does not know; what only the panel has is deleted on its own page."""
    mine: FindingQuerySet = Finding.objects.filter(subscription=subscription)
    chosen = choice.within(mine.idle())
    if verb is Verb.REPAIR:
        return chosen.filter(kind__in=[Finding.Kind.MISSING, Finding.Kind.DIFFERENT])  # type: ignore[return-value]
    of_mailboxes = Q(thing=Finding.Thing.MAILBOX)
    if verb is Verb.ADOPT:
        chosen = chosen.filter(kind__in=[Finding.Kind.UNKNOWN, Finding.Kind.DIFFERENT])
        return chosen.filter(of_mailboxes)  # type: ignore[return-value]
    chosen = chosen.filter(kind__in=[Finding.Kind.MISSING, Finding.Kind.UNKNOWN])
    return chosen.filter(of_mailboxes | Q(kind=Finding.Kind.UNKNOWN))  # type: ignore[return-value]


# Comparing -----------------------------------------------------------------------------------------------------


def compare_all() -> int:
    """For the beat: a comparison of every subscription that works. Those that are being compared are skipped."""
    forget_resolved()
    live = Subscription.objects.filter(
        kind="exchange", state__in=[Subscription.State.ACTIVE, Subscription.State.SUSPENDED]
    )
    wanted = {_lock_key(subscription): subscription for subscription in live}
    busy = set(Job.objects.active().filter(lock_key__in=wanted).values_list("lock_key", flat=True))
    count = 0
    for key, subscription in wanted.items():
        if key not in busy:
            with transaction.atomic():
                _begin_comparison(SYSTEM, subscription)
            count += 1
    return count


@transaction.atomic
def compare_now(*, actor: Actor, subscription: Subscription) -> None:
    """*Comparar ahora*. BusinessError ``operation_in_progress`` while a comparison is under way."""
    if subscription.state not in (Subscription.State.ACTIVE, Subscription.State.SUSPENDED):
        raise BusinessError(_("La suscripción no está activa."), code="subscription_not_active")
    _begin_comparison(actor, subscription)
    log_action(
        actor=actor,
        account=subscription.account_id,
        action="exchange.comparison.requested",
        target=subscription,
    )


def _begin_comparison(actor: Actor, subscription: Subscription) -> None:
    job = enqueue(
        actor=actor,
        account=subscription.account,
        operation="exchange.compare_mailboxes",
        lock_key=_lock_key(subscription),
        params={"subscription": str(subscription.public_id)},
    )
    Comparison.objects.update_or_create(
        subscription=subscription, defaults={"account_id": subscription.account_id, "last_job": job}
    )


def _lock_key(subscription: Subscription) -> str:
    return f"exchange.compare:{subscription.pk}"


# Deciding ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a subscription a decision touches."""

    count: int
    total: int

    @property
    def percent(self) -> int:
        return round(100 * self.count / max(self.total, 1))

    @property
    def needs_force(self) -> bool:
        """One row that a person clicked on is asked for, however small the subscription is."""
        return self.count > 1 and self.count > MOST_AT_ONCE * self.total


def extent_of(subscription: Subscription, findings: FindingQuerySet) -> Extent:
    """Against the larger of both sides."""
    counts = Comparison.objects.filter(subscription=subscription).values_list("panel_count", "server_count").first()
    return Extent(findings[:MOST_ROWS].count(), max(counts or (0, 0)))


def may_force(actor: Actor, subscription: Subscription) -> bool:
    """The account's administrators, and support."""
    if actor.user is None or actor.impersonator is not None or actor.user.is_staff:
        return True
    member = Membership.objects.in_force().filter(account_id=subscription.account_id, user_id=actor.user.pk)
    return member.filter(role=Role.ACCOUNT_ADMIN).exists()


@transaction.atomic
def decide(
    *, actor: Actor, subscription: Subscription, verb: Verb, choice: Choice, is_forced: bool = False
) -> tuple[int, int]:
    """Begins to repair, adopt or remove what was chosen. Gives how many begun, and how many were refused (their place
    or address is taken, or they are under way elsewhere); a second click finds nothing more to do.

    BusinessError ``too_many`` for more than 30 % of the mailboxes unless ``is_forced`` by who may force.
    """
    if verb is not Verb.REMOVE:
        require_open(subscription)
    findings = findings_for(subscription, verb, choice)
    extent = extent_of(subscription, findings)
    if extent.needs_force and not (is_forced and may_force(actor, subscription)):
        raise BusinessError(
            _(
                "Eso cambiaría %(count)s de %(total)s buzones (%(percent)s %%). Más del 30 %% a la vez necesita que un"
                " administrador de la cuenta lo confirme."
            )
            % {"count": extent.count, "total": extent.total, "percent": extent.percent},
            code=TOO_MANY,
        )
    rows = list(findings.select_related("mail_domain").order_by("pk").select_for_update(of=("self",))[:MOST_ROWS])
    begun = _DECISIONS[verb](actor, subscription, rows)
    log_action(
        actor=actor,
        account=subscription.account_id,
        action=f"exchange.findings.{verb}_requested",
        target=subscription,
        after={"count": begun},
    )
    return begun, len(rows) - begun


def _repair(actor: Actor, subscription: Subscription, rows: Sequence[Finding]) -> int:
    others = _idle([row for row in rows if row.thing != Finding.Thing.MAILBOX])
    _begin_on_things(actor, subscription, others, "repair_thing")
    mailboxes = [row for row in rows if row.thing == Finding.Thing.MAILBOX]
    return _begin_on_mailboxes(actor, subscription, mailboxes, "repair_mailbox") + len(others)


def _remove(actor: Actor, subscription: Subscription, rows: Sequence[Finding]) -> int:
    """What the panel alone has is forgotten here; what the server alone has is erased there."""
    missing = [row for row in rows if row.kind == Finding.Kind.MISSING]
    idle = _unknown_and_idle(rows)
    _begin_on_things(actor, subscription, idle, "remove_unknown")
    return _begin_on_mailboxes(actor, subscription, missing, "forget_mailbox") + len(idle)


def _adopt(actor: Actor, subscription: Subscription, rows: Sequence[Finding]) -> int:
    """What is new here becomes a row like any other, and is then made what a mailbox of the panel is."""
    unknown = [row for row in _unknown_and_idle(rows) if take_over(actor, subscription, row)]
    different = [row for row in rows if row.kind == Finding.Kind.DIFFERENT and take_values(actor, subscription, row)]
    close_findings(subscription.pk, [row.mail_id for row in different])
    return _begin_on_mailboxes(actor, subscription, unknown, "repair_mailbox") + len(different)


def _unknown_and_idle(rows: Sequence[Finding]) -> list[Finding]:
    """What only the server has, without what somebody else has just decided on."""
    return _idle([row for row in rows if row.kind == Finding.Kind.UNKNOWN])


def _idle(rows: Sequence[Finding]) -> list[Finding]:
    busy = _busy(_key(row) for row in rows)
    return [row for row in rows if _key(row) not in busy]


def _key(row: Finding) -> str:
    """The lock of the mailbox, list or contact itself."""
    return f"exchange.{row.thing}:{row.mail_id}"


def _begin_on_things(actor: Actor, subscription: Subscription, rows: Sequence[Finding], verb: str) -> None:
    news = [NewJob(_key(row), {"finding": str(row.public_id)}) for row in rows]
    made = enqueue_many(actor=actor, account=subscription.account, operation=f"exchange.{verb}", jobs=news)
    _remember(rows, made)


_DECISIONS: dict[Verb, Callable[[Actor, Subscription, Sequence[Finding]], int]] = {
    Verb.REPAIR: _repair,
    Verb.ADOPT: _adopt,
    Verb.REMOVE: _remove,
}


def _begin_on_mailboxes(actor: Actor, subscription: Subscription, rows: Sequence[Finding], verb: str) -> int:
    """One job for each of the mailboxes that nothing else is under way with."""
    mailboxes: QuerySet[Mailbox] = Mailbox.objects.filter(subscription=subscription)
    living = mailboxes.exclude(state=Mailbox.State.TERMINATED).filter(public_id__in=[row.mail_id for row in rows])
    locked = list(living.idle().only("pk", "public_id", "address").order_by("pk").select_for_update(of=("self",)))  # type: ignore[attr-defined]
    busy = _busy(jobs.lock_key(mailbox) for mailbox in locked)
    idle = [mailbox for mailbox in locked if jobs.lock_key(mailbox) not in busy]
    jobs.begin_many(actor, subscription.account, idle, verb)
    by_id = {mailbox.public_id: mailbox for mailbox in Mailbox.objects.filter(pk__in=[each.pk for each in idle])}
    begun = [row for row in rows if row.mail_id in by_id]
    for row in begun:
        row.last_job_id = by_id[row.mail_id].last_job_id
    Finding.objects.bulk_update(begun, ["last_job"], batch_size=1000)
    log_actions(
        build_entry(actor=actor, account=subscription.account_id, action=f"exchange.{verb}.requested", target=mailbox)
        for mailbox in idle
    )
    return len(begun)


def _busy(keys: Iterable[str]) -> set[str]:
    return set(Job.objects.active().filter(lock_key__in=list(keys)).values_list("lock_key", flat=True))


def _remember(rows: Sequence[Finding], made: Sequence[Job]) -> None:
    for row, job in zip(rows, made, strict=True):
        row.last_job = job
    Finding.objects.bulk_update(rows, ["last_job"], batch_size=1000)

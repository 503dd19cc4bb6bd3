"""What a comparison found becomes rows that people act on, and closes again when the two sides agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.notifications import administrators_of, notify
from cloudpanel.provisioning.models import Job
from exchange.models import Comparison, Finding, MailDomain
from marketplace.models import Subscription

KEPT = timedelta(days=30)
"""How long a solved difference can still be read."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One mailbox on which the sides differ (see ``Finding``)."""

    mail_id: UUID
    address: str
    kind: Finding.Kind
    domain: MailDomain | None = None
    panel: dict[str, Any] = field(default_factory=dict)
    server: dict[str, Any] = field(default_factory=dict)
    thing: str = Finding.Thing.MAILBOX


@transaction.atomic
def record_differences(subscription: Subscription, differences: Sequence[Difference], seen_at: datetime) -> None:
    """Open those that are new or were solved, refresh the others. One comparison at a time writes here (its lock)."""
    wanted = {difference.mail_id: difference for difference in differences}
    rows = Finding.objects.filter(subscription=subscription, mail_id__in=wanted).select_for_update()
    known = {row.mail_id: row for row in rows}
    for mail_id, row in known.items():
        _refresh(row, wanted[mail_id], seen_at)
    fields = ["address", "kind", "mail_domain", "panel", "server", "seen_at", "opened_at", "resolved_at", "last_job"]
    Finding.objects.bulk_update(known.values(), fields)
    news = [
        Finding(
            account_id=subscription.account_id,
            subscription=subscription,
            mail_domain=difference.domain,
            mail_id=mail_id,
            address=difference.address,
            kind=difference.kind,
            thing=difference.thing,
            panel=difference.panel,
            server=difference.server,
            opened_at=seen_at,
            seen_at=seen_at,
        )
        for mail_id, difference in wanted.items()
        if mail_id not in known
    ]
    Finding.objects.bulk_create(news, ignore_conflicts=True)


def _refresh(row: Finding, difference: Difference, seen_at: datetime) -> None:
    row.address, row.kind, row.mail_domain = difference.address, difference.kind, difference.domain
    row.panel, row.server, row.seen_at = difference.panel, difference.server, seen_at
    if row.resolved_at is not None:
        row.opened_at, row.resolved_at, row.last_job = seen_at, None, None


def close_findings(subscription_id: int, mail_ids: Iterable[UUID]) -> None:
    """Somebody saw to them and it worked."""
    open_ones = Finding.objects.filter(subscription=subscription_id, mail_id__in=list(mail_ids)).unresolved()
    open_ones.update(resolved_at=timezone.now())


def finish_comparison(*, actor: Actor, job: Job, subscription: Subscription) -> None:
    """Closes what was not found again, says how it ended, and tells the administrators once of what is new."""
    seen = job.result
    started_at = datetime.fromisoformat(seen["started_at"])
    mine = Finding.objects.filter(subscription=subscription)
    mine.idle().filter(seen_at__lt=started_at).update(resolved_at=timezone.now())
    count = mine.unresolved().count()
    counts = {"panel_count": seen["panel"], "server_count": seen["server"], "finding_count": count}
    Comparison.objects.filter(subscription=subscription).update(finished_at=timezone.now(), **counts)
    log_action(
        actor=actor,
        account=subscription.account_id,
        action="exchange.comparison.finished",
        target=subscription,
        after={"count": count},
    )
    news = mine.unresolved().filter(opened_at__gte=job.created_at).count()
    if news:
        _tell(subscription, news)


def _tell(subscription: Subscription, count: int) -> None:
    def title() -> str:
        words = ngettext(
            "%(count)s diferencia entre el panel y el servidor de correo",
            "%(count)s diferencias entre el panel y el servidor de correo",
            count,
        )
        return words % {"count": count}

    notify(
        account=subscription.account_id,
        users=administrators_of(subscription.account_id),
        title=title,
        body=lambda: _("En %(service)s puede verlas y decidir qué se hace.") % {"service": subscription},
        url=reverse("exchange:findings", args=[subscription.public_id]),
        level="warning",
    )


def forget_resolved() -> None:
    """For the beat."""
    Finding.objects.resolved().filter(resolved_at__lt=timezone.now() - KEPT).delete()

"""Before a domain expires its people are told, 60, 30, 7 and 1 days ahead; afterwards its row says so."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.action_log import build_entry, log_actions
from accounts.actors import SYSTEM
from accounts.notifications import administrators_of, notify
from domains.models import Domain

DAYS = (60, 30, 7, 1)
AT_ONCE = 1000


def watch_expiry() -> None:
    """For settings.PERIODIC; a second run finds nothing."""
    now = timezone.now()
    _warn(now)
    _note_expired(now)
    _note_lost(now)


def threshold(days_left: int) -> int | None:
    """The notice that is due: the nearest of 60, 30, 7 and 1."""
    due = [each for each in DAYS if days_left <= each]
    return min(due) if due else None


@transaction.atomic
def _warn(now: datetime) -> None:
    """One notice for each account and step, however many domains. What is paid already needs none."""
    unpaid = Q(paid_until=None) | Q(paid_until__lte=F("expires_at") + timedelta(days=2))
    near = Domain.objects.filter(unpaid, state=Domain.State.ACTIVE, expires_at__range=(now, now + timedelta(days=60)))
    near = near.exclude(kind=Domain.Kind.EXTERNAL).select_for_update(skip_locked=True, of=("self",))
    due: dict[tuple[int, int], list[Domain]] = defaultdict(list)
    for domain in near.select_related("subscription").order_by("expires_at")[:AT_ONCE]:
        step = threshold((domain.expires_at - now).days + 1 if domain.expires_at else 99)
        if step is not None and (domain.warned_days is None or step < domain.warned_days):
            due[domain.account_id, step].append(domain)
    for (account_id, step), domains in due.items():
        Domain.objects.filter(pk__in=[domain.pk for domain in domains]).update(warned_days=step)
        _tell_of_expiry(account_id, step, domains)


def _tell_of_expiry(account_id: int, step: int, domains: list[Domain]) -> None:
    def title() -> str:
        if len(domains) == 1:
            facts = {"name": domains[0].readable_name, "date": _day(domains[0])}
            return _("%(name)s vence el %(date)s") % facts
        return ngettext("%(n)s dominio vence pronto", "%(n)s dominios vencen pronto", len(domains)) % {
            "n": len(domains)
        }

    def body() -> str:
        lines = [_line(domain) for domain in domains[:20]]
        return "\n".join(lines)

    one = reverse("domains:domain", args=[domains[0].public_id]) if len(domains) == 1 else reverse("domains:list")
    level = "warning" if step <= 7 else "info"
    notify(account=account_id, users=administrators_of(account_id), title=title, body=body, url=one, level=level)


def _day(domain: Domain) -> str:
    return date_format(timezone.localtime(domain.expires_at), "DATE_FORMAT") if domain.expires_at else "—"


def _line(domain: Domain) -> str:
    renews = domain.subscription is not None and domain.subscription.auto_renew
    facts = {"name": domain.readable_name, "date": _day(domain)}
    if renews:
        return _("%(name)s vence el %(date)s: se renueva al pagar su factura.") % facts
    return _("%(name)s vence el %(date)s y no se renueva solo: renuévelo si lo quiere conservar.") % facts


@transaction.atomic
def _note_expired(now: datetime) -> None:
    over = Domain.objects.filter(state=Domain.State.ACTIVE, expires_at__lt=now).exclude(kind=Domain.Kind.EXTERNAL)
    rows = list(over.select_for_update(skip_locked=True)[:AT_ONCE])
    Domain.objects.filter(pk__in=[row.pk for row in rows]).update(state=Domain.State.EXPIRED)
    log_actions(
        build_entry(actor=SYSTEM, account=row.account_id, action="domains.domain.expired", target=row) for row in rows
    )
    by_account: dict[int, list[Domain]] = defaultdict(list)
    for row in rows:
        by_account[row.account_id].append(row)
    for account_id, domains in by_account.items():
        _tell_expired(account_id, domains)


def _tell_expired(account_id: int, domains: list[Domain]) -> None:
    names = ", ".join(domain.readable_name for domain in domains[:20])
    notify(
        account=account_id,
        users=administrators_of(account_id),
        title=lambda: ngettext("%(n)s dominio venció", "%(n)s dominios vencieron", len(domains)) % {"n": len(domains)},
        body=lambda: (
            _("%(names)s. Puede dejar de funcionar en cualquier momento: pague su renovación.") % {"names": names}
        ),
        url=reverse("domains:list"),
        level="danger",
    )


@transaction.atomic
def _note_lost(now: datetime) -> None:
    """The time for a restore is over: somebody else may register it."""
    lost = Domain.objects.filter(state=Domain.State.REDEMPTION, redeemable_until__lt=now)
    rows = list(lost.select_for_update(skip_locked=True)[:AT_ONCE])
    Domain.objects.filter(pk__in=[row.pk for row in rows]).update(state=Domain.State.TERMINATED)
    log_actions(
        build_entry(actor=SYSTEM, account=row.account_id, action="domains.domain.terminated", target=row)
        for row in rows
    )

"""Years that are paid, and the registry that is told of them.

``paid_until`` moves in the transaction that books the payment; ``expires_at`` follows when the registry has renewed. While
the first is later, :func:`catch_up` sees to it that a job is on its way: a payment never fails because of a registry.
"""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from billing.models import Invoice
from billing.services.documents import lock_accounts
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from domains.dates import add_years, years_between
from domains.models import Domain
from domains.services.arriving import follow_expiry
from domains.services.jobs import begin, lock_key
from domains.services.names import most_years
from marketplace.models import Subscription
from marketplace.services.renewals import renew

REST = timedelta(hours=6)
AT_ONCE = 200


def years_to_come(domain: Domain, today: datetime | None = None) -> int:
    """How many more can be bought: registries take five or ten years ahead."""
    until = domain.paid_until or domain.expires_at
    if until is None:
        return 0
    most = most_years(domain.name)
    farthest = add_years(today or timezone.now(), most)
    return max(0, next((n for n in range(most, 0, -1) if add_years(until, n) <= farthest), 0))


def renew_now(*, actor: Actor, domain: Domain, years: int) -> Invoice | None:
    """*Renovar*: an invoice for ``years`` more; the registry is told when it is paid. Gives the invoice.

    Raises BusinessError: ``not_active``, ``years``, ``unpaid`` (the renewal before this one is not paid yet)."""
    with transaction.atomic():
        lock_accounts([domain.account_id])
        rows = Subscription.objects.select_for_update(no_key=True, of=("self",)).select_related("account", "product")
        subscription = rows.prefetch_related("items", "discounts").get(domain=domain)
        _require_renewable(domain, subscription, years)
        invoices = renew(actor=actor, subscriptions=[subscription], periods=years)
        log_action(
            actor=actor,
            account=domain.account_id,
            action="domains.domain.renewal_ordered",
            target=domain,
            after={"years": years},
        )
        return invoices[0] if invoices else None


def _require_renewable(domain: Domain, subscription: Subscription, years: int) -> None:
    if subscription.state != Subscription.State.ACTIVE:
        raise BusinessError(subscription.closed_reason or _("El dominio no está activo."), code="not_active")
    if not 1 <= years <= years_to_come(domain):
        raise BusinessError(
            _("El registro acepta hasta %(most)s años por adelantado.") % {"most": most_years(domain.name)},
            field="anios",
            code="years",
        )
    unpaid = subscription.orders.filter(kind="renewal", state="pending_payment").select_related("invoice").first()
    if unpaid is not None and unpaid.invoice is not None:
        raise BusinessError(
            _("Ya hay una renovación por pagar: la factura %(number)s.") % {"number": unpaid.invoice.number_text},
            code="unpaid",
        )


def note_paid_years(subscription: Subscription, years: int) -> None:
    """A payment for ``years`` more was booked (inside its transaction)."""
    domain = Domain.objects.select_for_update().filter(subscription=subscription).first()
    if domain is None or domain.expires_at is None:
        return
    base = max(domain.paid_until or domain.expires_at, domain.expires_at)
    domain.paid_until = add_years(base, years)
    domain.save(update_fields=["paid_until"])
    with contextlib.suppress(BusinessError):
        begin(actor=SYSTEM, domain=domain, verb="renew_domain")


def renewed(domain: Domain, expires_at: datetime, actor: Actor) -> None:
    """The registry has it until ``expires_at`` now (inside the settling transaction)."""
    before = domain.expires_at
    Domain.objects.filter(pk=domain.pk).update(
        expires_at=expires_at,
        paid_until=max(domain.paid_until or expires_at, expires_at),
        warned_days=None,
        state=Domain.State.ACTIVE,
    )
    if domain.subscription is not None and years_between(expires_at, domain.paid_until or expires_at) == 0:
        follow_expiry(domain.subscription, expires_at)
    log_action(
        actor=actor,
        account=domain.account_id,
        action="domains.domain.renewed",
        target=domain,
        before={"expires_at": str(timezone.localtime(before).date()) if before else ""},
        after={"expires_at": str(timezone.localtime(expires_at).date())},
    )


def catch_up() -> None:
    """For settings.PERIODIC: every domain that is paid further than the registry knows has a job; one that failed is not
    tried again before :data:`REST`."""
    behind = Domain.objects.filter(paid_until__gt=F("expires_at") + timedelta(days=2), state__in=["active", "expired"])
    for domain in behind.filter(~Q(registry="")).select_related("account").order_by("pk")[:AT_ONCE]:
        late = Job.objects.filter(lock_key=lock_key(domain), created_at__gt=timezone.now() - REST)
        if not late.filter(state=JobState.FAILED, operation="domains.renew_domain").exists():
            with contextlib.suppress(BusinessError):
                begin(actor=SYSTEM, domain=domain, verb="renew_domain")

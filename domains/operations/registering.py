"""What makes a domain ours and lets go of it, for the marketplace's jobs (:mod:`domains.lifecycle`)."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from cloudpanel.provisioning.errors import PermanentError, StillRunning
from cloudpanel.provisioning.operations import Result
from domains.drivers.base import Registration, TransferStatus
from domains.models import Domain, DomainTransfer
from domains.operations.common import driver_of, facts_of, holder_of, hosts_of
from domains.registries import registries
from domains.services.arriving import write_facts
from marketplace.models import Order, Subscription

LOOK_AGAIN = 60.0  # seconds; the transfer's own job rings when there is news


def activate(subscription: Subscription) -> Result:
    domain = _domain_of(subscription)
    if domain.kind == Domain.Kind.TRANSFER:
        return _wait_for_transfer(domain)
    if domain.state == Domain.State.REDEMPTION:
        return _restore(domain)
    wanted = Registration(domain.name, _years_of(subscription), holder_of(domain), hosts_of(domain))
    driver = driver_of(domain)
    record = driver.ensure_domain(wanted)
    driver.set_lock(domain.name, is_locked=True)
    return _noted(domain, {**facts_of(record), "is_locked": True})


def terminate(subscription: Subscription) -> Result:
    """Lets go of what never arrived, and deletes what has run out. What is paid at the registry is left to run out."""
    domain = Domain.objects.select_related("registrant").filter(subscription=subscription).first()
    if domain is None or domain.state in Domain.OVER:
        return Result()
    if domain.kind == Domain.Kind.TRANSFER:
        return _call_back(domain)
    if domain.state == Domain.State.PENDING:
        return _undo_registration(domain)
    if domain.state == Domain.State.REDEMPTION or (domain.expires_at and domain.expires_at > timezone.now()):
        return Result()
    driver_of(domain).ensure_deleted(domain.name)
    until = timezone.now() + timedelta(days=registries()[domain.registry].redemption_days)
    Domain.objects.filter(pk=domain.pk, redeemable_until=None).update(redeemable_until=until)
    return Result()


def _domain_of(subscription: Subscription) -> Domain:
    rows = Domain.objects.select_related("registrant")
    found: Domain | None = rows.filter(subscription=subscription).first()
    if found is None:
        raise PermanentError("Este pedido no dice para qué dominio es.", "no domain for the subscription")
    return found


def _years_of(subscription: Subscription) -> int:
    sale = subscription.orders.filter(kind=Order.Kind.SALE).order_by("-pk").first()
    return sale.periods if sale else 1


def _noted(domain: Domain, facts: dict[str, object]) -> Result:
    """The row knows what the registry said before anything settles: a crash in between costs one more look."""
    write_facts(domain, facts)
    return Result(data={"facts": facts})


def _wait_for_transfer(domain: Domain) -> Result:
    transfer = DomainTransfer.objects.get(domain=domain)
    if transfer.step == DomainTransfer.Step.ARRIVED:
        return Result()
    if transfer.step in DomainTransfer.OVER:
        raise PermanentError(transfer.reason or "La transferencia no se logró.", "the transfer is over")
    raise StillRunning("the transfer is under way", poll_after=LOOK_AGAIN)


def _restore(domain: Domain) -> Result:
    """Back, and renewed for the year that was paid with it."""
    driver = driver_of(domain)
    record = driver.ensure_restored(domain.name)
    if record.expires_at and domain.expires_at:
        record = driver.ensure_renewed(domain.name, expires_at=domain.expires_at, years=1)
    return _noted(domain, facts_of(record))


def _call_back(domain: Domain) -> Result:
    transfer = DomainTransfer.objects.filter(domain=domain).first()
    if transfer is None or transfer.asked_at is None:
        return Result()
    if driver_of(domain).cancel_transfer(domain.name).status == TransferStatus.APPROVED:
        raise PermanentError("La transferencia terminó antes de poder cancelarla.", "approved before it was cancelled")
    return Result()


def _undo_registration(domain: Domain) -> Result:
    """Only what this very order made: ours, and in the name of its holder."""
    driver = driver_of(domain)
    try:
        found = driver.find_domain(domain.name)
    except PermanentError:  # somebody else's: registries do not show it
        return Result()
    if found is not None and found.is_ours and found.registrant == driver.ensure_contact(holder_of(domain)):
        driver.ensure_deleted(domain.name)
    return Result()

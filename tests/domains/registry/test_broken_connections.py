"""The campaign: whatever breaks between the panel and the registry, at whichever byte of whichever exchange, the domain is
owned once and charged once. Each class of breaking is tried at each command of a registration, a renewal, a transfer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.models import Invoice, Payment
from cloudpanel.provisioning.models import DriverHealth, Job, JobState
from domains.models import Domain
from domains.sandbox.faults import Fault, Kind
from domains.services.renewing import renew_now
from marketplace.models import Order
from tests.domains.registry.conftest import Panel, hurry_jobs, pay, pay_invoice

BREAKS = [
    Fault(Kind.CLOSE_BEFORE),  # the command, or a part of it, is lost
    Fault(Kind.CLOSE_AFTER),  # it is carried out, nothing of the answer arrives
    *[Fault(Kind.CUT, amount=count) for count in (2, 4, 60, 250)],  # in the length, after it, in the XML
    Fault(Kind.GARBAGE),
    Fault(Kind.BOMB),
    Fault(Kind.CODE, amount=2400),  # "command failed": not carried out
    Fault(Kind.CODE, amount=2502),  # "session limit exceeded": the registry hangs up
]
IDS = [f"{fault.kind}-{int(fault.amount)}" for fault in BREAKS]


def settle(rounds: int = 8) -> None:
    """Time passes: waiting jobs come again, a paused queue too."""
    for _round in range(rounds):
        DriverHealth.objects.update(open_until=None)
        hurry_jobs()
        if not Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exists():
            return


def break_at(registry, fault: Fault, verb: str, name: str) -> None:
    registry.faults.add(Fault(fault.kind, verb, name, fault.amount))


def assert_charged_once(count: int) -> None:
    """So many invoices, each paid by one payment, and not a centavo more."""
    assert list(Invoice.objects.values_list("state", flat=True)) == ["paid"] * count
    assert Payment.objects.filter(state="received").count() == count
    assert not Job.objects.filter(state=JobState.FAILED).exists()


@pytest.mark.parametrize("fault", BREAKS, ids=IDS)
def test_a_registration_broken_at_every_command(panel: Panel, registry, fault):
    name = "muebles.com.mx"
    order = panel.order(name, years=2)
    break_at(registry, fault, "create", name)  # of the domain
    break_at(registry, fault, "create", "")  # of its holder: the first one that comes
    for verb in ("info", "update"):
        break_at(registry, fault, verb, name)
    pay(order)
    settle()
    held = registry.registry.state.domains[name]
    assert (held.sponsor, held.expires_at.year) == ("panel", held.created_at.year + 2)
    assert Domain.objects.get(name=name).state == Domain.State.ACTIVE
    assert_charged_once(1)


@pytest.mark.parametrize("fault", BREAKS, ids=IDS)
def test_a_renewal_broken_at_every_command(panel: Panel, registry, actor, fault):
    domain = panel.buy("muebles.com")
    held = registry.registry.state.domains[domain.name]
    years = held.expires_at.year
    invoice = renew_now(actor=actor, domain=domain, years=1)
    for verb in ("renew", "info"):
        break_at(registry, fault, verb, domain.name)
    pay_invoice(invoice)
    settle()
    domain.refresh_from_db()
    assert held.expires_at.year == years + 1
    assert abs(domain.expires_at - held.expires_at) < timedelta(seconds=2)
    assert_charged_once(2)


@pytest.mark.parametrize("fault", BREAKS, ids=IDS)
def test_a_transfer_broken_at_every_command(panel: Panel, registry, fault):
    registry.registry.transfer_delay = timedelta(0)
    name = "transferible.com.mx"
    before = registry.registry.state.domains[name].expires_at
    for verb in ("check", "info"):
        break_at(registry, fault, verb, name)
    domain = panel.transfer(name)
    settle(3)
    order = panel.confirm_transfer(domain)
    for verb in ("transfer", "update", "renew"):
        break_at(registry, fault, verb, name)
    pay(order)
    settle()
    held = registry.registry.state.domains[name]
    assert (held.sponsor, held.expires_at.year) == ("panel", before.year + 1)
    assert Domain.objects.get(name=name).state == Domain.State.ACTIVE
    assert Order.objects.get().state == Order.State.COMPLETED
    assert_charged_once(1)

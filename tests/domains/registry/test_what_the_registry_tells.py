"""Messages, differences, expiry and the way back from redemption."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ActionLogEntry, Notification
from cloudpanel.provisioning.models import Job
from domains.models import Domain, DomainFinding
from domains.sandbox.samples import AUTH_CODE, COMPETITOR
from domains.services.departing import answer_departure
from domains.services.expiry import threshold, watch_expiry
from domains.services.findings import compare_all
from domains.services.listening import listen_to_all
from domains.services.renewing import catch_up
from domains.states import shown_of
from marketplace.models import Order, Subscription
from marketplace.services.suspension import terminate_subscription
from tests.domains.registry.conftest import Panel, hurry_jobs, pay, run_jobs


@pytest.fixture
def domain(panel: Panel) -> Domain:
    return panel.buy("muebles.com")


@pytest.fixture
def held(domain, registry):
    return registry.registry.state.domains[domain.name]


def compare() -> list[tuple[str, str]]:
    Domain.objects.update(compared_at=None)
    compare_all()
    run_jobs()
    return list(DomainFinding.objects.order_by("pk").values_list("kind", "state"))


def test_a_domain_as_it_should_be_has_no_differences(domain):
    assert compare() == []


def test_a_domain_that_vanished_is_told_once_and_can_be_let_go(panel, domain, registry):
    del registry.registry.state.domains[domain.name]
    assert compare() == compare() == [("missing", "open")]
    assert Notification.objects.filter(title__contains="requiere atención").count() == 1
    finding = DomainFinding.objects.get()
    panel.client.post(f"/dominios/{domain.public_id}/diferencias/{finding.pk}/registro/")
    domain.refresh_from_db()
    assert domain.state == Domain.State.GONE


def test_other_nameservers_can_be_set_back(panel, domain, held):
    ours = list(held.nameservers)
    held.nameservers = []
    assert compare() == [("nameservers", "open")]
    finding = DomainFinding.objects.get()
    panel.client.post(f"/dominios/{domain.public_id}/diferencias/{finding.pk}/aqui/")
    run_jobs()
    assert sorted(held.nameservers) == sorted(ours)
    assert compare() == [("nameservers", "resolved")]


def test_a_message_about_a_transfer_makes_its_job_look_at_once(panel: Panel, registry):
    domain = panel.transfer("transferible.com")
    pay(panel.confirm_transfer(domain))
    hurry_jobs()
    registry.registry.end_transfer(registry.registry.state.registrars[COMPETITOR], domain.name, "clientApproved")
    listen_to_all()
    run_jobs()
    domain.refresh_from_db()
    assert domain.state == Domain.State.ACTIVE
    assert not registry.registry.state.registrars["panel"].messages


def test_who_wants_to_take_a_domain_away_is_announced(panel: Panel, domain, held, registry):
    held.statuses.clear()
    held.created_at -= timedelta(days=90)
    held.auth_code = AUTH_CODE
    other = registry.registry.state.registrars[COMPETITOR]
    registry.registry.ask_transfer(other, domain.name, auth_code=AUTH_CODE, years=1)
    listen_to_all()
    run_jobs()
    assert Notification.objects.filter(title__contains="llevarse muebles.com").exists()


@pytest.mark.parametrize(("answer", "sponsor"), [("refuse_departure", "panel"), ("approve_departure", COMPETITOR)])
def test_support_answers_who_wants_to_take_a_domain_away(staff_client, domain, held, registry, answer, sponsor):
    held.statuses.clear()
    held.created_at -= timedelta(days=90)
    held.auth_code = AUTH_CODE
    other = registry.registry.state.registrars[COMPETITOR]
    registry.registry.ask_transfer(other, domain.name, auth_code=AUTH_CODE, years=1)
    ticked = {"action": answer, "_selected_action": [domain.pk]}
    page = staff_client.post("/admin/domains/domain/", ticked, follow=True).content.decode()
    assert "Se contesta al registro por 1" in page
    run_jobs()
    assert (held.sponsor, held.transfer.status != "pending") == (sponsor, True)
    assert ActionLogEntry.objects.filter(action__startswith="domains.domain.departure_").count() == 1


def test_an_answer_that_nobody_waits_for_leaves_the_domain_as_it_is(actor, domain, held):
    answer_departure(actor=actor, domain=domain, is_approved=True)
    run_jobs()
    domain.refresh_from_db()
    assert held.sponsor == "panel"
    assert Job.objects.get(operation="domains.answer_departure").user_message.startswith("El registro no conoce")
    assert shown_of(domain).code == "active"


@pytest.mark.parametrize(("left", "step"), [(61, None), (60, 60), (45, 60), (30, 30), (8, 30), (7, 7), (2, 7), (1, 1)])
def test_the_notice_that_is_due(left, step):
    assert threshold(left) == step


def test_each_notice_is_given_once_and_none_for_what_is_paid(domain):
    soon = datetime.now(UTC) + timedelta(days=20)
    Domain.objects.update(expires_at=soon, paid_until=soon)
    watch_expiry()
    watch_expiry()
    assert Notification.objects.filter(title__contains="muebles.com vence el").count() == 1
    Domain.objects.update(expires_at=soon, paid_until=soon + timedelta(days=365), warned_days=None)
    watch_expiry()
    assert Notification.objects.filter(title__contains="muebles.com vence el").count() == 1


def test_years_that_were_paid_while_an_operation_was_under_way_are_told_to_the_registry_later(domain, held):
    before = held.expires_at
    Domain.objects.update(paid_until=domain.expires_at.replace(year=domain.expires_at.year + 2))
    catch_up()
    catch_up()
    run_jobs()
    assert held.expires_at.year == before.year + 2


def test_what_nobody_renewed_is_deleted_and_can_be_restored_for_its_price(panel: Panel, domain, held, actor):
    past = datetime.now(UTC) - timedelta(days=40)
    Domain.objects.update(expires_at=past, paid_until=past)
    held.expires_at = past
    watch_expiry()
    terminate_subscription(actor=actor, subscription=Subscription.objects.get(), reason="No se renovó")
    run_jobs()
    domain.refresh_from_db()
    assert (domain.state, held.is_deleted) == (Domain.State.REDEMPTION, True)
    page = panel.client.get(f"/dominios/{domain.public_id}/rescatar/", follow=True)
    panel.client.post(page.context["action"], {"acepto": "on", "mostrado": page.context["sealed"]})
    order = Order.objects.latest("pk")
    assert order.subtotal > domain.subscription.price
    pay(order)
    run_jobs()
    domain.refresh_from_db()
    assert (domain.state, held.is_deleted) == (Domain.State.ACTIVE, False)
    assert held.expires_at.year == past.year + 1

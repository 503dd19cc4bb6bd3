"""What the marketplace asks of Exchange: a subscription begins, is suspended, comes back and ends."""

from __future__ import annotations

import pytest

from exchange.drivers.base import MailboxState
from exchange.drivers.fake import InMemoryMailDriver
from exchange.lifecycle import ExchangeLifecycle, default_name
from exchange.models import Mailbox, MailDomain
from marketplace.lifecycle import ServiceLifecycle, lifecycle_of
from marketplace.models import Subscription
from tests.exchange.conftest import used
from tests.factories import AccountFactory, SubscriptionFactory

lifecycle = ExchangeLifecycle()


@pytest.fixture
def prepared(actor, account) -> Subscription:
    row = SubscriptionFactory(account=account, state=Subscription.State.PENDING)
    lifecycle.prepare(row, actor=actor)
    return row


def test_it_is_the_lifecycle_of_its_kind(subscription):
    found: ServiceLifecycle = lifecycle_of(subscription)
    assert isinstance(found, ExchangeLifecycle)
    assert found.panel_url(subscription) == f"/exchange/{subscription.public_id}/"


def test_every_resource_has_words(subscription):
    assert [lifecycle.resources[code].describe(2) for code in subscription.plan.resources] == [
        "2 buzones",
        "2 GB de espacio",
    ]


def test_preparing_makes_a_domain_and_a_template_of_the_plans_size(prepared):
    domain, template = prepared.mail_domains.get(), prepared.mailbox_templates.get()
    assert domain.name == f"empresa-demo-sa-de-cv-{prepared.public_id.hex[:6]}.correo.panel.example"
    assert (domain.state, domain.is_default) == (MailDomain.State.PENDING, True)
    assert (template.quota_mb, template.is_default) == (5 * 1024, True)


@pytest.mark.parametrize("name", ["株式会社", "¡¡¡", "a" * 200, "Ñandú & Cía., S.A. de C.V."])
def test_every_company_name_gives_a_domain_that_the_mail_system_takes(db, name):
    from exchange.drivers.addresses import is_domain

    assert is_domain(default_name(SubscriptionFactory(account=AccountFactory(legal_name=name))))


def test_activating_twice_is_the_same_as_once(prepared, mail):
    lifecycle.activate(prepared)
    lifecycle.activate(prepared)
    lifecycle.activated(prepared)
    domain = prepared.mail_domains.get()
    assert domain.state == MailDomain.State.ACTIVE
    assert [spec.name for spec in mail.domains.values()] == [domain.name]


def test_suspending_switches_sign_in_off_and_resuming_on(subscription, make_mailbox, mail, domain):
    make_mailbox()
    lifecycle.suspend(subscription)
    assert not mail.domains[domain.public_id].is_enabled
    lifecycle.resume(subscription)
    assert mail.domains[domain.public_id].is_enabled


def test_ending_removes_mail_addresses_and_domains(subscription, make_mailbox, mail, domain):
    box = make_mailbox()
    lifecycle.terminate(subscription)
    lifecycle.terminate(subscription)  # again after a crash
    lifecycle.terminated(subscription)
    assert box.public_id in mail.purged
    assert not mail.domains
    assert not Mailbox.objects.exclude(state=Mailbox.State.TERMINATED).exists()
    assert used(subscription) == {"mailboxes": 0, "storage_gb": 0}


def test_ending_before_it_ever_began_is_no_error(prepared):
    lifecycle.terminate(prepared)
    lifecycle.terminated(prepared)
    assert prepared.mail_domains.get().state == MailDomain.State.TERMINATED


def test_a_mailbox_keeps_its_own_state_while_the_subscription_is_suspended(subscription, make_mailbox, mail):
    box = make_mailbox()
    lifecycle.suspend(subscription)
    driver = InMemoryMailDriver({"store": "tests"})
    assert driver.lookup([box.public_id])[box.public_id].state == MailboxState.ENABLED

"""From the panel's services through the worker and the directory to a person's mail program: nothing is played."""

import imaplib

import pytest

from cloudpanel.provisioning.models import JobState
from exchange.drivers.base import DomainSpec
from exchange.lifecycle import ExchangeLifecycle
from exchange.models import Mailbox
from exchange.services.aliases import add_alias, make_primary
from exchange.services.deletion import Selection, delete_mailboxes, restore_mailboxes
from exchange.services.mailboxes import create_mailbox, disable_mailbox, enable_mailbox, set_password
from exchange.services.usage import refresh_usage
from tests.conftest import drain_jobs
from tests.exchange.conftest import PASSWORD, fresh
from tests.exchange.drivers.line import Line

pytestmark = [pytest.mark.counterpart, pytest.mark.slow]


@pytest.fixture(autouse=True)
def real_mail(mail, settings, mail_database, directory, domain):
    """Instead of the mail system in memory."""
    entry = {
        "class": "exchange.drivers.directory.DirectoryMailDriver",
        "options": {"config": {"dsn": mail_database}},
        "concurrency": 8,
    }
    settings.DRIVERS = {**settings.DRIVERS, "mail": entry}
    directory.ensure_domain(DomainSpec(domain.public_id, domain.name))


@pytest.fixture
def ana(make_mailbox):
    return make_mailbox("ana")


def is_refused(mail_client, address, password=PASSWORD):
    with pytest.raises(imaplib.IMAP4.error):
        mail_client.sign_in(address, password)
    return mail_client.refusal(address) == 550


def test_what_was_just_created_is_signed_into_and_receives(mail_client, ana):
    assert ana.state == Mailbox.State.ACTIVE
    mail_client.deliver(ana.address, "Primer mensaje")
    assert mail_client.subjects(ana.address, PASSWORD) == ["Primer mensaje"]
    assert mail_client.quota(ana.address, PASSWORD)[1] == ana.quota_mb * 1024


def test_what_is_deleted_is_gone_and_restored_has_its_mail(mail_client, actor, subscription, ana, run_jobs):
    mail_client.deliver(ana.address, "Antes")
    chosen = Selection(public_ids=(ana.public_id,))
    delete_mailboxes(actor=actor, subscription=subscription, selection=chosen)
    run_jobs()
    assert is_refused(mail_client, ana.address)
    restore_mailboxes(actor=actor, subscription=subscription, selection=chosen)
    run_jobs()
    assert mail_client.subjects(ana.address, PASSWORD) == ["Antes"]


def test_what_is_disabled_is_refused_until_it_is_enabled(mail_client, actor, ana, run_jobs):
    disable_mailbox(actor=actor, mailbox=ana)
    run_jobs()
    assert is_refused(mail_client, ana.address)
    enable_mailbox(actor=actor, mailbox=fresh(ana))
    run_jobs()
    mail_client.sign_in(ana.address, PASSWORD).logout()


def test_a_new_password_replaces_the_old_one(mail_client, actor, ana, run_jobs):
    set_password(actor=actor, mailbox=ana, password="Piñata-'violeta'-73 cañón")
    run_jobs()
    mail_client.sign_in(ana.address, "Piñata-'violeta'-73 cañón").logout()
    with pytest.raises(imaplib.IMAP4.error):
        mail_client.sign_in(ana.address, PASSWORD)


def test_after_a_change_of_address_both_deliver(mail_client, actor, domain, ana, run_jobs):
    alias = add_alias(actor=actor, mailbox=ana, local_part="ventas", mail_domain=domain)
    run_jobs()
    alias.refresh_from_db()
    make_primary(actor=actor, mailbox=fresh(ana), alias=alias)
    run_jobs()
    mail_client.deliver("ana@buzones.example", "A la anterior")
    mail_client.deliver("ventas@buzones.example", "A la nueva")
    assert mail_client.subjects("ventas@buzones.example", PASSWORD) == ["A la anterior", "A la nueva"]


def test_the_panel_learns_what_is_used(mail_client, ana, run_jobs):
    mail_client.deliver(ana.address, size=300_000)
    refresh_usage()
    run_jobs()
    assert 300_000 < fresh(ana).used_bytes < 320_000


def test_a_suspended_subscription_refuses_sign_in_and_accepts_mail_until_it_is_resumed(mail_client, subscription, ana):
    ExchangeLifecycle().suspend(subscription)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        mail_client.sign_in(ana.address, PASSWORD)
    mail_client.deliver(ana.address, "Mientras estuvo suspendida")
    ExchangeLifecycle().resume(subscription)
    assert "Mientras estuvo suspendida" in mail_client.subjects(ana.address, PASSWORD)


def test_a_terminated_subscription_leaves_nothing(mail_client, directory, subscription, domain, ana):
    ExchangeLifecycle().terminate(subscription)
    assert is_refused(mail_client, ana.address)
    assert directory.lookup([ana.public_id]) == {}
    ExchangeLifecycle().terminate(subscription)


def test_while_the_directory_is_down_jobs_wait_and_then_go_through(
    mail_client, mail_database, tmp_path_factory, settings, actor, subscription, wish
):
    line = Line(mail_database, tmp_path_factory.mktemp("l"))
    entry = {**settings.DRIVERS["mail"], "options": {"config": {"dsn": line.dsn}}}
    settings.DRIVERS = {**settings.DRIVERS, "mail": entry}
    line.cut()
    created = create_mailbox(actor=actor, subscription=subscription, wish=wish)
    drain_jobs(honour_run_after=True)
    assert fresh(created).last_job.state == JobState.QUEUED
    line.restore()
    drain_jobs()
    line.cut()
    assert fresh(created).state == Mailbox.State.ACTIVE
    mail_client.sign_in(created.address, PASSWORD).logout()

"""Jobs that come late, twice, or cross each other on the way: what the panel says and what the mail system has agree."""

import pytest

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.claims import claim_job
from cloudpanel.provisioning.errors import ConfigurationError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import cancel_job, retry_job
from exchange.models import Mailbox, MailboxAlias, MailDomain
from exchange.services.aliases import add_alias, make_primary, remove_alias
from exchange.services.deletion import Selection, delete_mailboxes, purge_expired, restore_mailboxes
from exchange.services.domains import add_domain, remove_domain
from exchange.services.mailboxes import require_settled, retry_mailbox
from tests.exchange.conftest import fresh

NEW, OLD = "ventas@buzones.example", "ana@buzones.example"


@pytest.fixture
def ana(make_mailbox):
    return make_mailbox("ana")


@pytest.fixture
def ventas(actor, ana, domain, run_jobs):
    alias = add_alias(actor=actor, mailbox=ana, local_part="ventas", mail_domain=domain)
    run_jobs()
    return again(alias)


def again(alias):
    return MailboxAlias.objects.select_related("mailbox", "account", "last_job").get(pk=alias.pk)


def addresses(mail, mailbox):
    return mail.mailboxes[mailbox.public_id].address, sorted(alias.address for alias in mail.aliases.values())


def test_an_old_purge_that_support_retries_does_not_erase_what_was_restored(actor, subscription, ana, mail, run_jobs):
    chosen = Selection(public_ids=(ana.public_id,))
    delete_mailboxes(actor=actor, subscription=subscription, selection=chosen)
    run_jobs()
    Mailbox.objects.filter(pk=ana.pk).update(deleted_at="2020-01-01T00:00:00Z")
    mail.faults.append(ConfigurationError("no rights"))
    purge_expired()
    run_jobs()
    restore_mailboxes(actor=actor, subscription=subscription, selection=chosen)
    run_jobs()
    retry_job(actor=actor, job=Job.objects.get(operation="exchange.purge_mailbox"))
    run_jobs()
    assert ana.public_id in mail.mailboxes
    assert fresh(ana).state == Mailbox.State.ACTIVE


def test_an_alias_is_not_removed_while_it_changes_places(actor, ana, ventas, mail, run_jobs):
    make_primary(actor=actor, mailbox=ana, alias=ventas)
    with pytest.raises(BusinessError) as refusal:
        remove_alias(actor=actor, alias=again(ventas))
    assert refusal.value.code == "operation_in_progress"
    run_jobs()
    assert addresses(mail, ana) == (NEW, [OLD])
    remove_alias(actor=actor, alias=again(ventas))
    run_jobs()
    assert addresses(mail, ana) == (NEW, [])


def test_a_rename_whose_alias_is_gone_still_reaches_the_new_address(actor, ana, ventas, mail, run_jobs):
    make_primary(actor=actor, mailbox=ana, alias=ventas)
    MailboxAlias.objects.filter(pk=ventas.pk).delete()
    run_jobs()
    assert addresses(mail, ana) == (NEW, [])
    assert fresh(ana).last_job.state == JobState.SUCCEEDED


def test_a_rename_that_support_cancelled_is_finished_before_anything_else(actor, ana, ventas, mail, run_jobs):
    make_primary(actor=actor, mailbox=ana, alias=ventas)
    cancel_job(actor=actor, job=fresh(ana).last_job)
    with pytest.raises(BusinessError) as refusal:
        require_settled(fresh(ana))
    assert refusal.value.code == "rename_failed"
    retry_mailbox(actor=actor, mailbox=fresh(ana))
    run_jobs()
    assert addresses(mail, ana) == (NEW, [OLD])
    require_settled(fresh(ana))


def test_a_claim_is_not_withdrawn_while_a_worker_may_be_granting_it(actor, subscription):
    claim = add_domain(actor=actor, subscription=subscription, name="empresa-nueva.example")
    assert claim_job(claim.last_job.pk)
    with pytest.raises(BusinessError, match="unos segundos"):
        remove_domain(actor=actor, domain=MailDomain.objects.select_related("last_job").get(pk=claim.pk))
    assert MailDomain.objects.get(pk=claim.pk).state == MailDomain.State.PENDING

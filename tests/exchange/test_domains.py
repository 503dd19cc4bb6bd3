"""Mail domains: whose they are is proved by a TXT record, and told in words until it is."""

from __future__ import annotations

import pytest

from cloudpanel.core.domain_names import clean_domain
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from domains.drivers.observer import Note
from exchange.models import MailDomain
from exchange.services.domains import add_domain
from tests.exchange.conftest import url
from tests.exchange.fake_dns import answer, answers
from tests.factories import DomainFactory, MailDomainFactory, SubscriptionFactory


@pytest.fixture(autouse=True)
def _quiet_dns():
    answers.clear()
    yield
    answers.clear()


@pytest.fixture
def own(actor, subscription) -> MailDomain:
    return add_domain(actor=actor, subscription=subscription, name="Empresa.com.MX")


def look(run_jobs, own: MailDomain) -> MailDomain:
    """One look-up: the job comes back later while the record is not there."""
    Job.objects.filter(pk=own.last_job_id).update(run_after=own.created_at)
    run_jobs(honour_run_after=True)
    return MailDomain.objects.select_related("last_job").get(pk=own.pk)


def test_the_record_makes_it_active_and_known_to_the_mail_system(own, run_jobs, mail):
    answers[own.proof_host] = answer(Note.FOUND, "v=spf1 -all", own.proof_value)
    assert look(run_jobs, own).state == MailDomain.State.ACTIVE
    assert mail.domains[own.public_id].name == "empresa.com.mx"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (answer(Note.NO_NAME), "no existe todavía"),
        (answer(Note.NO_RECORD), "no tiene un registro de tipo TXT"),
        (answer(Note.SILENCE), "no respondieron a tiempo"),
        (answer(Note.BROKEN), "no pueden contestar"),
        (answer(Note.LAME), "la delegación apunta a donde no es"),
        (answer(Note.FOUND, "otra cosa <b>"), "no es el que esperamos"),
    ],
)
def test_until_then_the_page_says_what_was_expected_and_what_is_seen(
    administrator_client, subscription, own, run_jobs, told, says
):
    answers[own.proof_host] = told
    row = look(run_jobs, own)
    assert (row.state, row.last_job.state) == (MailDomain.State.PENDING, JobState.QUEUED)
    page = administrator_client.get(url("domain", subscription, own.public_id)).content.decode()
    assert says in page
    assert own.proof_value in page
    assert "_panel.empresa.com.mx" in page
    assert "<b>" not in page


def test_checking_now_looks_at_once(administrator_client, subscription, own, run_jobs):
    look(run_jobs, own)
    answers[own.proof_host] = answer(Note.FOUND, own.proof_value)
    administrator_client.post(url("domain_check", subscription, own.public_id))
    run_jobs(honour_run_after=True)
    own.refresh_from_db()
    assert own.state == MailDomain.State.ACTIVE


@pytest.mark.parametrize("name", ["empresa.com.mx", "ventas.empresa.com.mx"])
def test_one_that_is_ours_in_dominios_is_active_at_once(actor, subscription, account, run_jobs, mail, name):
    DomainFactory(account=account, name="empresa.com.mx")
    row = add_domain(actor=actor, subscription=subscription, name=name)
    run_jobs(honour_run_after=True)
    row.refresh_from_db()
    assert row.state == MailDomain.State.ACTIVE
    assert mail.domains[row.public_id].name == name


def test_one_that_waits_for_its_proof_or_is_of_another_account_is_not(actor, subscription, account, run_jobs):
    DomainFactory(account=account, name="empresa.com.mx", state="pending")
    DomainFactory(name="empresa.com.mx")
    row = add_domain(actor=actor, subscription=subscription, name="empresa.com.mx")
    run_jobs(honour_run_after=True)
    row.refresh_from_db()
    assert row.state == MailDomain.State.PENDING


def test_somebody_elses_active_domain_is_refused_and_a_pending_claim_is_not(actor, subscription):
    MailDomainFactory(name="tomado.com")
    MailDomainFactory(name="disputado.com", state=MailDomain.State.PENDING)
    with pytest.raises(BusinessError, match="otra cuenta"):
        add_domain(actor=actor, subscription=subscription, name="tomado.com")
    add_domain(actor=actor, subscription=subscription, name="disputado.com")


def test_of_two_claims_the_first_proof_wins(actor, own, run_jobs, mail):
    rival_subscription = SubscriptionFactory()
    rival = add_domain(actor=actor, subscription=rival_subscription, name="empresa.com.mx")
    for claim in (own, rival):
        answers[claim.proof_host] = answer(Note.FOUND, own.proof_value, rival.proof_value)
    run_jobs()
    states = sorted(MailDomain.objects.filter(name="empresa.com.mx").values_list("state", flat=True))
    assert states == ["active", "pending"]


def test_the_same_domain_twice_is_refused(actor, subscription, own):
    with pytest.raises(BusinessError, match="ya está en la lista"):
        add_domain(actor=actor, subscription=subscription, name="empresa.com.mx")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("empresa.com.mx", "empresa.com.mx"),
        (" EMPRESA.com. ", "empresa.com"),
        ("compañía.mx", "xn--compaa-7va5a.mx"),
        ("xn--espaa-rta.example", "xn--espaa-rta.example"),
    ],
)
def test_names_are_stored_as_a_labels(typed, stored):
    assert clean_domain(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "com.mx", "mx", "localhost", "http://a.com", "a@b.com", "a..com", "-a.com", "a_b.com", "1.2.3.4", "a" * 64 + ".com",
     ".".join(["a" * 60] * 5) + ".com", "xn--\u00f1.com", "\x00.com", "a b.com", "xn--a.com", "💥.com" * 40],
)  # fmt: skip
def test_what_cannot_be_a_domain_is_refused_in_words(administrator_client, subscription, typed):
    page = administrator_client.post(url("domains", subscription), {"name": typed}).content.decode()
    assert "invalid" in page
    assert not MailDomain.objects.exists()


def test_a_pending_one_goes_at_once_with_its_job(administrator_client, subscription, own):
    administrator_client.post(url("domain_remove", subscription, own.public_id))
    own.refresh_from_db()
    assert own.state == MailDomain.State.TERMINATED
    assert Job.objects.get(pk=own.last_job_id).state == JobState.CANCELLED
    assert administrator_client.get(url("domain", subscription, own.public_id)).status_code == 404


def test_one_with_mailboxes_stays(administrator_client, subscription, domain, make_mailbox):
    MailDomain.objects.filter(pk=domain.pk).update(is_default=False)
    make_mailbox()
    response = administrator_client.post(url("domain_remove", subscription, domain.public_id), follow=True)
    assert "todavía tiene buzones" in response.content.decode()


def test_an_active_one_without_addresses_leaves_the_mail_system(
    administrator_client, subscription, own, run_jobs, mail
):
    answers[own.proof_host] = answer(Note.FOUND, own.proof_value)
    run_jobs()
    administrator_client.post(url("domain_remove", subscription, own.public_id))
    run_jobs()
    own.refresh_from_db()
    assert own.state == MailDomain.State.TERMINATED
    assert own.public_id not in mail.domains


def test_the_included_one_stays(administrator_client, subscription, domain):
    response = administrator_client.post(url("domain_remove", subscription, domain.public_id), follow=True)
    assert "viene con la suscripción" in response.content.decode()


def test_a_stranger_gets_404(stranger_client, subscription, own):
    assert stranger_client.post(url("domain_check", subscription, own.public_id)).status_code == 404


def test_a_service_user_gets_403(service_user_client, subscription):
    assert service_user_client.post(url("domains", subscription), {"name": "x.com"}).status_code == 403

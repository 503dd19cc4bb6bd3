"""*Añada su dominio*: whose it is is proved by its DNS, looked up at real servers on loopback."""

from __future__ import annotations

from datetime import timedelta

import dns.message
import dns.query
import dns.rcode
import dns.update
import pytest
import time_machine
from django.utils import timezone

from accounts.models import Notification
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from domains.models import Domain
from domains.services.ownership import MOST_CLAIMS, claim_domain, remove_from_list
from tests.domains.dns_world import DnsWorld, failing, referral, silence, txt
from tests.factories import DomainFactory, MailDomainFactory, SubscriptionFactory

NAME = "empresa.test"


@pytest.fixture(autouse=True)
def _asks_the_small_dns(settings, world: DnsWorld):
    world.ns2.says = world.ns3.says = txt("nada")
    options = {"resolvers": [world.resolver], "authority_port": world.port, "seconds": 0.3, "allow_private": True}
    entry = {"class": "domains.drivers.observer.DnsObserver", "options": options, "concurrency": 4}
    settings.DRIVERS = {**settings.DRIVERS, "dns_observer": entry}


@pytest.fixture
def claim(actor, account) -> Domain:
    return claim_domain(actor=actor, account=account, name=NAME)


def publish(world: DnsWorld, name: str, kind: str, value: str = "") -> None:
    """By a dynamic update (RFC 2136): the record, or nothing at this name."""
    update = dns.update.Update(f"{NAME}.")
    update.delete(f"{name}.")
    if value:
        update.add(f"{name}.", 60, kind, f'"{value}"' if kind == "TXT" else f"{value}.")
    assert dns.query.udp(update, "127.0.0.1", 2, world.port).rcode() == dns.rcode.NOERROR


@pytest.fixture
def published(world):
    """Sets a record in Knot for one test."""
    names = []

    def go(name: str, kind: str, value: str) -> None:
        names.append((name, kind))
        publish(world, name, kind, value)

    yield go
    for name, kind in names:
        publish(world, name, kind)


@pytest.fixture
def look(run_jobs):
    """One look, and the claim as it is then."""

    def go(claim: Domain) -> Domain:
        Job.objects.filter(state=JobState.QUEUED).update(run_after=claim.created_at)
        run_jobs(honour_run_after=True)
        return Domain.objects.select_related("proof", "last_job").get(pk=claim.pk)

    return go


def page_of(client, domain: Domain) -> str:
    return client.get(f"/dominios/{domain.public_id}/").content.decode()


def test_the_txt_record_at_most_of_its_servers_makes_it_ones_own(claim, world, published, look, administrator):
    world.ns2.says = txt(claim.proof.txt_value)
    published(claim.proof.txt_host, "TXT", claim.proof.txt_value)
    row = look(claim)
    assert (row.state, row.proof.proved_by) == (Domain.State.ACTIVE, "txt")
    [notice] = Notification.objects.filter(user=administrator)
    assert (notice.title, notice.url) == (
        "El dominio empresa.test es suyo: ya puede usarlo",
        f"/dominios/{row.public_id}/",
    )


def test_the_one_server_of_three_that_answers_otherwise_is_named(claim, world, published, look, administrator_client):
    world.ns2.says = silence
    published(claim.proof.txt_host, "TXT", claim.proof.txt_value)
    assert look(claim).proof.outcome == "partial"
    page = page_of(administrator_client, claim)
    assert "ns3.empresa.test" in page
    assert "<code>nada</code>" in page
    assert "no respondió a tiempo" in page
    assert "El esperado" in page
    assert "Algunos servidores ya tienen el registro" in page


def test_a_cname_proves_it_too(claim, world, published, look):
    world.ns2.says = world.ns3.says = silence
    published(claim.proof.cname_host, "CNAME", claim.proof.cname_value)
    row = look(claim)
    assert (row.state, row.proof.proved_by) == (Domain.State.ACTIVE, "cname")


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (txt("otra cosa <b>"), "no es el que esperamos"),
        (txt(*[f"{number:0250}" for number in range(20)]), "el suyo se pierde"),
        (failing(dns.rcode.SERVFAIL), "SERVFAIL"),
        (failing(dns.rcode.NXDOMAIN), "no existe todavía"),
        (referral, "no lo conocen"),
        (txt(), "no tiene un registro de ese tipo"),
    ],
)
def test_until_then_the_page_says_what_was_expected_what_is_seen_and_why(
    claim, world, look, administrator_client, says, words
):
    world.ns2.says = world.ns3.says = says
    row = look(claim)
    assert (row.state, row.last_job.state) == (Domain.State.PENDING, JobState.QUEUED)
    page = page_of(administrator_client, claim)
    assert words in page
    assert claim.proof.txt_value in page
    assert claim.proof.cname_value in page
    assert "Así desde" in page
    assert "otra cosa <b>" not in page


def test_circles_of_cname_and_domains_outside_the_dns_have_their_own_words(
    actor, account, claim, world, published, look, administrator_client
):
    world.ns2.says = world.ns3.says = silence
    published(claim.proof.txt_host, "CNAME", f"_bucle1.{NAME}")
    look(claim)
    assert "dan vueltas en círculo" in page_of(administrator_client, claim)
    Domain.objects.filter(pk=claim.pk).update(name="nadie.sola.test")
    look(claim)
    assert "no está en el DNS" in page_of(administrator_client, claim)


def test_since_when_stays_while_the_servers_say_the_same(claim, look):
    first = look(claim).proof
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        second = look(claim).proof
    assert second.seen_since == first.seen_since
    assert second.checked_at > first.checked_at


def test_it_looks_less_and_less_often(claim, look):
    row = look(claim)
    assert row.last_job.run_after - timezone.now() < timedelta(seconds=35)
    Job.objects.filter(pk=row.last_job_id).update(created_at=timezone.now() - timedelta(days=2))
    assert look(claim).last_job.run_after - timezone.now() > timedelta(minutes=59)


def test_after_fourteen_days_it_gives_up_and_says_so(claim, look, administrator, administrator_client):
    Job.objects.filter(pk=claim.last_job_id).update(created_at=timezone.now() - timedelta(days=14, minutes=1))
    row = look(claim)
    assert (row.state, row.last_job.state) == (Domain.State.FAILED, JobState.FAILED)
    assert "en 14 días" in row.failure_message
    assert "en 14 días" in Notification.objects.get(user=administrator).body
    assert "en 14 días" in page_of(administrator_client, claim)


def test_checking_now_after_that_begins_again_with_the_same_record(claim, look, published, world, administrator_client):
    Job.objects.filter(pk=claim.last_job_id).update(created_at=timezone.now() - timedelta(days=15))
    look(claim)
    published(claim.proof.txt_host, "TXT", claim.proof.txt_value)
    world.ns2.says = world.ns3.says = txt(claim.proof.txt_value)
    administrator_client.post(f"/dominios/{claim.public_id}/comprobar/")
    assert look(claim).state == Domain.State.ACTIVE


def test_of_two_claims_the_first_proof_wins_and_the_other_hears_only_that(
    actor, claim, other_account, stranger, world, look, stranger_client
):
    rival = claim_domain(actor=actor, account=other_account, name=NAME)
    assert rival.proof.txt_value != claim.proof.txt_value
    world.ns2.says = world.ns3.says = txt(claim.proof.txt_value)
    assert look(claim).state == Domain.State.ACTIVE
    lost = look(rival)
    assert (lost.state, lost.last_job.state) == (Domain.State.FAILED, JobState.CANCELLED)
    page = page_of(stranger_client, rival)
    assert "ya se comprobó en otra cuenta" in page
    assert "Empresa Demo" not in page
    assert Notification.objects.filter(user=stranger, title__startswith="No se añadió").exists()


def test_two_who_proved_at_the_same_moment_cannot_both_have_it(actor, claim, other_account, world, look, run_jobs):
    rival = claim_domain(actor=actor, account=other_account, name=NAME)
    world.ns2.says = world.ns3.says = txt(claim.proof.txt_value, rival.proof.txt_value)
    run_jobs()
    states = sorted(Domain.objects.filter(name=NAME).values_list("state", flat=True))
    assert states == [Domain.State.ACTIVE, Domain.State.FAILED]


def test_what_another_customer_holds_is_refused_without_saying_who(administrator_client, other_account):
    DomainFactory(account=other_account, name=NAME)
    page = administrator_client.post("/dominios/existente/", {"name": NAME}).content.decode()
    assert "ya se usa en otra cuenta" in page
    assert "Otra Empresa" not in page
    assert f'value="{NAME}"' in page


def test_the_form_leads_to_the_page_and_saying_it_twice_leads_there_again(administrator_client, account):
    first = administrator_client.post("/dominios/existente/", {"name": "Compañía.MX"})
    again = administrator_client.post("/dominios/existente/", {"name": "compañía.mx"})
    row = Domain.objects.get(account=account)
    assert first.url == again.url == f"/dominios/{row.public_id}/"
    assert row.name == "xn--compaa-7va5a.mx"
    assert "compañía.mx" in page_of(administrator_client, row)


@pytest.mark.parametrize(
    "typed", ["", "mi empresa.mx", "https://empresa.mx/", "www.empresa.mx", "com.mx", "💥.mx", "x" * 2500]
)
def test_what_is_no_domain_is_refused_beside_the_field(administrator_client, typed):
    page = administrator_client.post("/dominios/existente/", {"name": typed}).content.decode()
    assert "is-invalid" in page
    assert not Domain.objects.exists()


def test_a_disguised_name_is_pointed_out(administrator_client, actor, account):
    row = claim_domain(actor=actor, account=account, name="gооgle.com")
    assert "puede confundirse" in page_of(administrator_client, row)


def test_ones_own_domain_twice_and_too_many_claims_are_refused(actor, account):
    DomainFactory(account=account, name="mio.mx")
    with pytest.raises(BusinessError, match="ya está en su lista"):
        claim_domain(actor=actor, account=account, name="mio.mx")
    for number in range(MOST_CLAIMS):
        DomainFactory(account=account, name=f"d{number}.mx", state=Domain.State.PENDING)
    with pytest.raises(BusinessError, match="50 dominios por comprobar"):
        claim_domain(actor=actor, account=account, name="uno-mas.mx")


def test_a_claim_goes_with_its_job(administrator_client, claim):
    page = administrator_client.get(f"/dominios/{claim.public_id}/quitar/").content.decode()
    assert "no le pasa nada" in page
    administrator_client.post(f"/dominios/{claim.public_id}/quitar/")
    claim.refresh_from_db()
    assert claim.state == Domain.State.TERMINATED
    assert Job.objects.get(pk=claim.last_job_id).state == JobState.CANCELLED


def test_one_that_receives_mail_stays(actor, account, administrator_client):
    row = DomainFactory(account=account, name="correo.mx")
    MailDomainFactory(subscription=SubscriptionFactory(account=account, name="Exchange"), name="correo.mx")
    with pytest.raises(BusinessError, match="Lo usa Correo: Exchange"):
        remove_from_list(actor=actor, domain=row)
    assert "Quítelo de ahí primero" in page_of(administrator_client, row)


def test_a_stranger_gets_404(stranger_client, claim):
    for verb in ("comprobar", "quitar"):
        assert stranger_client.post(f"/dominios/{claim.public_id}/{verb}/").status_code == 404


def test_a_delegate_and_a_service_user_get_403(delegate_client, service_user_client):
    assert delegate_client.post("/dominios/existente/", {"name": "x.com"}).status_code == 403
    assert service_user_client.post("/dominios/existente/", {"name": "x.com"}).status_code == 403

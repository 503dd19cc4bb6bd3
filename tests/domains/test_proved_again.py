"""A domain that was proved once is looked at again: it may have changed hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Notification
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job
from domains.models import Domain, OwnershipProof
from domains.operations import reproving as operation
from domains.services.ownership import claim_domain, held
from domains.services.reproving import GRACE, release_forsaken, reprove_due
from tests.factories import DomainFactory, MailDomainFactory, SubscriptionFactory

NAME = "mudanza.example"


@pytest.fixture
def says(monkeypatch):
    """What a look at the DNS brings: an outcome, and by what it is proved."""

    def say(outcome: str, proved_by: str = "") -> None:
        monkeypatch.setattr(operation, "look_at_proof", lambda proof: (outcome, proved_by, []))

    say("proved", "txt")
    return say


@pytest.fixture
def proof(account) -> OwnershipProof:
    domain = DomainFactory(account=account, name=NAME, kind=Domain.Kind.EXTERNAL)
    return OwnershipProof.objects.create(domain=domain, outcome="proved", proved_by="txt")


@pytest.fixture
def look(proof, run_jobs):
    """Some days later the beat finds it due."""

    def go(days: float = 0) -> OwnershipProof:
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            OwnershipProof.objects.update(check_again_at=None)
            assert reprove_due() == 1
            run_jobs()
        return OwnershipProof.objects.select_related("domain").get(pk=proof.pk)

    return go


def test_a_record_that_is_still_there_is_looked_for_again_in_a_week(look, says):
    kept = look()
    assert kept.lost_since is None
    assert kept.check_again_at - kept.checked_at == timedelta(days=7)
    assert not Notification.objects.exists()


def test_one_that_went_away_is_told_once_and_once_more_after_fourteen_days(look, says, administrator):
    says("no_name")
    since = look().lost_since
    look(1)
    assert [note.title for note in Notification.objects.all()] == [
        f"Ya no vemos el registro que prueba que {NAME} es suyo"
    ]
    assert look(14.1).lost_since == since
    look(15)
    assert Notification.objects.count() == 2


@pytest.mark.parametrize("outcome", ["silence", "broken", "lame", "partial"])
def test_bad_luck_of_the_servers_is_no_proof_of_anything(look, says, outcome):
    says(outcome)
    kept = look()
    assert kept.lost_since is None
    assert kept.check_again_at - kept.checked_at == timedelta(days=1)


def test_it_comes_back_when_the_record_does(look, says):
    says("other")
    look()
    says("proved", "cname")
    back = look(1)
    assert (back.lost_since, back.proved_by) == (None, "cname")


def test_the_page_says_which_record_must_stay_and_which_is_gone(proof, administrator_client):
    page = administrator_client.get(f"/dominios/{proof.domain.public_id}/").content.decode()
    assert "Deje puesto este registro" in page
    assert proof.txt_value in page
    OwnershipProof.objects.update(lost_since=timezone.now(), outcome="no_name")
    page = administrator_client.get(f"/dominios/{proof.domain.public_id}/").content.decode()
    assert "Ya no vemos el registro" in page
    assert "Comprobar ahora" in page


def test_checking_now_looks_again(proof, says, administrator_client, run_jobs):
    OwnershipProof.objects.update(lost_since=timezone.now(), outcome="no_name")
    administrator_client.post(f"/dominios/{proof.domain.public_id}/comprobar/")
    run_jobs()
    assert OwnershipProof.objects.get().lost_since is None


def lost_for_long(proof: OwnershipProof) -> None:
    OwnershipProof.objects.filter(pk=proof.pk).update(lost_since=timezone.now() - GRACE - timedelta(days=1))


def test_who_let_it_go_does_not_keep_others_out(actor, proof, other_account):
    with pytest.raises(BusinessError):
        claim_domain(actor=actor, account=other_account, name=NAME)
    lost_for_long(proof)
    claimed = claim_domain(actor=actor, account=other_account, name=NAME)
    assert Domain.objects.get(pk=proof.domain_id).state == Domain.State.ACTIVE  # a claim takes nothing away
    release_forsaken(claimed)
    old = Domain.objects.get(pk=proof.domain_id)
    assert old.state == Domain.State.FAILED
    assert "Otra cuenta demostró" in old.failure_message
    assert str(other_account) not in old.failure_message


def test_one_that_a_service_uses_stays_whose_it_is(proof, account):
    MailDomainFactory(subscription=SubscriptionFactory(account=account), name=NAME)
    lost_for_long(proof)
    assert held(NAME).exists()


def test_only_what_is_due_is_looked_at_and_only_once(proof, account):
    DomainFactory(account=account)
    assert reprove_due() == 1
    assert reprove_due() == 0
    assert Job.objects.filter(operation="domains.reprove", account=None).count() == 1

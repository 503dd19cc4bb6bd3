"""Rows become mailboxes a chunk at a time; no row holds up another, and nobody else touches what is being made."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.claims import claim_next, meet_drivers
from cloudpanel.provisioning.errors import ConfigurationError, PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import cancel_job
from cloudpanel.provisioning.worker import carry_out
from exchange.drivers.base import MailboxSpec
from exchange.drivers.fake import InMemoryMailDriver
from exchange.models import ImportRow, Mailbox
from exchange.operations import imported
from exchange.services import jobs
from exchange.services.imports import deciding
from exchange.services.imports.chunks import chunk_of
from exchange.services.imports.finishing import Options, finalize_import, retry_import
from exchange.services.imports.hands import OtherHands
from exchange.services.imports.staging import stage_chunk
from exchange.services.mailboxes import retry_mailbox
from exchange.states import shown_of
from tests.exchange.conftest import used
from tests.exchange.imports.conftest import State, again, rows_of, states
from tests.factories import MailboxFactory

PASSWORD = "grapa-violeta-tejado-42"
THREE = "Nombre para mostrar,Correo\nAna López,ana@buzones.example\nEva,eva@buzones.example\nLuz,luz@buzones.example\n"


@pytest.fixture
def decide(upload, actor):
    """As far as the chunks that no worker has taken yet."""

    def go(text: str = THREE):
        meet_drivers(["mail"])
        batch = upload(text)
        finalize_import(actor=actor, batch=batch, options=Options())
        carry_out(claim_next(), lambda before: None)
        return again(batch)

    return go


def chunk_jobs() -> list[Job]:
    return list(Job.objects.filter(operation="exchange.create_imported").order_by("pk"))


def occupied(address: str) -> None:
    """The mail system knows somebody there of whom the panel knows nothing."""
    InMemoryMailDriver({"store": "tests"}).ensure_mailbox(MailboxSpec(uuid.uuid4(), address, "Otra", 1024))


def test_many_chunks_share_an_import(decide, run_jobs, monkeypatch):
    monkeypatch.setattr(deciding, "CHUNK", 2)
    batch = decide()
    assert [(job.params["first"], job.params["last"]) for job in chunk_jobs()] == [(2, 3), (4, 4)]
    run_jobs()
    assert states(again(batch)) == [State.CREATED] * 3


def test_who_is_being_created_is_in_process_and_left_alone(decide, actor):
    decide()
    claim = claim_next()
    stage_chunk(chunk_of(claim.jobs[0]), claim.token, actor)
    mailbox = Mailbox.objects.select_related("last_job", "account").first()
    assert (shown_of(mailbox).code, mailbox.is_made) == ("in_process", False)
    with pytest.raises(BusinessError, match="operación en curso"):
        jobs.begin(actor, mailbox, "update_mailbox")
    assert not Mailbox.objects.idle().exists()


def test_a_worker_that_lost_its_claim_makes_nothing(decide, actor):
    decide()
    claim = claim_next()
    with pytest.raises(OtherHands):
        stage_chunk(chunk_of(claim.jobs[0]), uuid.uuid4(), actor)
    assert not Mailbox.objects.exists()


def test_what_was_staged_before_a_crash_is_not_staged_again(decide, actor, run_jobs, subscription):
    batch = decide()
    claim = claim_next()
    stage_chunk(chunk_of(claim.jobs[0]), claim.token, actor)
    Job.objects.filter(pk=claim.jobs[0].pk).update(lease_until=timezone.now())
    run_jobs()
    assert (states(again(batch)), Mailbox.objects.count()) == ([State.CREATED] * 3, 3)
    assert used(subscription)["mailboxes"] == 3


def test_one_refused_row_fails_alone_with_its_own_reason(decide, run_jobs, actor):
    occupied("eva@buzones.example")
    batch = decide()
    run_jobs()
    batch = again(batch)
    assert (batch.stage, states(batch)) == ("finished", [State.CREATED, State.FAILED, State.CREATED])
    eva = Mailbox.objects.select_related("last_job", "account", "subscription").get(address="eva@buzones.example")
    assert (eva.last_job.operation, shown_of(eva).code) == ("exchange.create_mailbox", "attention")
    assert rows_of(batch)[1].message == eva.last_job.user_message != ""


def test_the_password_of_a_refused_row_goes_along_and_is_forgotten(decide, run_jobs, mail):
    mail.faults.append(ValueError("boom"))
    decide(f"Correo,Contraseña\nana@buzones.example,{PASSWORD}\neva@buzones.example,{PASSWORD}\n")
    run_jobs()
    assert all(spec.password_hash for spec in mail.mailboxes.values())
    assert list(Mailbox.objects.values_list("has_password", flat=True)) == [True, True]
    assert not ImportRow.objects.filter(sealed_password__isnull=False).exists()


def test_when_a_call_breaks_each_mailbox_is_tried_by_itself(decide, run_jobs, mail):
    mail.faults.append(ValueError("boom"))
    batch = decide()
    run_jobs()
    assert states(again(batch)) == [State.CREATED] * 3
    assert Job.objects.filter(operation="exchange.create_mailbox").count() == 3


def test_a_chunk_that_failed_can_be_retried_mailbox_by_mailbox(decide, run_jobs, mail, actor):
    mail.faults.append(ConfigurationError("no credentials"))
    batch = decide()
    run_jobs()
    assert states(again(batch)) == [State.FAILED] * 3
    ana = Mailbox.objects.select_related("last_job", "account", "subscription").get(address="ana@buzones.example")
    retry_mailbox(actor=actor, mailbox=ana)
    run_jobs()
    assert list(Mailbox.objects.order_by("address").values_list("state", flat=True)) == ["active", "pending", "pending"]


def test_a_retry_of_the_import_touches_only_what_failed(decide, run_jobs, mail, actor):
    mail.faults.append(PermanentError("No."))
    batch = decide()
    run_jobs()
    made_first = chunk_jobs()
    retry_import(actor=actor, batch=again(batch))
    run_jobs()
    assert states(again(batch)) == [State.CREATED] * 3
    assert len(chunk_jobs()) == len(made_first) + 1


def test_a_cancelled_chunk_gives_its_places_back_and_can_be_retried(decide, run_jobs, actor, subscription):
    batch = decide()
    assert used(subscription)["mailboxes"] == 3
    cancel_job(actor=actor, job=chunk_jobs()[0])
    run_jobs()
    assert (states(again(batch)), used(subscription)["mailboxes"]) == ([State.FAILED] * 3, 0)
    retry_import(actor=actor, batch=again(batch))
    run_jobs()
    assert (states(again(batch)), used(subscription)["mailboxes"]) == ([State.CREATED] * 3, 3)


def test_an_address_taken_after_the_decision_is_a_conflict_and_costs_no_place(decide, run_jobs, domain, subscription):
    batch = decide()
    MailboxFactory(mail_domain=domain, address="eva@buzones.example")
    run_jobs()
    assert states(again(batch)) == [State.CREATED, State.CONFLICT, State.CREATED]
    assert used(subscription)["mailboxes"] == 2


def test_a_slow_mail_system_is_asked_for_few_at_a_time(decide, run_jobs, monkeypatch):
    monkeypatch.setattr(imported, "FIRST_CALL", 1)
    monkeypatch.setattr(imported, "ENOUGH", 0)
    batch = decide()
    run_jobs()
    assert states(again(batch)) == [State.CREATED] * 3
    assert [job.result["count"] for job in chunk_jobs()] == [1, 1, 1]


def test_the_last_chunk_ends_the_import_at_once(decide, run_jobs):
    batch = decide()
    run_jobs(honour_run_after=True)
    assert again(batch).stage == "finished"

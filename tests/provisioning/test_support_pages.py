"""Support sees why a job failed, tries it again or cancels it; and nobody types states or reads secrets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ActionLogEntry
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import DriverHealth, JobState
from cloudpanel.provisioning.operations import Result
from cloudpanel.provisioning.sweep import sweep

LIST = "admin:provisioning_job_changelist"
CONFIRMED = {"_form_submitted": "on"}


def page(job, name="change"):
    return reverse(f"admin:provisioning_job_{name}", args=[job.pk])


@pytest.fixture
def failed_job(new_job, run_jobs):
    job = new_job(PermanentError("El buzón está lleno.", "552 mailbox full"), Result(), secret={"clave": "muy secreta"})
    run_jobs()
    job.refresh_from_db()
    return job


def test_the_list_filters_and_finds(staff_client, failed_job):
    address = reverse(LIST)
    for query in (
        "?state__exact=failed",
        "?failure__exact=permanent",
        "?q=cosa",
        f"?q={failed_job.public_id}",
        "?controlador=mail",
        "?antiguedad=hora",
    ):
        response = staff_client.get(address + query)
        assert "Efecto" in response.content.decode(), query
    assert "Efecto" not in staff_client.get(address + "?antiguedad=atorada").content.decode().split("<tbody")[-1]


def test_the_page_of_a_job_tells_everything_but_the_secret(staff_client, failed_job):
    content = staff_client.get(page(failed_job)).content.decode()
    assert "552 mailbox full" in content
    assert "El buzón está lleno." in content
    assert "muy secreta" not in content
    assert "Guardar" not in content
    assert "Rechazada" in content  # the attempt


def test_nothing_can_be_typed_or_deleted(staff_client, failed_job):
    assert staff_client.post(page(failed_job), {"state": "succeeded"}).status_code in {200, 302, 403}
    failed_job.refresh_from_db()
    assert failed_job.state == JobState.FAILED
    assert staff_client.get(page(failed_job, "delete")).status_code == 403
    assert staff_client.get(reverse("admin:provisioning_job_add")).status_code == 403


def test_trying_again_asks_first_and_then_does_it(staff_client, new_job, run_jobs, staff):
    job = new_job(PermanentError("No."), Result())
    run_jobs()
    asked = staff_client.get(page(job, "retry"))
    assert "¿Reintentar la operación?" in asked.content.decode()
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert staff_client.post(page(job, "retry"), CONFIRMED).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert ActionLogEntry.objects.get(action="provisioning.job.retried").actor_id == staff.pk


def test_a_refusal_is_said_in_words(staff_client, failed_job):
    response = staff_client.post(page(failed_job, "retry"), CONFIRMED, follow=True)
    assert "contraseña que ya no se conserva" in response.content.decode()


def test_cancelling_asks_first_and_then_does_it(staff_client, new_job):
    job = new_job()
    staff_client.get(page(job, "cancel"))
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    response = staff_client.post(page(job, "cancel"), CONFIRMED, headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == page(job)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def test_buttons_are_there_only_in_states_that_allow_them(staff_client, new_job, run_jobs):
    job = new_job()
    assert page(job, "retry") not in staff_client.get(page(job)).content.decode()
    assert page(job, "cancel") in staff_client.get(page(job)).content.decode()
    run_jobs()
    content = staff_client.get(page(job)).content.decode()
    assert page(job, "retry") not in content
    assert page(job, "cancel") not in content
    assert staff_client.post(page(job, "cancel"), CONFIRMED).status_code == 403


def test_ticked_jobs_are_tried_again_together(staff_client, new_job, run_jobs):
    jobs = [new_job(PermanentError("No."), Result(), lock=f"a:{number}") for number in range(3)]
    run_jobs()
    ticked = {"action": "retry_ticked", "_selected_action": [job.pk for job in jobs]}
    response = staff_client.post(reverse(LIST), ticked, follow=True)
    assert "3 operaciones están de nuevo en la cola." in response.content.decode()
    assert run_jobs() == 3


def test_a_paused_driver_says_until_when_and_can_be_resumed(staff_client, new_job):
    new_job()
    sweep()
    DriverHealth.objects.filter(driver="mail").update(
        open_until=timezone.now() + timedelta(minutes=5), consecutive_failures=5, last_error="connection refused"
    )
    for name in (LIST, "admin:provisioning_driverhealth_changelist"):
        content = staff_client.get(reverse(name)).content.decode()
        assert "En pausa hasta" in content
        assert "connection refused" in content
        assert "En espera: 1" in content
    ticked = {"action": "resume", "_selected_action": ["mail"]}
    staff_client.post(reverse("admin:provisioning_driverhealth_changelist"), ticked)
    assert DriverHealth.objects.get(driver="mail").open_until is None
    assert "Comprobando si ya responde" in staff_client.get(reverse(LIST)).content.decode()


def test_a_customer_has_no_business_here(administrator_client, failed_job):
    for address in (reverse(LIST), page(failed_job), page(failed_job, "retry")):
        assert administrator_client.get(address).status_code in {302, 403, 404}

"""What only support can mend reaches support by e-mail, once an hour for each driver."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail

from accounts.mail_models import OutgoingEmail
from cloudpanel.provisioning.errors import ConfigurationError, PermanentError
from cloudpanel.provisioning.models import DriverHealth, Job
from notices.services import send_waiting_emails
from tests.factories import UserFactory

BROKEN = ConfigurationError("password authentication failed for user panel")


def told() -> list[str]:
    return list(OutgoingEmail.objects.filter(kind="misconfigured").values_list("user__email", flat=True))


@pytest.fixture
def colleague(db):
    """May retry jobs, and is no superuser."""
    person = UserFactory(email="turno@panel.example", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="change_job"))
    return person


def test_staff_who_may_retry_jobs_are_told_and_nobody_else(new_job, run_jobs, staff, colleague, administrator):
    UserFactory(email="catalogo@panel.example", is_staff=True)
    new_job(BROKEN)
    run_jobs()
    assert sorted(told()) == ["soporte@panel.example", "turno@panel.example"]


def test_the_letter_says_what_failed_and_leads_to_the_job(new_job, run_jobs, staff):
    job = new_job(BROKEN)
    run_jobs()
    send_waiting_emails()
    run_jobs()
    (letter,) = [each for each in mail.outbox if each.to == [staff.email]]
    assert letter.subject == "Falta configurar: mail"
    assert "password authentication failed" in letter.body
    assert f"/admin/provisioning/job/{job.pk}/change/" in letter.body


def test_a_hundred_failures_are_one_letter_an_hour(new_job, run_jobs, staff):
    for number in range(3):
        new_job(BROKEN, lock=f"cosa:{number}")
    run_jobs()
    assert len(told()) == 1
    health = DriverHealth.objects.get(driver="mail")
    DriverHealth.objects.update(staff_told_at=health.staff_told_at - timedelta(hours=1, seconds=1))
    new_job(BROKEN, lock="cosa:9")
    run_jobs()
    assert len(told()) == 2


def test_each_driver_counts_for_itself(new_job, run_jobs, staff):
    new_job(BROKEN)
    new_job(BROKEN, lock="otro", operation="batch")
    run_jobs()
    drivers = set(Job.objects.values_list("driver", flat=True))
    assert len(told()) == len(drivers)


def test_other_failures_write_to_no_support(new_job, run_jobs, staff):
    new_job(PermanentError("No."))
    run_jobs()
    assert told() == []


def test_a_mail_server_that_refuses_us_is_not_told_by_mail(new_job, run_jobs, staff):
    Job.objects.filter(pk=new_job(BROKEN).pk).update(driver="smtp")
    run_jobs()
    assert told() == []

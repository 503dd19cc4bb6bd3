"""Runs the queued activation e-mails here and now, as a worker would."""

from __future__ import annotations

import re

from django.core import mail

from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.operations import JobRun, get_operation


def send_queued_emails() -> list[mail.EmailMessage]:
    """The e-mails that leave, oldest first."""
    before = len(mail.outbox)
    for job in Job.objects.filter(state=JobState.QUEUED, operation__startswith="users.").order_by("pk"):
        operation = get_operation(job.operation)
        operation.run(JobRun(job))
        operation.succeeded(job)
        Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)
    return mail.outbox[before:]


def link_in(message: mail.EmailMessage) -> str:
    found = re.search(r"/activar/([\w-]+)/", str(message.body))
    assert found, message.body
    return found.group(1)

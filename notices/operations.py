"""Sends one e-mail. A mail server that is down costs time: the job is tried again and staff see it waiting."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from accounts.emails import build_email
from cloudpanel.provisioning.emails import deliver
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from notices.services import emails_of, mark_sent


def _send(run: JobRun) -> Result:
    emails = emails_of(run.job)
    message = build_email(emails) if emails else None
    if message is None:
        return Result(data={"skipped": True})
    deliver(message)
    return Result()


def _unsent(job: Job) -> None:
    """The rows keep no ``sent_at``: staff see them in the admin, and the job with its reason."""


send_email = Operation(
    run=_send,
    succeeded=mark_sent,
    failed=_unsent,
    label=_("Enviar correo"),
    driver="smtp",
    max_attempts=100,
    deadline=timedelta(hours=48),
)

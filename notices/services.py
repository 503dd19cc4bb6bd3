"""Turns the e-mails that were noted into jobs: what one person is told within seconds is one e-mail."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.mail_models import OutgoingEmail
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.services import NewJob, enqueue_many

OPERATION = "notices.send_email"
CHUNK = 1_000
KEPT_FOR = timedelta(days=30)


def send_waiting_emails() -> int:
    """Makes a job for each e-mail that waits and returns how many. Called every few seconds by ``settings.PERIODIC``;
    several workers at once take different ones."""
    total = 0
    while True:
        jobs, emails = _enqueue_some()
        total += jobs
        if emails < CHUNK:
            return total


@transaction.atomic
def _enqueue_some() -> tuple[int, int]:
    waiting = list(
        OutgoingEmail.objects.select_for_update(skip_locked=True).filter(job_id__isnull=True).order_by("pk")[:CHUNK]
    )
    groups = [list(group) for _key, group in groupby(sorted(waiting, key=_together), key=_together)]
    # Without an account: an e-mail that fails is support's matter, and no line in the customer's log.
    jobs = enqueue_many(actor=SYSTEM, account=None, operation=OPERATION, jobs=[_new_job(group) for group in groups])
    for job, group in zip(jobs, groups, strict=True):
        for email in group:
            email.job_id = job.pk
    OutgoingEmail.objects.bulk_update(waiting, ["job_id"], batch_size=500)
    return len(groups), len(waiting)


def _new_job(group: list[OutgoingEmail]) -> NewJob:
    return NewJob(lock_key=f"notices.email:{group[0].pk}", params={"email_id": group[0].pk})


def _together(email: OutgoingEmail) -> tuple[int, int, int]:
    """Notifications of one person in one account share an e-mail; every other e-mail is its own."""
    if email.kind == OutgoingEmail.Kind.NOTIFICATION:
        return (email.user_id, email.account_id or 0, 0)
    return (email.user_id, email.account_id or 0, email.pk)


def emails_of(job: Job) -> list[OutgoingEmail]:
    """What a job is to send, the oldest first."""
    return list(OutgoingEmail.objects.filter(job_id=job.pk).select_related("user").order_by("pk"))


def mark_sent(job: Job) -> None:
    OutgoingEmail.objects.filter(job_id=job.pk, sent_at__isnull=True).update(sent_at=timezone.now())


def forget_old_emails() -> None:
    """Sent ones are kept for a month, to answer "did you write to me?"."""
    OutgoingEmail.objects.filter(sent_at__lt=timezone.now() - KEPT_FOR).delete()

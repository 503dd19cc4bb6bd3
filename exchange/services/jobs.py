"""How a change of a mailbox becomes a job, and how the mailbox remembers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import ACTIVE_STATES, TOLD_TOGETHER, Job
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many, retry_job
from exchange.models import Mailbox
from exchange.models.mailboxes import CREATE_IMPORTED

_REMEMBER = """
    UPDATE exchange_mailbox AS mailbox SET last_job_id = pair.job
    FROM unnest(%s::bigint[], %s::bigint[]) AS pair (mailbox, job) WHERE mailbox.id = pair.mailbox
"""


def lock_key(mailbox: Mailbox) -> str:
    """One operation at a time on one mailbox. By public id, so that the job can be born before the mailbox."""
    return f"exchange.mailbox:{mailbox.public_id}"


def begin(actor: Actor, mailbox: Mailbox, verb: str, *, secret: Any = None, **params: Any) -> Job:
    """Enqueues ``exchange.<verb>`` for ``mailbox`` and makes it the mailbox's last job.

    BusinessError ``operation_in_progress`` while another one is under way.
    """
    job = enqueue(
        actor=actor,
        account=mailbox.account,
        operation=f"exchange.{verb}",
        lock_key=lock_key(mailbox),
        params={"mailbox": str(mailbox.public_id), **params},
        secret=secret,
    )
    being_made = Job.objects.filter(operation=CREATE_IMPORTED, state__in=ACTIVE_STATES)
    if not Mailbox.objects.filter(pk=mailbox.pk).exclude(last_job__in=being_made).update(last_job=job):
        raise BusinessError(_("Ya hay una operación en curso."), code="operation_in_progress")
    mailbox.last_job = job
    return job


def begin_many(
    actor: Actor, account: Account, mailboxes: Sequence[Mailbox], verb: str, *, batch: str = ""
) -> list[Job]:
    """The same for thousands of mailboxes of one account, in a fixed number of statements per thousand. In their order.

    ``batch`` names whoever waits for all of them and tells how they ended: then none tells of its own failure."""
    if not mailboxes:
        return []
    told = {TOLD_TOGETHER: batch} if batch else {}
    news = [NewJob(lock_key(mailbox), {"mailbox": str(mailbox.public_id), **told}) for mailbox in mailboxes]
    jobs = enqueue_many(actor=actor, account=account, operation=f"exchange.{verb}", jobs=news)
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [[mailbox.pk for mailbox in mailboxes], [job.pk for job in jobs]])
    return jobs


def retry(actor: Actor, job: Job | None) -> None:
    """*Reintentar*: the same job again. A second click finds it no longer failed: that is what was wanted."""
    if job is None:
        return
    try:
        retry_job(actor=actor, job=job)
    except BusinessError as refusal:
        if refusal.code != "not_failed":
            raise

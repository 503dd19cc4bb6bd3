"""What the operations share: the driver, the rows that a job is about, and a batch as many single answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import cast
from uuid import UUID

from django.urls import reverse

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.errors import DriverError, PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Result
from exchange.drivers.base import MailboxKind, MailboxSpec, MailDriver, Protocol
from exchange.models import Mailbox

Answers = dict[int, Result | Exception]
RunMany = Callable[[Sequence[JobRun]], Mapping[int, Result | Exception]]


def mail_driver() -> MailDriver:
    return cast("MailDriver", get_driver("mail"))


def run_one(run_many: RunMany) -> Callable[[JobRun], Result]:
    """A single job is a batch of one."""

    def run(job_run: JobRun) -> Result:
        answer = run_many([job_run])[job_run.job.pk]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return run


def mailbox_id(job: Job) -> UUID:
    return UUID(job.params["mailbox"])


def mailboxes_of(runs: Iterable[JobRun]) -> dict[UUID, Mailbox]:
    """The rows as they are now, by public id, with their subscription's domain at hand."""
    wanted = [mailbox_id(run.job) for run in runs]
    return {row.public_id: row for row in Mailbox.objects.filter(public_id__in=wanted)}


def mailbox_of(run: JobRun) -> Mailbox:
    """PermanentError when the row is gone: it was purged meanwhile."""
    row = mailboxes_of([run]).get(mailbox_id(run.job))
    if row is None or row.state == Mailbox.State.TERMINATED:
        raise gone()
    return row


def gone() -> PermanentError:
    return PermanentError("El buzón ya no existe.", "no row, or terminated")


def answer_of(outcome: object) -> Result | Exception:
    """A driver's entry for one member of a batch."""
    return outcome if isinstance(outcome, DriverError) else Result(data={"outcome": str(outcome or "")})


def protocols_of(mailbox: Mailbox) -> frozenset[Protocol]:
    """How its person may sign in."""
    allowed = {
        Protocol.IMAP: mailbox.allows_imap,
        Protocol.POP3: mailbox.allows_pop3,
        Protocol.SMTP: mailbox.allows_smtp,
    }
    return frozenset(protocol for protocol, is_allowed in allowed.items() if is_allowed)


def spec_of(mailbox: Mailbox, password_hash: str | None = None) -> MailboxSpec:
    """The mailbox as its row wants it to be."""
    return MailboxSpec(
        id=mailbox.public_id,
        address=mailbox.address,
        display_name=mailbox.display_name,
        quota_mb=mailbox.quota_mb,
        password_hash=password_hash,
        is_enabled=mailbox.state != Mailbox.State.SUSPENDED,
        protocols=protocols_of(mailbox),
        kind=MailboxKind(mailbox.kind),
    )


def actor_of(job: Job) -> Actor:
    """Whoever asked for the job; the worker acts for them."""
    return Actor(user=job.requested_by, impersonator=job.on_behalf_by, origin="trabajador")


def log_outcome(jobs: Sequence[Job], mailboxes: Iterable[Mailbox], action: str) -> None:
    """One line for each mailbox, under the name of whoever asked: each person is read once."""
    asked = {mailbox_id(job): job for job in jobs}
    people: dict[tuple[int | None, int | None], Actor] = {}

    def asker(job: Job) -> Actor:
        key = (job.requested_by_id, job.on_behalf_by_id)
        if key not in people:
            people[key] = actor_of(job)
        return people[key]

    log_actions(
        build_entry(actor=asker(asked[mailbox.public_id]), account=mailbox.account_id, action=action, target=mailbox)
        for mailbox in mailboxes
    )


def page_of(job: Job) -> str:
    """Where the notification of a failure leads: the mailbox's own page."""
    row = Mailbox.objects.select_related("subscription").filter(public_id=mailbox_id(job)).first()
    if row is None:
        return ""
    return reverse("exchange:mailbox", args=[row.subscription.public_id, row.public_id])


def nothing_to_move(job: Job) -> None:
    """A failed job is shown as *Requiere atención* by itself: its row keeps what was wanted, for *Reintentar*."""

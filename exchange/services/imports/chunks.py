"""A chunk: some hundred rows of an import that one job makes into mailboxes, ``Job.params`` saying which.

Its mailboxes are those whose last job it is, so a mailbox that something newer is under way with is none of it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from cloudpanel.provisioning.models import ACTIVE_STATES, TOLD_TOGETHER, Job
from cloudpanel.provisioning.services import NewJob
from exchange.models import ImportRow, Mailbox, MailboxImport, MailboxQuerySet
from exchange.models.mailboxes import CREATE_IMPORTED
from exchange.services.templates import USUAL_QUOTA_MB


@dataclass(frozen=True, slots=True)
class Chunk:
    """``is_staged``: its mailboxes are there already."""

    batch: MailboxImport
    first: int
    last: int
    is_staged: bool
    job_id: int

    @property
    def rows(self) -> Any:
        """Every row between the first and the last: also those that are none of it."""
        return ImportRow.objects.filter(batch=self.batch, number__range=(self.first, self.last))

    @property
    def mailboxes(self) -> MailboxQuerySet:
        """What it is to make: born active, or pending when an earlier chunk failed with them."""
        return Mailbox.objects.filter(last_job=self.job_id, state__in=[Mailbox.State.ACTIVE, Mailbox.State.PENDING])


def chunk_job(batch: MailboxImport, first: int, last: int, *, is_staged: bool = False) -> NewJob:
    """The import tells what became of it, so no chunk does."""
    params: dict[str, Any] = {"import": str(batch.public_id), "first": first, "last": last, "is_staged": is_staged}
    params[TOLD_TOGETHER] = str(batch.public_id)
    return NewJob(f"exchange.import_chunk:{uuid4()}", params)


def chunk_of(job: Job) -> Chunk:
    """Raises MailboxImport.DoesNotExist when the import was forgotten."""
    related = MailboxImport.objects.select_related("subscription", "account", "template")
    batch = related.get(public_id=UUID(job.params["import"]))
    return Chunk(batch, job.params["first"], job.params["last"], job.params["is_staged"], job.pk)


def chunks_under_way(batch: MailboxImport) -> bool:
    active = Job.objects.filter(operation=CREATE_IMPORTED, state__in=ACTIVE_STATES)
    return active.filter(params__contains={"import": str(batch.public_id)}).exists()


def default_template(batch: MailboxImport) -> dict[str, Any]:
    """What counts for rows that name none."""
    names = ("pk", "quota_mb", "allows_imap", "allows_pop3", "allows_smtp")
    found = batch.subscription.mailbox_templates.order_by("-is_default", "pk").values(*names).first()
    usual = {"pk": None, "quota_mb": USUAL_QUOTA_MB, "allows_imap": True, "allows_pop3": True, "allows_smtp": True}
    return found or usual

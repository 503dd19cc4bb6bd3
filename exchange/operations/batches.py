"""Waits for the jobs of a batch and tells, once, what became of them."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.notifications import administrators_of, notify
from cloudpanel.provisioning.errors import StillRunning
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.models import MailboxBatch
from exchange.services.batches import progress_of

FIRST_LOOK, LONGEST_WAIT = 1.0, 30.0  # seconds


def _batch_of(job: Job) -> MailboxBatch:
    return MailboxBatch.objects.select_related("subscription", "account").get(public_id=job.params["batch"])


def _watch(run: JobRun) -> Result:
    progress = progress_of(_batch_of(run.job))
    if progress["waiting"] > 0:
        age = (timezone.now() - run.job.created_at).total_seconds()
        raise StillRunning(f"{progress['waiting']} to come", poll_after=min(max(age / 5, FIRST_LOOK), LONGEST_WAIT))
    return Result(data={"failed": progress["failed"]})


def _finished(job: Job) -> None:
    """Once, whoever comes second."""
    batch = _batch_of(job)
    failed = progress_of(batch)["failed"]
    open_one = MailboxBatch.objects.filter(pk=batch.pk, finished_at=None)
    if not open_one.update(finished_at=timezone.now(), failed=failed):
        return
    people = [batch.asked_by_id] if batch.asked_by_id else administrators_of(batch.account)
    notify(
        account=batch.account,
        users=people,
        title=lambda: _("%(what)s: terminó") % {"what": batch.get_verb_display()},
        body=lambda: _summary(batch, failed),
        url=page_of_batch(job),
        level="warning" if failed else "success",
    )


def _summary(batch: MailboxBatch, failed: int) -> str:
    done = batch.total - failed
    parts = [ngettext("%(count)s buzón listo.", "%(count)s buzones listos.", done) % {"count": done}]
    if failed:
        text = ngettext("%(count)s requiere atención.", "%(count)s requieren atención.", failed)
        parts.append(text % {"count": failed})
    if batch.skipped:
        text = ngettext("%(count)s quedó sin tocar.", "%(count)s quedaron sin tocar.", batch.skipped)
        parts.append(text % {"count": batch.skipped})
    return " ".join(parts)


def page_of_batch(job: Job) -> str:
    batch = _batch_of(job)
    return reverse("exchange:batch", args=[batch.subscription.public_id, batch.public_id])


watch_batch = Operation(
    run=_watch,
    succeeded=_finished,
    failed=_finished,
    label=gettext_lazy("Seguir una operación en lote"),
    url=page_of_batch,
    deadline=timedelta(days=3),
)

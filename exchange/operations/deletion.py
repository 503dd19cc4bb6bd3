"""To the bin, out of it, and gone for ever. All of them in sets: the customer may have ticked thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.models import AutoReply, Mailbox, MailboxAlias, MailboxGrant, PasswordLink
from exchange.operations.common import (
    Answers,
    gone,
    log_outcome,
    mail_driver,
    mailbox_id,
    mailbox_of,
    mailboxes_of,
    nothing_to_move,
    page_of,
    run_one,
)
from exchange.services.capacity import give_back, places_of, take
from exchange.services.list_members import forget_mailboxes

DONE = Result()


def give_back_places(rows: Sequence[Mailbox]) -> None:
    by_subscription: dict[int, list[Mailbox]] = defaultdict(list)
    for row in rows:
        by_subscription[row.subscription_id].append(row)
    for subscription_id, theirs in sorted(by_subscription.items()):
        give_back(subscription_id, places_of(theirs))


def _rows_of(jobs: Sequence[Job], **still: Any) -> list[Mailbox]:
    """The rows that are still as the job expects them, locked."""
    rows = Mailbox.objects.filter(public_id__in=[mailbox_id(job) for job in jobs], **still)
    return list(rows.exclude(state=Mailbox.State.TERMINATED).order_by("pk").select_for_update())


def _delete(runs: Sequence[JobRun]) -> Answers:
    """What never came to life is purged at once: there is nothing in it to be restored."""
    rows = mailboxes_of(runs).values()
    stillborn = [row.public_id for row in rows if row.state == Mailbox.State.PENDING]
    driver = mail_driver()
    driver.remove_mailboxes([row.public_id for row in rows if row.state != Mailbox.State.PENDING])
    if stillborn:
        driver.purge_mailboxes(stillborn)
    return {run.job.pk: DONE for run in runs}


def _deleted(jobs: Sequence[Job]) -> None:
    rows = _rows_of(jobs, deleted_at=None)
    stillborn = [row.pk for row in rows if row.state == Mailbox.State.PENDING]
    mailboxes = Mailbox.objects.filter(pk__in=[row.pk for row in rows])
    mailboxes.exclude(pk__in=stillborn).update(deleted_at=timezone.now())
    terminate(stillborn)
    give_back_places(rows)
    log_outcome(jobs, rows, "exchange.mailbox.deleted")


delete_mailbox = Operation(
    run=run_one(_delete),
    run_many=_delete,
    succeeded=lambda job: _deleted([job]),
    succeeded_many=_deleted,
    failed=nothing_to_move,
    driver="mail",
    label=_("Eliminar buzón"),
    url=page_of,
    batch_size=1000,
)


def _restore(run: JobRun) -> Result:
    return Result(data={"outcome": str(mail_driver().restore_mailbox(mailbox_of(run).public_id))})


def _restored(jobs: Sequence[Job]) -> None:
    """Back in the list. A person who got another mailbox meanwhile keeps that one."""
    rows = _rows_of(jobs, deleted_at__isnull=False)
    mailboxes = Mailbox.objects.filter(pk__in=[row.pk for row in rows])
    other = Mailbox.objects.listed().filter(account=OuterRef("account"), user=OuterRef("user"))
    mailboxes.filter(Exists(other)).update(user=None)
    mailboxes.update(deleted_at=None)
    log_outcome(jobs, rows, "exchange.mailbox.restored")


def _not_restored(job: Job) -> None:
    """It stays in the bin, where it takes no place."""
    give_back_places(_rows_of([job], deleted_at__isnull=False))


def _restore_retried(job: Job) -> None:
    for row in _rows_of([job], deleted_at__isnull=False):
        take(row.subscription, places_of([row]))


restore_mailbox = Operation(
    run=_restore,
    succeeded=lambda job: _restored([job]),
    succeeded_many=_restored,
    failed=_not_restored,
    retried=_restore_retried,
    driver="mail",
    label=_("Restaurar buzón"),
    url=page_of,
)


def _purge(runs: Sequence[JobRun]) -> Answers:
    """Only what lies in the bin: an old purge that support retries must not erase what was restored meanwhile."""
    binned = {public_id for public_id, row in mailboxes_of(runs).items() if row.deleted_at is not None}
    mail_driver().purge_mailboxes(sorted(binned))
    return {run.job.pk: DONE if mailbox_id(run.job) in binned else gone() for run in runs}


def _purged(jobs: Sequence[Job]) -> None:
    rows = _rows_of(jobs, deleted_at__isnull=False)
    terminate([row.pk for row in rows])
    log_outcome(jobs, rows, "exchange.mailbox.purged")


purge_mailbox = Operation(
    run=run_one(_purge),
    run_many=_purge,
    succeeded=lambda job: _purged([job]),
    succeeded_many=_purged,
    failed=nothing_to_move,
    driver="mail",
    label=_("Eliminar buzón definitivamente"),
    batch_size=1000,
)


def terminate(pks: Sequence[int]) -> None:
    """The row stays for the books; its addresses are free again."""
    if not pks:
        return
    PasswordLink.objects.filter(mailbox__in=pks).delete()
    MailboxAlias.objects.filter(mailbox__in=pks).delete()
    MailboxGrant.objects.filter(Q(mailbox__in=pks) | Q(grantee__in=pks)).delete()
    AutoReply.objects.filter(mailbox__in=pks).delete()
    forget_mailboxes(pks)
    Mailbox.objects.filter(pk__in=pks).update(state=Mailbox.State.TERMINATED, deleted_at=timezone.now())
